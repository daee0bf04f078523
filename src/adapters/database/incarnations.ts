import { randomBytes } from 'node:crypto';
import type { Incarnations } from '../../ports/incarnations.ts';
import { systemClock } from '../clock.ts';
import { type Database, put } from './database.ts';

/** Prefix of the rows of running processes. A row left from an earlier process means that it did not stop properly. */
const RUNNING = 'running:';
/**
 * Stands for all removed processes. The next process that starts alone advances all versions once, since nobody else
 * knows what the removed ones had published.
 */
const GONE = `${RUNNING}gone`;
/** Set after the first improper stop. */
const LOST = 'may have lost';

/**
 * @param instance its name in the cluster; undefined: there is no cluster, so every other registered process has
 * crashed
 */
export async function openIncarnations(database: Database, instance?: string): Promise<Incarnations> {
  const { db } = database;
  const isAlone = instance === undefined;
  const mine = RUNNING + (instance ?? randomBytes(8).toString('hex'));
  const readOthers = () =>
    db
      .selectFrom('meta')
      .select(['key', 'value'])
      .where('key', 'like', `${RUNNING}%`)
      .where('key', '!=', mine)
      .execute();
  const readLost = () => db.selectFrom('meta').select('key').where('key', '=', LOST).executeTakeFirst();
  const registration = put(db, mine, new Date(systemClock.wall()).toISOString());

  const others = await readOthers();
  const cleanStart = others.length === 0;
  let mayHaveLost = !cleanStart || (await readLost()) !== undefined;
  const removeAll = [db.deleteFrom('meta').where('key', 'like', `${RUNNING}%`), put(db, LOST, '')];
  await database.write([...(isAlone && !cleanStart ? removeAll : []), registration]);
  let hasRecovered = cleanStart || !isAlone;

  return {
    cleanStart,
    get mayHaveLost() {
      return mayHaveLost;
    },
    async removeGone(statusOf) {
      const all = (await readOthers()).map(({ key, value }) => ({
        key,
        status: statusOf(key.slice(RUNNING.length), Date.parse(value)),
      }));
      const gone = all.filter((it) => it.status === 'gone').map(({ key }) => key);
      if (gone.length > 0)
        await database.write([db.deleteFrom('meta').where('key', 'in', gone), put(db, LOST, ''), put(db, GONE, '')]);
      mayHaveLost = all.some((it) => it.status !== 'alive') || (await readLost()) !== undefined;
    },
    async register() {
      await database.write([registration]);
    },
    recovered() {
      hasRecovered = true;
    },
    async end() {
      if (hasRecovered) await database.write([db.deleteFrom('meta').where('key', '=', mine)]);
    },
  };
}
