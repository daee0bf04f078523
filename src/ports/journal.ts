import type { DeviceDocument, Update } from '../protocol/document.ts';

/**
 * What became of each device, kept for those who ask later. Never waits: changes are gathered and written within a
 * second. While they cannot be written, those of one device become one, so that what waits is bounded by the number of
 * devices, and each device's last document is kept.
 */
export interface Journal {
  /** Each change of a document, in the order of its versions. Nothing of it may be changed afterwards. */
  changed(update: Update, after: DeviceDocument | undefined): void;
  /** Resolves when all that changed so far is written; rejects while that is not possible. */
  written(): Promise<void>;
  /** Changes that wait to be written. */
  readonly backlog: number;
  /** Changes that were given up: the database refuses what they hold. */
  readonly dropped: number;
  /** Writes what is left, if that is possible. */
  close(): Promise<void>;
}
