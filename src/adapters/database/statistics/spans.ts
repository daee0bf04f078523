import { type RawBuilder, sql } from 'kysely';
import type { Span } from './days.ts';

export type PeriodTable = 'connection_periods' | 'on_air_periods' | 'playback_periods';

/**
 * The periods that have a part in the span: those that end in it, and of each device the one that goes on after it. Both
 * are found by an index, however much lies before and after.
 */
export function periodsIn(table: PeriodTable, { from, to }: Span): RawBuilder<unknown> {
  const periods = sql.table(table);
  return sql`(
    select * from ${periods} where to_at > ${from} and to_at <= ${to}
    union all
    select running.* from devices join ${periods} as running on running.device_id = devices.id
      and running.from_at = (select max(from_at) from ${periods} as begun
        where begun.device_id = devices.id and begun.from_at < ${to})
      where running.to_at > ${to} or running.to_at is null
  ) as periods`;
}

/** How long such a period lasts within it, ms. One that is open lasts to its end. */
export const lastingIn = ({ from, to }: Span): RawBuilder<number> => sql<number>`(
  case when to_at < ${to} then to_at else cast(${to} as bigint) end -
  case when from_at > ${from} then from_at else cast(${from} as bigint) end)`;

/** Commands that ended in it. */
export const endedIn = ({ from, to }: Span): RawBuilder<boolean> =>
  sql<boolean>`ended_at >= ${from} and ended_at < ${to}`;
