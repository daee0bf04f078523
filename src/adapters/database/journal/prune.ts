import { type Compilable, sql } from 'kysely';
import { chunksOf, type Home } from '../home.ts';
import type { Db } from '../schema.ts';

const DEVICES_A_READ = 500;
/** Few: each has its part of the rows of a step. */
const DEVICES_A_STEP = 10;
/** Rows that one write removes at most. */
export const ROWS_A_WRITE = 1000;

type Table = 'changes' | 'keyframes';

/** Of this device, what is before that version goes. */
interface Horizon {
  device_id: string;
  version: number;
}

/**
 * Forgets what became of the devices before a moment, in small steps: after each it waits for `pause`. What is kept begins
 * with a keyframe, so that every moment from then on is still exact: of each device the last keyframe before that moment
 * stays, and what follows it. A device that had been removed by then is forgotten altogether.
 *
 * Several instances may do so at once. Returns how many changes were removed.
 */
export async function pruneJournal(home: Home, before: number, pause: () => Promise<void>): Promise<number> {
  let removed = 0;
  for (;;) {
    const horizons = await horizonsOf(home.db, before);
    if (horizons.length === 0) return removed;
    for (const some of chunksOf(horizons, DEVICES_A_STEP)) {
      removed += await remove(home, 'changes', some, pause);
      // Last: a document must not go before the change that it belongs to, and what is left over is found by its keyframe.
      await remove(home, 'keyframes', some, pause);
      await pause();
    }
    if (horizons.length < DEVICES_A_READ) return removed;
  }
}

function remove(home: Home, table: Table, horizons: readonly Horizon[], pause: () => Promise<void>): Promise<number> {
  const most = Math.floor(ROWS_A_WRITE / horizons.length);
  const removals = horizons.map((horizon) => removal(home.db, table, horizon, most));
  // Fewer than that in all: of none is there more.
  return inSteps(() => home.write(removals), most, pause);
}

/** Until a step finds less than the `most` that it may remove. Returns how many rows were removed. */
export async function inSteps(step: () => Promise<number>, most: number, pause: () => Promise<void>): Promise<number> {
  for (let removed = 0; ; ) {
    const rows = await step();
    removed += rows;
    if (rows < most) return removed;
    await pause();
  }
}

/**
 * Only of devices that have something to remove: those with two keyframes before that moment, of which only the last one
 * is needed, and those that were removed by then.
 */
async function horizonsOf(db: Db, before: number): Promise<Horizon[]> {
  // Materialized: found by their age, or SQLite goes through all there are, device by device.
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
