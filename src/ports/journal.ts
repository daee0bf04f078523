import type { DeviceDocument, Update } from '../protocol/document.ts';

/**
 * What happened, kept for those who ask later. Never waits: rows are gathered and written within a second. While the
 * home cannot be written, the patches of a device compose into one, so that what waits is bounded by the number of
 * devices.
 */
export interface Journal {
  /** Each change of a document, in the order of its versions. */
  changed(update: Update, after: DeviceDocument | undefined, before: DeviceDocument | undefined): void;
  /** Rows that wait to be written. */
  readonly backlog: number;
}
