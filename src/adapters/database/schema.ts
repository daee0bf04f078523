import type { Generated, Kysely } from 'kysely';

/**
 * The tables, identical in both databases (SQLite in DATA_DIR, PostgreSQL). Times are milliseconds since the epoch,
 * JSON is stored as text and flags as 0 or 1, because both databases return these unchanged.
 */
export interface Schema {
  /** Settings of the database itself, such as the processes that use it. */
  meta: { key: string; value: string };

  /** The last recorded version of each document, or of a removed one (`record`: a StoredDevice). */
  devices: { id: string; version: number; record: string };
  /** Only hashes. */
  device_tokens: { device_id: string; record: string };
  admin_tokens: { id: string; record: string };
  /** Separate, so that recording a use cannot restore a token that was just removed. */
  admin_token_uses: { id: string; record: string };
  /** Hashes of the current and recent values of PLAYER_TOKEN. */
  fleet_tokens: { hash: string; record: string };
  /** Blocked ids, including those of removed devices (`record`: a Blocked). */
  device_blocks: { device_id: string; record: string };
  /** Every command, with the progress that its actor resumes from while it is pending (`record`: a LedgerEntry). */
  commands: {
    command_id: string;
    device_id: string;
    /** The `commandId` of the bulk request. */
    batch: string | null;
    group_name: string | null;
    command: string;
    status: string;
    requested_by: string;
    requested_at: number;
    ended_at: number | null;
    duration_ms: number | null;
    /** Whether the requester has acknowledged the result. */
    told: Generated<number>;
    record: string;
  };
  /** Send time of each attempt. */
  command_attempts: { command_id: string; attempt: number; sent_at: number };

  /** Full documents, from which reads start. */
  keyframes: { device_id: string; version: number; at: number; document: string };
  /**
   * The change made by each version, relative to the previous one in this table. `kind`: `p` (a patch, see
   * journal/patch-codec.ts), `patch` (RFC 6902 as text, of earlier versions), `document` (the full document is in
   * `keyframes`), `coarse` (the same, and changes up to the next row are not stored), `deleted`. The kind of nearly all
   * rows is a single letter to save space.
   */
  changes: { device_id: string; version: number; at: number; kind: string; patch: string | null };
  /** The numbers of frequent paths in patches. Rows are never changed or removed. */
  change_paths: { id: number; path: string };
  /**
   * Connection periods; `to_at` is null for the current one. Periods of one device are contiguous and never overlap.
   * Here and in all derived tables, `group_name` is `''` for devices without a group.
   */
  connection_periods: Period & { status: string; reason: string | null; node: string | null };
  /** On-air periods. */
  on_air_periods: Period & { status: string; why: string };
  /** What was played while on air; `''` if the player did not report it. */
  playback_periods: Period & { item: string; playlist: string };

  /** What devices measured without a connection. `measured_at`: `from_at` by the device's clock. */
  past_reports: {
    device_id: string;
    measured_at: number;
    from_at: number;
    to_at: number;
    received_at: number;
    /** JSON. */
    state: string;
  };

  /** Screenshots. The files are in the blob store, named by id. */
  snapshots: {
    id: string;
    device_id: string;
    /** Time of arrival. */
    taken_at: number;
    bytes: number;
    width: number;
    height: number;
    /** Hash of the decoded pixels: equal images have equal hashes. */
    hash: string;
    black: number;
    same_as_before: number;
    source: string;
  };

  /** Named files, for instances that share the database. */
  blobs: { name: string; changed_at: number; bytes: Uint8Array };

  /** When to raise alerts. `scope`: `default`, `group:NAME` or `device:ID`. */
  policies: { scope: string; record: string };
  desired_states: { scope: string; record: string };
  /** `settled`: the alert has ended, and all channels have been notified (`record`: an AlertRecord). */
  alerts: { id: string; resolved_at: number | null; settled: number; about: string | null; record: string };

  /** What people did about alerts (`record`: a StoredAct). `id` grows with time. */
  alert_acts: { id: string; alert_id: string; record: string };
  /** Who was notified of alerts (`record`: a StoredNotification). `id` begins with that of the alert. */
  alert_notifications: { id: string; alert_id: string; record: string };
  /** `subject`: the kind of alert and what it is about (`record`: a Mute). */
  alert_mutes: { subject: string; record: string };
  /** Where alerts are sent, with the secrets (`record`: a StoredChannel). */
  channels: { id: string; record: string };

  /** Webhooks with their signing secret (`record`: a StoredWebhook), and their health. */
  webhooks: { id: string; record: string };
  webhook_health: { id: string; record: string };
  /**
   * A message to one webhook (`record`: a StoredDelivery). `id` grows: it defines the order and serves as the cursor.
   */
  webhook_deliveries: { id: string; webhook_id: string; status: string; ended_at: number | null; record: string };

  /** Schedules (`record`: a StoredSchedule) and their runs (`record`: a StoredRun; `at`: when the run was first due). */
  schedules: { id: string; record: string };
  schedule_runs: { id: string; schedule_id: string; at: number; record: string };
  /** Named views of the wall (`record`: a StoredView). */
  views: { id: string; record: string };
  /** Sessions of the console, with the hash of their cookie, and when they were last used. */
  sessions: { id: string; record: string };
  session_uses: { id: string; record: string };
  /** Players that wait for a token, by the hash of their secret. */
  pairings: { id: string; record: string };
  /** Rollouts (`record`: a StoredRollout). `id` grows: it defines the order and serves as the cursor. */
  rollouts: { id: string; epoch: number; version: number; ended_at: number | null; record: string };
  /** Requests to the instance that runs a rollout, received by another one. */
  rollout_orders: { id: string; record: string };
  /** Devices of rollouts (`record`: a StoredTarget). `stage`: 0 waiting, 1 sent, 2 watching, 3 ended. */
  rollout_targets: {
    command_id: string;
    rollout_id: string;
    position: number;
    stage: number;
    outcome: string;
    record: string;
  };

  /** Who did what. `id` grows: it defines the order and serves as the cursor. */
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
   * Daily sums (UTC) of periods and commands, up to `meta.statistics_until`. A device that changed its group has one
   * row for each group. Rows with an empty `device_id` are the sums of all devices.
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
    /** Commands with a duration. */
    timed: number;
    duration_ms: number;
    max_duration_ms: number;
    /** Duration bucket (statistics/latency.ts). */
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
