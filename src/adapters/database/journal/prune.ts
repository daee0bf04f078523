import type { Compilable } from 'kysely';
import type { Home } from '../home.ts';
import type { Db } from '../schema.ts';
import { lastChange } from './history.ts';

const DEVICES_A_READ = 100;
/** Rows that one write removes at most. */
export const ROWS_A_WRITE = 1000;

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
    const ids = await devicesAfter(home.db, after);
    for (const id of ids) {
      const version = await firstToKeep(home.db, id, before);
      if (version === undefined) continue;
      removed += await inSteps(() => home.write([removal(home.db, 'changes', id, version)]), ROWS_A_WRITE, pause);
      // Last, so that no change is ever without the document that belongs to it.
      await inSteps(() => home.write([removal(home.db, 'keyframes', id, version)]), ROWS_A_WRITE, pause);
    }
    if (ids.length < DEVICES_A_READ) return removed;
    after = ids.at(-1) as string;
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

async function devicesAfter(db: Db, after: string): Promise<string[]> {
  const rows = await db
    .selectFrom('keyframes')
    .select('device_id')
    .distinct()
    .where('device_id', '>', after)
    .orderBy('device_id')
    .limit(DEVICES_A_READ)
    .execute();
  return rows.map((row) => row.device_id);
}

/** Undefined: there is nothing to remove. */
async function firstToKeep(db: Db, deviceId: string, before: number): Promise<number | undefined> {
  const last = await lastChange(db, deviceId, before);
  if (!last) return undefined;
  if (last.kind === 'deleted') return last.version + 1;
  const keyframe = await db
    .selectFrom('keyframes')
    .select('version')
    .where('device_id', '=', deviceId)
    .where('version', '<=', last.version)
    .orderBy('version', 'desc')
    .limit(1)
    .executeTakeFirst();
  if (!keyframe) return undefined;
  const older = await db
    .selectFrom('changes')
    .select('version')
    .where('device_id', '=', deviceId)
    .where('version', '<', keyframe.version)
    .limit(1)
    .executeTakeFirst();
  return older && keyframe.version;
}

function removal(db: Db, table: 'changes' | 'keyframes', deviceId: string, before: number): Compilable {
  return db
    .deleteFrom(table)
    .where('device_id', '=', deviceId)
    .where('version', 'in', (versions) =>
      versions
        .selectFrom(table)
        .select('version')
        .where('device_id', '=', deviceId)
        .where('version', '<', before)
        .orderBy('version')
        .limit(ROWS_A_WRITE),
    );
}
