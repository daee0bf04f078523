/** The origin of a screenshot; `fetch`: from the player's own web server. */
export type SnapshotSource = 'state' | 'response' | 'upload' | 'fetch';

export interface SnapshotRow {
  /** Ids sort by time of arrival: see SNAPSHOT_ID. */
  id: string;
  deviceId: string;
  /** Milliseconds since the epoch, by the server's clock. */
  takenAt: number;
  bytes: number;
  width: number;
  height: number;
  /** Hash of the decoded pixels: equal images have equal hashes. */
  hash: string;
  black: boolean;
  sameAsBefore: boolean;
  source: SnapshotSource;
}

/** Metadata of screenshots. The files are in a BlobStore. */
export interface SnapshotIndex {
  add(row: SnapshotRow): Promise<void>;
  get(id: string): Promise<SnapshotRow | undefined>;
  /** Newest first. `before`: only screenshots older than this id. */
  list(deviceId: string, page: { limit: number; before?: string | undefined }): Promise<SnapshotRow[]>;
  remove(ids: readonly string[]): Promise<void>;
  /** Ids of a device's screenshots beyond the newest `keep`. */
  beyond(deviceId: string, keep: number, limit: number): Promise<string[]>;
  /** Ids of screenshots taken before this time, except the newest of each device. */
  olderThan(takenAt: number, limit: number): Promise<string[]>;
  /** The subset of ids that exist. */
  known(ids: readonly string[]): Promise<ReadonlySet<string>>;
  /** All rows in the order of ids. */
  page(after: string, limit: number): Promise<{ id: string; deviceId: string }[]>;
}
