import { type Compilable, type RawBuilder, sql } from 'kysely';
import { chunksOf } from '../database.ts';
import type { Db } from '../schema.ts';
import { dayOf, daysOf } from './days.ts';
import type { Ended, KnownPiece } from './past-evidence.ts';
import { ALL, statement } from './roll-up.ts';
import { until } from './until.ts';

const ROWS_A_STATEMENT = 50;

/** Moves what became known of an unknown period from `unknown` to what it was, in the sums of the days that have any. */
export function* addedToDays(
  db: Db,
  { device_id, group_name }: Ended,
  pieces: readonly KnownPiece[],
  isStill: RawBuilder<boolean>,
): Generator<Compilable> {
  const parts = pieces.flatMap(({ from_at, to_at, known }) =>
    [...daysOf({ from: from_at, to: to_at })].map((span) => ({ ...span, known })),
  );
  for (const chunk of chunksOf(parts, ROWS_A_STATEMENT)) {
    const rows = chunk.map(
      ({ from, to, known: { status, item, playlist } }) => sql`(cast(${dayOf(from)} as text), cast(${from} as bigint),
        cast(${to} as bigint), cast(${status} as text), cast(${item} as text), cast(${playlist} as text))`,
    );
    // What is later than the sums is counted by the next roll-up.
    const rolled = sql`with parts (day, from_at, to_at, status, item, playlist) as (values ${sql.join(rows)}),
      rolled as (select day, status, item, playlist,
        case when to_at < ${until} then to_at else ${until} end - from_at as ms from parts where from_at < ${until})`;
    yield statement(
      db,
      sql`${rolled} update connection_days set on_air_ms = on_air_ms + yes, off_air_ms = off_air_ms + no,
        unknown_ms = unknown_ms - yes - no
        from (select day as known_day, sum(case when status = 'yes' then ms else 0 end) as yes,
          sum(case when status = 'no' then ms else 0 end) as no from rolled group by day) as known
        where day = known_day and device_id in (${device_id}, ${ALL}) and group_name = ${group_name} and ${isStill}`,
    );
    for (const id of [device_id, ALL]) {
      yield statement(
        db,
        sql`${rolled} insert into playback_days (device_id, day, group_name, item, playlist, ms)
          select cast(${id} as text), day, cast(${group_name} as text), item, playlist, sum(ms)
          from rolled where status = 'yes' and ${isStill} group by day, item, playlist
          on conflict (device_id, day, group_name, item, playlist) do update set ms = playback_days.ms + excluded.ms`,
      );
    }
  }
}
