import type { DeviceDocument } from '../protocol/document.ts';

/** Set where what came last cannot be written now (a full disk), so that it is not part of the answer. */
export interface MayBeBehind {
  isBehind?: boolean;
}

/** What the journal remembers. Every question is answered with all that was told before it, unless it says otherwise. */
export interface History {
  /**
   * The document as it was at a moment (ms since the epoch), with its version and when it became so; undefined: there was
   * no such device then, as far as is remembered. @throws VigiaError `unavailable`
   */
  stateAt(deviceId: string, at: number): Promise<PastState | undefined>;
  /** In the order of their versions. @throws VigiaError `unavailable` */
  changes(query: HistoryQuery): Promise<HistoryPage>;
}

export interface PastState extends MayBeBehind {
  /** There were changes after it that were not kept: it is how the device was at `since`, not at the moment asked for. */
  isCoarse?: true;
  version: number;
  since: number;
  document: DeviceDocument;
}

export interface HistoryQuery {
  deviceId: string;
  /** From this moment on, and until before that one; ms since the epoch. */
  from?: number | undefined;
  to?: number | undefined;
  /** Only what comes after this version. */
  after?: number | undefined;
  limit: number;
}

/** A page may end before its limit, where its entries are large. */
export interface HistoryPage extends MayBeBehind {
  changes: HistoryChange[];
  more: boolean;
}

/** `patch` (RFC 6902, from the version before) and `document` are JSON texts, as they are kept and as they go out. */
export type HistoryChange = { version: number; at: number; isCoarse?: true } & (
  | { patch: string }
  | { document: string }
  | { deleted: true }
);
