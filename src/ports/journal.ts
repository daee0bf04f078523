import type { DeviceDocument, Update } from '../protocol/document.ts';

/**
 * What happened, kept for those who ask later. Never waits: rows are gathered and written within a second. While the
 * home cannot be written, the patches of a device compose into one, so that what waits is bounded by the number of
 * devices; audit records all wait, up to a bound, and what is beyond it is counted.
 */
export interface Journal {
  /** Each change of a document, in the order of its versions. */
  changed(update: Update, after: DeviceDocument | undefined, before: DeviceDocument | undefined): void;
  audit(record: AuditRecord): void;
  /** Rows that wait to be written. */
  readonly backlog: number;
}

export interface AuditRecord {
  /** The name of the token, or the address where nobody was signed in. */
  actor: string;
  /** What was tried, in dotted words: `device.created`, `command.sent`, `token.removed`, `login.failed`, `request.refused` … */
  kind: string;
  deviceId?: string | undefined;
  /** `ok`, or the error's code. */
  outcome: string;
  /** Small facts that help: ids, changed fields, the address. Never a token. */
  details?: Record<string, unknown> | undefined;
}
