import { type RawBuilder, sql } from 'kysely';
import type { Span } from './days.ts';

export type PeriodTable = 'connection_periods' | 'on_air_periods' | 'playback_periods';

/** Effectively no limit, but its presence keeps PostgreSQL from repeating the subquery for every row. */
const ONCE = 1e9;

/**
 * The periods that overlap the range: for each device, starting with the one that was open at its beginning. Uses the
 * primary key, so the amount of data outside the range does not matter.
 * @param devices only periods of these devices
 */
export function periodsIn(table: PeriodTable, { from, to }: Span, devices?: readonly string[]): RawBuilder<unknown> {
  const periods = sql.table(table);
  const these = devices ? sql` where id in (${sql.join([...devices])})` : sql``;
  return sql`(
    select periods.* from (
      select id, coalesce((select max(from_at) from ${periods} as earlier
        where earlier.device_id = devices.id and earlier.from_at <= ${from}), ${from}) as first_at
      from devices${these} limit ${ONCE}
    ) as known join ${periods} as periods on periods.device_id = known.id
      and periods.from_at >= known.first_at and periods.from_at < ${to}
    where periods.to_at > ${from} or periods.to_at is null
  ) as periods`;
}

/** The duration of a period within the range, in ms. An open period lasts until the end of the range. */
export const lastingIn = ({ from, to }: Span): RawBuilder<number> => sql<number>`(
  case when to_at < ${to} then to_at else cast(${to} as bigint) end -
  case when from_at > ${from} then from_at else cast(${from} as bigint) end)`;

/** Commands that ended in the range. */
export const endedIn = ({ from, to }: Span): RawBuilder<boolean> =>
  sql<boolean>`ended_at >= ${from} and ended_at < ${to}`;
