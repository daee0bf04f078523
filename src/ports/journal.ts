import type { DeviceDocument, Update } from '../protocol/document.ts';

/**
 * Stores every change of every device document for later queries. Never blocks: changes are written in batches within a
 * second. While writing fails, changes of one device are merged, so the backlog is bounded by the number of devices and
 * the last document of each device is kept.
 */
export interface Journal {
  /** Adds a change. Call it in the order of versions; the arguments must not be modified afterwards. */
  changed(update: Update, after: DeviceDocument | undefined): void;
  /** Resolves when all changes so far are written; rejects if writing fails. */
  written(): Promise<void>;
  /** Changes waiting to be written. */
  readonly backlog: number;
  /** Changes that were dropped because the database rejected their content. */
  readonly dropped: number;
  /** Writes the backlog if possible. */
  close(): Promise<void>;
}
