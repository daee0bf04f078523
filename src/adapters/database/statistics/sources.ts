import { type RawBuilder, sql } from 'kysely';
import type { DaySpan } from '../../../ports/statistics.ts';
import type { Db } from '../schema.ts';
import { dayOf, type Span } from './days.ts';
import { stepOf } from './latency.ts';
import { ALL } from './roll-up.ts';
import { endedIn, lastingIn, periodsIn } from './spans.ts';

/** Some drivers return numbers as strings. `device_id`: ALL for the sums of all devices. */
interface Key {
  device_id: string;
  day: string;
  group_name: string;
}
type Sums<K extends string> = Key & Record<K, number | string>;

export interface Sources {
  connections: Sums<'online' | 'reconnecting' | 'offline'>[];
  onAir: Sums<'yes' | 'no' | 'unknown'>[];
  reasons: (Sums<'count'> & { reason: string })[];
  commands: (Sums<'count' | 'timed' | 'duration' | 'longest' | 'step'> & { status: string })[];
  playback: (Sums<'ms'> & { item: string; playlist: string })[];
}

/** Filters by one group, several groups, or one device; without any, all devices. */
export interface Of {
  group?: string | undefined;
  groups?: readonly string[] | undefined;
  device?: string | undefined;
}

const inGroup = ({ group, groups }: Of): RawBuilder<unknown> => {
  if (groups && (groups.length === 0 || (group !== undefined && !groups.includes(group)))) return sql`1 = 0`;
  if (group !== undefined) return sql`group_name = ${group}`;
  return groups ? sql`group_name in (${sql.join(groups)})` : sql`1 = 1`;
};
const isOf = ({ device, ...group }: Of): RawBuilder<unknown> =>
  device === undefined ? inGroup(group) : sql`${inGroup(group)} and device_id = ${device}`;
const inDays = ({ from, to }: Span): RawBuilder<unknown> => sql`day >= ${dayOf(from)} and day <= ${dayOf(to - 1)}`;

/** Devices with sums in these days, and their groups. */
export async function rolledDevices(db: Db, span: Span, of: Of) {
  const { rows } = await sql<Pick<Key, 'device_id' | 'group_name'>>`select distinct device_id, group_name
    from connection_days where ${inDays(span)} and ${isOf(of)} and device_id <> ${ALL}`.execute(db);
  return rows;
}

/** Sums of whole days: by day and group for all devices or one, or by device over all the days. */
export async function rolled(db: Db, span: Span, of: Of, devices: readonly string[] | undefined): Promise<Sources> {
  if (devices?.length === 0) return { connections: [], onAir: [], reasons: [], commands: [], playback: [] };
  const these = sql`device_id in (${sql.join([...(devices ?? [of.device ?? ALL])])}) and ${inDays(span)} and ${inGroup(of)}`;
  const keys = devices ? sql`device_id, '' as day, '' as group_name` : sql`device_id, day, group_name`;
  const by = devices ? sql`device_id` : sql`device_id, day, group_name`;
  const [sums, reasons, commands, playback] = await Promise.all([
    sql<Sources['connections'][number] & Sources['onAir'][number]>`select ${keys}, sum(online_ms) as online,
      sum(reconnecting_ms) as reconnecting, sum(offline_ms) as offline, sum(on_air_ms) as yes, sum(off_air_ms) as no,
      sum(unknown_ms) as unknown from connection_days where ${these} group by ${by}`.execute(db),
    sql<Sources['reasons'][number]>`select ${keys}, reason, sum(count) as count from disconnection_days
      where ${these} group by ${by}, reason`.execute(db),
    sql<Sources['commands'][number]>`select ${keys}, status, step, sum(count) as count, sum(timed) as timed,
      sum(duration_ms) as duration, max(max_duration_ms) as longest from command_days
      where ${these} group by ${by}, status, step`.execute(db),
    sql<Sources['playback'][number]>`select device_id, '' as day, '' as group_name, item, playlist, sum(ms) as ms
      from playback_days where ${these} group by device_id, item, playlist`.execute(db),
  ]);
  return {
    connections: sums.rows,
    onAir: sums.rows,
    reasons: reasons.rows,
    commands: commands.rows,
    playback: playback.rows,
  };
}

