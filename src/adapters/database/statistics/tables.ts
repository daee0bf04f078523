import { type Kysely, sql } from 'kysely';

const period = 'device_id text not null, from_at bigint not null, to_at bigint, group_name text not null';
const deviceDay = 'device_id text not null, day text not null, group_name text not null';

const TABLES: Record<string, string> = {
  connection_periods: `${period}, status text not null, reason text, node text, primary key (device_id, from_at)`,
  on_air_periods: `${period}, status text not null, why text not null, primary key (device_id, from_at)`,
  playback_periods: `${period}, item text not null, playlist text not null, primary key (device_id, from_at)`,
  connection_days: `${deviceDay}, online_ms bigint not null default 0, reconnecting_ms bigint not null default 0,
    offline_ms bigint not null default 0, disconnections bigint not null default 0, on_air_ms bigint not null default 0,
    off_air_ms bigint not null default 0, unknown_ms bigint not null default 0, primary key (device_id, day, group_name)`,
  disconnection_days: `${deviceDay}, reason text not null, count bigint not null,
    primary key (device_id, day, group_name, reason)`,
  command_days: `${deviceDay}, command text not null, status text not null, count bigint not null, timed bigint not null,
    duration_ms bigint not null, max_duration_ms bigint not null,
    primary key (device_id, day, group_name, command, status)`,
  playback_days: `${deviceDay}, item text not null, playlist text not null, ms bigint not null,
    primary key (device_id, day, group_name, item, playlist)`,
};

/** For periods that overlap a range, from either end, and for days that are recalculated. */
const INDEXES = [
  ...['connection', 'on_air', 'playback'].flatMap((kind) => [
    `${kind}_periods_from on ${kind}_periods (from_at)`,
    `${kind}_periods_to on ${kind}_periods (to_at)`,
  ]),
  ...['connection', 'disconnection', 'command', 'playback'].map((kind) => `${kind}_days_day on ${kind}_days (day)`),
];

/** Creates the statistics tables. Part of a migration. */
export async function createStatisticsTables(db: Kysely<unknown>): Promise<void> {
  for (const [name, columns] of Object.entries(TABLES)) {
    await sql`create table ${sql.table(name)} (${sql.raw(columns)})`.execute(db);
  }
  for (const index of INDEXES) await sql`create index ${sql.raw(index)}`.execute(db);
}
