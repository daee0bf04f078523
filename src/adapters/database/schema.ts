import type { Generated, Kysely } from 'kysely';

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
  /** Apart: who uses a token must not write one again that somebody else removes. */
  admin_token_uses: { id: string; record: string };
  /** Hashes of what PLAYER_TOKEN is, or was lately. */
  fleet_tokens: { hash: string; record: string };
  /** Ids that are kept out, of removed devices too (`record`: a Blocked). */
  device_blocks: { device_id: string; record: string };
  /** Every command, and what its actor goes on from while it is pending (`record`: a LedgerEntry). */
  commands: {
    command_id: string;
    device_id: string;
    /** The `commandId` of a request for many devices. */
    batch: string | null;
    group_name: string | null;
    command: string;
    status: string;
    requested_by: string;
    requested_at: number;
    ended_at: number | null;
    duration_ms: number | null;
    /** Does whoever asked know how it ended? */
    told: Generated<number>;
    record: string;
  };
  /** When each attempt left, and for what the next one was needed. */
  command_attempts: { command_id: string; attempt: number; sent_at: number };

  /** A whole document from time to time: where reading begins. */
  keyframes: { device_id: string; version: number; at: number; document: string };
  /**
   * What each version changed, since the version before it in this table. `kind`: 'p' (a patch, see
   * journal/patch-codec.ts), 'patch' (one of an earlier version of vigia: RFC 6902 as it is), 'document' (whole: it is in
   * `keyframes`), 'coarse' (the same, and what came after it, up to the next row, is not kept), 'deleted'. Nearly all rows are patches: their kind is short.
   */
  changes: { device_id: string; version: number; at: number; kind: string; patch: string | null };
  /** The numbers by which patches name the paths that come often. A row is never changed or removed. */
  change_paths: { id: number; path: string };
  /**
   * How a device was connected from then to then; `to_at` is null for the present one. Periods of one device follow one
   * another without a gap, and never overlap. `group_name` is '' for none, here and in all that is made of these.
   */
  connection_periods: Period & { status: string; reason: string | null; node: string | null };
  /** Whether it was on air. */
  on_air_periods: Period & { status: string; why: string };
  /** What it played, while it was on air. '' where the player did not say. */
  playback_periods: Period & { item: string; playlist: string };

  /** Pictures: the files are in the blob store under their ids. */
  snapshots: {
    id: string;
    device_id: string;
    /** Of its arrival. */
    taken_at: number;
    bytes: number;
    width: number;
    height: number;
    /** Of the decoded pixels: equal pictures have equal hashes. */
    hash: string;
    black: number;
    same_as_before: number;
    source: string;
  };

  /** Files by name, where several instances share the database. */
  blobs: { name: string; changed_at: number; bytes: Uint8Array };

  /** When devices are to be told of. `scope`: `default`, `group:NAME` or `device:ID`. */
  policies: { scope: string; record: string };
  desired_states: { scope: string; record: string };
  /** `settled`: it has ended, and everybody was told (`record`: an AlertRecord). */
  alerts: { id: string; resolved_at: number | null; settled: number; record: string };

  /** Who is told of events, with the key of its signatures (`record`: a StoredWebhook), and how that goes. */
  webhooks: { id: string; record: string };
  webhook_health: { id: string; record: string };
  /** One message to one webhook (`record`: a StoredDelivery). `id` grows: it is the order, and the cursor. */
  webhook_deliveries: { id: string; webhook_id: string; status: string; ended_at: number | null; record: string };

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

  /**
   * Sums by day (UTC) of what the periods and commands hold, up to `meta.statistics_until`. For a device that changed
   * its group there is one row for each group. The rows with the `device_id` '' are the sums of all devices.
   */
  connection_days: Day & {
    device_id: string;
    online_ms: number;
    reconnecting_ms: number;
    offline_ms: number;
    disconnections: number;
    on_air_ms: number;
    off_air_ms: number;
    unknown_ms: number;
  };
  disconnection_days: Day & { device_id: string; reason: string; count: number };
  command_days: Day & {
    device_id: string;
    command: string;
    status: string;
    count: number;
    /** Of those that have one. */
    timed: number;
    duration_ms: number;
    max_duration_ms: number;
    /** About how long they took (statistics/latency.ts). */
    step: number;
  };
  playback_days: Day & { device_id: string; item: string; playlist: string; ms: number };
}

interface Period {
  device_id: string;
  from_at: number;
  to_at: number | null;
  group_name: string;
}

interface Day {
  /** YYYY-MM-DD */
  day: string;
  group_name: string;
}

export type Db = Kysely<Schema>;
