import { type RawBuilder, sql } from 'kysely';
import type { Span } from './days.ts';

export type PeriodTable = 'connection_periods' | 'on_air_periods' | 'playback_periods';

/** A limit that is none: without one, PostgreSQL looks for the first period again for each of the others. */
const ONCE = 1e9;

/**
 * The periods that have a part in the span: of each device, from the one that was running at its beginning on. They are
 * found by the key, however much lies before and after. `devices`: only theirs.
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

/** How long such a period lasts within it, ms. One that is open lasts to its end. */
export const lastingIn = ({ from, to }: Span): RawBuilder<number> => sql<number>`(
  case when to_at < ${to} then to_at else cast(${to} as bigint) end -
  case when from_at > ${from} then from_at else cast(${from} as bigint) end)`;

/** Commands that ended in it. */
export const endedIn = ({ from, to }: Span): RawBuilder<boolean> =>
  sql<boolean>`ended_at >= ${from} and ended_at < ${to}`;
