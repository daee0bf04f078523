import { type Compilable, type RawBuilder, sql } from 'kysely';
import type { Db } from '../schema.ts';
import { DAY_MS, dayOf, dayStart, type Span } from './days.ts';
import { stepOf } from './latency.ts';
import { endedIn, lastingIn, periodsIn } from './spans.ts';
import {
  beginAt,
  isStillAt,
  lockStatistics,
  moveOn,
  readUntil,
  SETTLED_AFTER_MS,
  type StatisticsDatabase,
} from './until.ts';

/** An hour of a large fleet has about ten thousand periods. */
const STEP_MS = 3600_000;

/**
 * Rolls up the next step, at most an hour of one day. The sums of a day are deleted first, so that recalculating a day
 * (after a late write) gives the same result.
 * @returns whether there is more to do
 */
export async function rollUpStep({ db, write }: StatisticsDatabase, now: number): Promise<boolean> {
  const from = await readUntil(db);
  if (from === undefined) {
    const first = await beginning(db);
    if (first === undefined) return false;
    await write([beginAt(db, first)]);
    return true;
  }
  const settled = now - SETTLED_AFTER_MS;
  const to = Math.min(from + STEP_MS, dayStart(from) + DAY_MS, settled);
  if (to <= from) return false;
  await write([lockStatistics(db), ...sums(db, { from, to }), moveOn(db, from, to)]);
  return to < settled;
}

/** The start of the first day with data. */
async function beginning(db: Db): Promise<number | undefined> {
  const { rows } = await sql<{ at: number | string | null }>`select min(at) as at from (
    select min(from_at) as at from connection_periods union all
    select min(from_at) from on_air_periods union all
    select min(from_at) from playback_periods union all
    select min(ended_at) from commands) as firsts`.execute(db);
  const at = rows[0]?.at;
  return at === null || at === undefined ? undefined : dayStart(Number(at));
}

/** The `device_id` of the sums of all devices. */
export const ALL = '';

const DAY_TABLES = ['connection_days', 'disconnection_days', 'command_days', 'playback_days'] as const;

function* sums(db: Db, span: Span): Generator<Compilable> {
  const mine = isStillAt(span.from);
  if (span.from === dayStart(span.from)) {
    for (const table of DAY_TABLES) yield db.deleteFrom(table).where('day', '=', dayOf(span.from)).where(mine);
  }
  // The sums of all devices are stored under an empty id, so that totals need no aggregation.
  yield* added(db, span, sql`device_id`, sql`device_id, `);
  yield* added(db, span, sql`cast(${ALL} as text)`, sql``);
}

function* added(db: Db, span: Span, who: RawBuilder<unknown>, and: RawBuilder<unknown>): Generator<Compilable> {
  const mine = isStillAt(span.from);
  const day = sql`cast(${dayOf(span.from)} as text)`;
  const ms = lastingIn(span);
  const of = (status: string) => sql`sum(case when status = ${status} then ${ms} else 0 end)`;

  yield statement(
    db,
    sql`insert into connection_days
      (device_id, day, group_name, online_ms, reconnecting_ms, offline_ms, disconnections)
    select ${who}, ${day}, group_name, ${of('online')}, ${of('reconnecting')}, ${of('offline')},
      sum(case when status = 'reconnecting' and from_at >= ${span.from} then 1 else 0 end)
    from ${periodsIn('connection_periods', span)} where ${mine} group by ${and}group_name
    on conflict (device_id, day, group_name) do update set
      online_ms = connection_days.online_ms + excluded.online_ms,
      reconnecting_ms = connection_days.reconnecting_ms + excluded.reconnecting_ms,
      offline_ms = connection_days.offline_ms + excluded.offline_ms,
      disconnections = connection_days.disconnections + excluded.disconnections`,
  );
  yield statement(
    db,
    sql`insert into connection_days (device_id, day, group_name, on_air_ms, off_air_ms, unknown_ms)
    select ${who}, ${day}, group_name, ${of('yes')}, ${of('no')}, ${of('unknown')}
    from ${periodsIn('on_air_periods', span)} where ${mine} group by ${and}group_name
    on conflict (device_id, day, group_name) do update set
      on_air_ms = connection_days.on_air_ms + excluded.on_air_ms,
      off_air_ms = connection_days.off_air_ms + excluded.off_air_ms,
      unknown_ms = connection_days.unknown_ms + excluded.unknown_ms`,
  );
  yield statement(
    db,
    sql`insert into disconnection_days (device_id, day, group_name, reason, count)
    select ${who}, ${day}, group_name, coalesce(reason, 'other'), count(*) from connection_periods
    where status = 'reconnecting' and from_at >= ${span.from} and from_at < ${span.to} and ${mine}
    group by ${and}group_name, coalesce(reason, 'other')
    on conflict (device_id, day, group_name, reason) do update set count = disconnection_days.count + excluded.count`,
  );
  yield statement(
    db,
    sql`insert into command_days
      (device_id, day, group_name, command, status, step, count, timed, duration_ms, max_duration_ms)
    select ${who}, ${day}, coalesce(group_name, ''), command, status, ${stepOf} as step, count(*), count(duration_ms),
      coalesce(sum(duration_ms), 0), coalesce(max(duration_ms), 0)
    from commands where ${endedIn(span)} and ${mine} group by ${and}coalesce(group_name, ''), command, status, step
    on conflict (device_id, day, group_name, command, status, step) do update set
      count = command_days.count + excluded.count,
      timed = command_days.timed + excluded.timed,
      duration_ms = command_days.duration_ms + excluded.duration_ms,
      max_duration_ms = case when command_days.max_duration_ms > excluded.max_duration_ms
        then command_days.max_duration_ms else excluded.max_duration_ms end`,
  );
  yield statement(
    db,
    sql`insert into playback_days (device_id, day, group_name, item, playlist, ms)
    select ${who}, ${day}, group_name, item, playlist, sum(${ms})
    from ${periodsIn('playback_periods', span)} where ${mine} group by ${and}group_name, item, playlist
    on conflict (device_id, day, group_name, item, playlist) do update set ms = playback_days.ms + excluded.ms`,
  );
}

/** Raw text as a compilable statement. */
export const statement = (db: Db, text: RawBuilder<unknown>): Compilable => ({ compile: () => text.compile(db) });
