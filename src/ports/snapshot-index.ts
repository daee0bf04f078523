/** Where a picture came from; `fetch`: from the player's own web server. */
export type SnapshotSource = 'state' | 'response' | 'upload' | 'fetch';

export interface SnapshotRow {
  /** Ids sort by the time of arrival: see SNAPSHOT_ID. */
  id: string;
  deviceId: string;
  /** Milliseconds since the epoch, by the server's clock. */
  takenAt: number;
  bytes: number;
  width: number;
  height: number;
  /** Of the decoded pixels: equal pictures have equal hashes. */
  hash: string;
  black: boolean;
  sameAsBefore: boolean;
  source: SnapshotSource;
}

/** Which pictures there are. Their files are in a BlobStore. */
export interface SnapshotIndex {
  add(row: SnapshotRow): Promise<void>;
  get(id: string): Promise<SnapshotRow | undefined>;
  /** Newest first; `before`: only those older than this id. */
  list(deviceId: string, page: { limit: number; before?: string | undefined }): Promise<SnapshotRow[]>;
  remove(ids: readonly string[]): Promise<void>;
  /** Ids of pictures of a device beyond its newest `keep`. */
  beyond(deviceId: string, keep: number, limit: number): Promise<string[]>;
  /** Ids of pictures taken before then; the newest of each device is not among them. */
  olderThan(takenAt: number, limit: number): Promise<string[]>;
  /** Those of the ids that are known. */
  known(ids: readonly string[]): Promise<ReadonlySet<string>>;
  /** All rows in the order of their ids, page by page. */
  page(after: string, limit: number): Promise<{ id: string; deviceId: string }[]>;
}
