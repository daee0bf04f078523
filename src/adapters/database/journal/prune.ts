import { type Compilable, type RawBuilder, sql } from 'kysely';
import type { Home } from '../home.ts';
import type { Db } from '../schema.ts';

const DEVICES_A_READ = 200;
/** Rows that one write removes at most. */
export const ROWS_A_WRITE = 1000;

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
  for (let after = ''; ; ) {
    const horizons = await horizonsAfter(home.db, after, before);
    const last = horizons.at(-1);
    if (!last) return removed;
    removed += await inSteps(() => home.write([removal(home.db, 'changes', horizons)]), ROWS_A_WRITE, pause);
    // Last: a document must not go before the change that it belongs to, and what is left over is found by its keyframe.
    await inSteps(() => home.write([removal(home.db, 'keyframes', horizons)]), ROWS_A_WRITE, pause);
    if (horizons.length < DEVICES_A_READ) return removed;
    after = last.device_id;
    await pause();
  }
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
async function horizonsAfter(db: Db, after: string, before: number): Promise<Horizon[]> {
  const { rows } = await sql<Horizon>`
    select device_id, max(version) as version from (
      select device_id, max(version) as version from keyframes
        where at <= ${before} and device_id > ${after} group by device_id having count(*) > 1
      union all
      select device_id, version + 1 from changes where kind = 'deleted' and at <= ${before} and device_id > ${after}
    ) as horizons
    group by device_id order by device_id limit ${sql.lit(DEVICES_A_READ)}`.execute(db);
  return rows;
}

function removal(db: Db, table: 'changes' | 'keyframes', horizons: readonly Horizon[]): Compilable {
  const rows = horizons.map(
    ({ device_id, version }): RawBuilder<unknown> => sql`(cast(${device_id} as text), cast(${version} as bigint))`,
  );
  const text = sql`with horizons (device_id, version) as (values ${sql.join(rows)})
    delete from ${sql.table(table)} where (device_id, version) in (
      select old.device_id, old.version from horizons
        join ${sql.table(table)} as old on old.device_id = horizons.device_id and old.version < horizons.version
      limit ${sql.lit(ROWS_A_WRITE)})`;
  return { compile: () => text.compile(db) };
}
