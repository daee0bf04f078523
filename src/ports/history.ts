import type { DeviceDocument } from '../protocol/document.ts';

/** Set if the latest changes could not be written (for example, the disk is full) and are missing from the answer. */
export interface MayBeBehind {
  isBehind?: boolean;
}

/** Reads the journal. Answers include all changes published before the request, unless `isBehind` is set. */
export interface History {
  /**
   * The document at a time (ms since the epoch), its version and the time of that version. Undefined if the device did
   * not exist then or nothing is stored for that time.
   * @throws VigiaError `unavailable`
   */
  stateAt(deviceId: string, at: number): Promise<PastState | undefined>;
  /**
   * The documents of all devices at a time: one page, in the order of ids.
   * @throws VigiaError `unavailable`
   */
  fleetAt(query: FleetQuery): Promise<PastFleet>;
  /**
   * In the order of versions.
   * @throws VigiaError `unavailable`
   */
  changes(query: HistoryQuery): Promise<HistoryPage>;
}

export interface PastState extends MayBeBehind {
  /** Later changes were not stored: this is the state at `since`, not at the requested time. */
  isCoarse?: true;
  version: number;
  since: number;
  document: DeviceDocument;
}

export interface FleetQuery {
  at: number;
  /** Only devices after this id. */
  after?: string | undefined;
  limit: number;
  /** Others are left out. */
  sees?(deviceId: string): boolean;
}

export interface PastFleet extends MayBeBehind {
  devices: (PastState & { deviceId: string })[];
  /** Where the next page starts, if there is more: the last id that this one looked at. */
  last?: string;
}

export interface HistoryQuery {
  deviceId: string;
  /** from ≤ t < to, in ms since the epoch. */
  from?: number | undefined;
  to?: number | undefined;
  /** Only changes after this version. */
  after?: number | undefined;
  limit: number;
}

/** A page of large entries may end before its limit. */
export interface HistoryPage extends MayBeBehind {
  changes: HistoryChange[];
  more: boolean;
}

/** `patch` (RFC 6902, relative to the previous version) and `document` are JSON texts, stored and sent unchanged. */
export type HistoryChange = { version: number; at: number; isCoarse?: true } & (
  | { patch: string }
  | { document: string }
  | { deleted: true }
);
