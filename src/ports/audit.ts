/** Records who did what, through any interface. Never blocks. Entries never contain a token. */
export interface Audit {
  record(record: AuditRecord): void;
}

export interface AuditRecord {
  /** The token's name; the remote address if there was no sign-in. */
  actor: string;
  /**
   * The action, in dotted words: `device.created`, `command.sent`, `token.removed`, `login.failed`, `request.refused` …
   */
  kind: string;
  deviceId?: string | undefined;
  /** `ok` or an error code. */
  outcome: string;
  /** Ids, changed fields, the address. `count`: how many events this entry stands for. */
  details?: Record<string, unknown> | undefined;
}

/** `id` grows with time: it defines the order and serves as the cursor. */
export interface AuditEntry extends AuditRecord {
  id: string;
  /** Milliseconds since the epoch. */
  at: number;
}

export interface AuditQuery {
  /** from ≤ t < to, in milliseconds since the epoch. */
  from?: number | undefined;
  to?: number | undefined;
  actor?: string | undefined;
  /** An exact kind, or a prefix that ends with a dot. */
  kind?: string | undefined;
  deviceId?: string | undefined;
  /** Only entries older than the one with this id. */
  before?: string | undefined;
  limit: number;
}

/** Stores the audit entries. */
export interface AuditLog {
  /** Atomic. Entries that already exist stay unchanged. */
  write(entries: readonly AuditEntry[]): Promise<void>;
  /** Newest first. */
  read(query: AuditQuery): Promise<AuditEntry[]>;
}
