import { type Compilable, type RawBuilder, sql } from 'kysely';
import type { Db } from '../schema.ts';
import { DAY_MS, dayStart } from './days.ts';

/** The part of the database that statistics use. */
export interface StatisticsDatabase {
  readonly db: Db;
  write(group: Iterable<Compilable>): Promise<number>;
}

const UNTIL = 'statistics_until';
const LOCK = 'statistics_turn';
/**
 * Writes arrive up to a second late, and a late response can reach back further, so recent data is not rolled up yet.
 */
export const SETTLED_AFTER_MS = 120_000;

/** The time up to which daily sums exist, in ms; undefined before the first roll-up. */
export async function readUntil(db: Db): Promise<number | undefined> {
  const row = await db.selectFrom('meta').select('value').where('key', '=', UNTIL).executeTakeFirst();
  return row && Number(row.value);
}

/** The same in SQL; null before the first roll-up. */
export const until: RawBuilder<number> = sql`(select cast(value as bigint) from meta where key = ${UNTIL})`;

export const beginAt = (db: Db, at: number): Compilable =>
  db
    .insertInto('meta')
    .values({ key: UNTIL, value: String(at) })
    .onConflict((it) => it.column('key').doNothing());

/** Must be the first statement of its group: a row lock that serializes roll-ups and changes of rolled-up data. */
export const lockStatistics = (db: Db): Compilable =>
  db
    .insertInto('meta')
    .values({ key: LOCK, value: '' })
    .onConflict((it) => it.column('key').doUpdateSet({ value: '' }));

/**
 * Whether the roll-up position is still the expected one. If another process was first, the rest of the group does
 * nothing.
 */
export const isStillAt = (at: number): RawBuilder<boolean> =>
  sql<boolean>`exists (select 1 from meta where key = ${UNTIL} and value = ${String(at)})`;

export const moveOn = (db: Db, from: number, to: number): Compilable =>
  db
    .updateTable('meta')
    .set({ value: String(to) })
    .where('key', '=', UNTIL)
    .where('value', '=', String(from));

/** Data changed at this time: if its day was already rolled up, the roll-up is reset to the start of that day. */
export function* touched(db: Db, at: number, now: number): Generator<Compilable> {
  if (at > now - SETTLED_AFTER_MS / 2) return;
  yield lockStatistics(db);
  yield db
    .updateTable('meta')
    .set({ value: String(dayStart(at)) })
    .where('key', '=', UNTIL)
    .where(sql<boolean>`cast(value as bigint) > ${at}`);
}

/**
 * The same for commands that ended in the past but are not stored yet because the database was unavailable. Call it
 * before writing them.
 */
export function* touchedByEndings(
  db: Db,
  endings: readonly { id: string; at: number }[],
  now: number,
): Generator<Compilable> {
  const late = endings.filter(({ at }) => at <= now - SETTLED_AFTER_MS / 2);
  if (late.length === 0) return;
  yield lockStatistics(db);
  const rows = late.map(({ id, at }) => sql`(cast(${id} as text), cast(${at} as bigint))`);
  const text = sql`with late (id, at) as (values ${sql.join(rows)}), changed (at) as (
      select min(at) from late
      where not exists (select 1 from commands where command_id = late.id and ended_at is not null)
    )
    update meta set value = (select cast(at - at % ${sql.lit(DAY_MS)} as text) from changed)
    where key = ${UNTIL} and cast(value as bigint) > (select at from changed)`;
  yield { compile: () => text.compile(db) };
}