/**
 * Calculated from the source tables, for every device or one (playback for all devices together). Used for parts of a
 * day that are not rolled up or not requested as a whole.
 */
export async function direct(db: Db, span: Span, whose: Of): Promise<Sources> {
  const keys = sql`device_id, cast(${dayOf(span.from)} as text) as day, group_name`;
  const [counted, playback] = await Promise.all([
    countedBy(db, span, whose, keys, sql`device_id, group_name, `),
    played(db, span, whose, undefined),
  ]);
  return { ...counted, playback };
}

/** The sums of a day of any time zone, without playback: of all devices together, or of one. */
export async function directDay(db: Db, { day, ...span }: DaySpan, whose: Of): Promise<Sources> {
  const keys = sql`'' as device_id, cast(${day} as text) as day, '' as group_name`;
  return { ...(await countedBy(db, span, whose, keys, sql``)), playback: [] };
}

/**
 * One statement after the other, so that other reads need not wait for all of them.
 * @param and columns to group by, each with a comma
 */
async function countedBy(
  db: Db,
  span: Span,
  whose: Of,
  keys: RawBuilder<unknown>,
  and: RawBuilder<unknown>,
): Promise<Omit<Sources, 'playback'>> {
  const these = whose.device === undefined ? undefined : [whose.device];
  const ms = lastingIn(span);
  const of = (status: string) => sql`sum(case when status = ${status} then ${ms} else 0 end)`;
  const connections = await sql<Sources['connections'][number]>`select ${keys}, ${of('online')} as online,
    ${of('reconnecting')} as reconnecting, ${of('offline')} as offline
    from ${periodsIn('connection_periods', span, these)} where ${inGroup(whose)} group by ${and}day`.execute(db);
  const onAir = await sql<Sources['onAir'][number]>`select ${keys}, ${of('yes')} as yes, ${of('no')} as no,
    ${of('unknown')} as unknown
    from ${periodsIn('on_air_periods', span, these)} where ${inGroup(whose)} group by ${and}day`.execute(db);
  const reasons = await sql<Sources['reasons'][number]>`select ${keys}, coalesce(reason, 'other') as reason,
    count(*) as count from connection_periods
    where status = 'reconnecting' and from_at >= ${span.from} and from_at < ${span.to} and ${isOf(whose)}
    group by ${and}day, coalesce(reason, 'other')`.execute(db);
  const commands = await sql<Sources['commands'][number]>`select ${keys}, status, ${stepOf} as step, count(*) as count,
    count(duration_ms) as timed, coalesce(sum(duration_ms), 0) as duration, coalesce(max(duration_ms), 0) as longest
    from (select device_id, coalesce(group_name, '') as group_name, status, duration_ms from commands
      where ${endedIn(span)}) as ended where ${isOf(whose)} group by ${and}day, status, step`.execute(db);
  return { connections: connections.rows, onAir: onAir.rows, reasons: reasons.rows, commands: commands.rows };
}

/** What was played in the range: by all devices together, or by each of the given ones. */
export async function played(
  db: Db,
  span: Span,
  of: Of,
  devices: readonly string[] | undefined,
): Promise<Sources['playback']> {
  if (devices?.length === 0) return [];
  const these = devices ?? (of.device === undefined ? undefined : [of.device]);
  const who = devices ? sql`device_id` : sql`cast(${ALL} as text) as device_id`;
  const { rows } = await sql<Sources['playback'][number]>`select ${who}, '' as day, '' as group_name, item, playlist,
    sum(${lastingIn(span)}) as ms from ${periodsIn('playback_periods', span, these)} where ${inGroup(of)}
    group by ${devices ? sql`device_id, ` : sql``}item, playlist`.execute(db);
  return rows;
}
