import { type Compilable, sql } from 'kysely';
import { chunksOf, type Database } from '../database.ts';
import type { Db } from '../schema.ts';

const DEVICES_A_READ = 500;
/** Few, since each has its share of the rows of a step. */
const DEVICES_A_STEP = 10;
/** Maximum number of rows that one write removes. */
export const ROWS_A_WRITE = 1000;

type Table = 'changes' | 'keyframes';

/** Rows of this device before the version are removed. */
interface Horizon {
  device_id: string;
  version: number;
}

/**
 * Removes the history before a time, in small steps, with a `pause` after each. What remains starts with a keyframe, so
 * every later time stays exact: each device keeps the last keyframe before that time, and everything after it. A device
 * removed before that time is deleted completely.
 *
 * Several instances may run it concurrently. Returns the number of removed changes.
 */
export async function pruneJournal(database: Database, before: number, pause: () => Promise<void>): Promise<number> {
  let removed = 0;
  for (;;) {
    const horizons = await horizonsOf(database.db, before);
    if (horizons.length === 0) return removed;
    for (const some of chunksOf(horizons, DEVICES_A_STEP)) {
      removed += await remove(database, 'changes', some, pause);
      // Last, because a change needs its keyframe, and an interrupted run finds its leftovers by the keyframe.
      await remove(database, 'keyframes', some, pause);
      await pause();
    }
    if (horizons.length < DEVICES_A_READ) return removed;
  }
}

function remove(
  database: Database,
  table: Table,
  horizons: readonly Horizon[],
  pause: () => Promise<void>,
): Promise<number> {
  const most = Math.floor(ROWS_A_WRITE / horizons.length);
  const removals = horizons.map((horizon) => removal(database.db, table, horizon, most));
  // If the total is below the limit, none of the groups has reached its own.
  return inSteps(() => database.write(removals), most, pause);
}

/** Repeats until a step removes fewer rows than `most`. Returns the number of removed rows. */
export async function inSteps(step: () => Promise<number>, most: number, pause: () => Promise<void>): Promise<number> {
  for (let removed = 0; ; ) {
    const rows = await step();
    removed += rows;
    if (rows < most) return removed;
    await pause();
  }
}

/**
 * Only devices with something to remove: those with two keyframes before that time, of which only the last is needed,
 * and those that were removed by then.
 */
async function horizonsOf(db: Db, before: number): Promise<Horizon[]> {
  // Materialized, so that SQLite uses the index on the age instead of scanning all devices.
  const { rows } = await sql<Horizon>`
    with old as materialized (select device_id, version from keyframes where at <= ${before})
    select device_id, max(version) as version from (
      select device_id, max(version) as version from old group by device_id having count(*) > 1
      union all
      select device_id, version + 1 from changes where kind = 'deleted' and at <= ${before}
    ) as horizons
    group by device_id limit ${sql.lit(DEVICES_A_READ)}`.execute(db);
  return rows;
}

function removal(db: Db, table: Table, { device_id, version }: Horizon, most: number): Compilable {
  return db
    .deleteFrom(table)
    .where('device_id', '=', device_id)
    .where('version', 'in', (versions) =>
      versions
        .selectFrom(table)
        .select('version')
        .where('device_id', '=', device_id)
        .where('version', '<', version)
        .orderBy('version')
        .limit(most),
    );
}
