import type { Kysely } from 'kysely';

/**
 * The tables, the same in both homes (SQLite in DATA_DIR, PostgreSQL). Times are milliseconds since the epoch, JSON is
 * text, flags are 0 or 1: what every home gives back as it was given.
 */
export interface Schema {
  /** Settings of the database itself, such as how the last stop went. */
  meta: { key: string; value: string };

  /** The last recorded version of each document, or that of a removed one (`record`: a StoredDevice). */
  devices: { id: string; version: number; record: string };
  /** Hashes only. */
  device_tokens: { device_id: string; record: string };
  admin_tokens: { id: string; record: string };
  /** Every command, and what its actor goes on from while it is pending (`record`: a LedgerEntry). */
  commands: {
    command_id: string;
    device_id: string;
    group_name: string | null;
    command: string;
    status: string;
    requested_by: string;
    requested_at: number;
    ended_at: number | null;
    duration_ms: number | null;
    record: string;
  };
  /** When each attempt left, and for what the next one was needed. */
  command_attempts: { command_id: string; attempt: number; sent_at: number };

  /** A whole document from time to time: where reading begins. */
  keyframes: { device_id: string; version: number; at: number; document: string };
  /**
   * What each version changed (RFC 6902), since the version before it in this table. `kind`: 'patch', 'document' (a new
   * device, whole), 'deleted'.
   */
  changes: { device_id: string; version: number; at: number; kind: string; patch: string | null };
  /** How a device was connected from then to then; `to_at` is null for the present one. */
  connection_periods: {
    device_id: string;
    from_at: number;
    to_at: number | null;
    group_name: string | null;
    status: string;
    reason: string | null;
    node: string | null;
  };
  /** Whether it was on air. */
  on_air_periods: {
    device_id: string;
    from_at: number;
    to_at: number | null;
    group_name: string | null;
    status: string;
    why: string | null;
  };
  /** What it played. */
  playback_periods: {
    device_id: string;
    from_at: number;
    to_at: number | null;
    group_name: string | null;
    item: string;
    playlist: string | null;
  };

  /** Pictures: the files are in the blob store under their ids. */
  snapshots: {
    id: string;
    device_id: string;
    taken_at: number;
    received_at: number;
    bytes: number;
    width: number;
    height: number;
    /** Of the decoded pixels: equal pictures have equal hashes. */
    hash: string;
    black: number;
    same_as_before: number;
    source: string;
  };

  /** Who did what. `id` grows: it is the order, and the cursor. */
  audit: {
    id: string;
    at: number;
    actor: string;
    kind: string;
    device_id: string | null;
    outcome: string;
    details: string;
  };

  /** One row a device and day (UTC), for statistics over long times. */
  connection_days: {
    device_id: string;
    day: string;
    group_name: string | null;
    online_ms: number;
    reconnecting_ms: number;
    offline_ms: number;
    disconnections: number;
    /** How many by reason. */
    reasons: string;
    on_air_ms: number;
    off_air_ms: number;
  };
  command_days: {
    device_id: string;
    day: string;
    group_name: string | null;
    command: string;
    status: string;
    count: number;
    duration_ms: number;
    max_duration_ms: number;
  };
  playback_days: {
    device_id: string;
    day: string;
    group_name: string | null;
    item: string;
    playlist: string;
    ms: number;
  };
}

export type Db = Kysely<Schema>;
