/** Who did what, on every road. Never waits, and never holds a token. */
export interface Audit {
  record(record: AuditRecord): void;
}

export interface AuditRecord {
  /** The name of the token, or the address where nobody was signed in. */
  actor: string;
  /** What was tried, in dotted words: `device.created`, `command.sent`, `token.removed`, `login.failed`, `request.refused` … */
  kind: string;
  deviceId?: string | undefined;
  /** `ok`, or the error's code. */
  outcome: string;
  /** Small facts that help: ids, changed fields, the address. `count`: it stands for so many. */
  details?: Record<string, unknown> | undefined;
}

/** `id` grows with time: it is the order, and the cursor. */
export interface AuditEntry extends AuditRecord {
  id: string;
  /** Milliseconds since the epoch. */
  at: number;
}

export interface AuditQuery {
  /** From this moment on, and until before that one; milliseconds since the epoch. */
  from?: number | undefined;
  to?: number | undefined;
  actor?: string | undefined;
  /** Exactly this one; one that ends with a dot: all that begin with it. */
  kind?: string | undefined;
  deviceId?: string | undefined;
  /** Only what is older than the entry of this id. */
  before?: string | undefined;
  limit: number;
}

/** Where the entries are kept. */
export interface AuditLog {
  /** All of them or none; those that are there already stay as they are. */
  write(entries: readonly AuditEntry[]): Promise<void>;
  /** Newest first. */
  read(query: AuditQuery): Promise<AuditEntry[]>;
}
