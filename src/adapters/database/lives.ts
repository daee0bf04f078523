import { randomBytes } from 'node:crypto';
import type { Lives } from '../../ports/lives.ts';
import { systemClock } from '../clock.ts';
import { type Home, put } from './home.ts';

/** Who was there and has not left: as long as such a row is there, the last stop was not a clean one. */
const RUNNING = 'running:';
/** In place of all that were buried. A process that comes to be alone leaps ahead, once: nobody else knows what they told. */
const GONE = `${RUNNING}gone`;
/** A stop was not a clean one, at some time. */
const LOST = 'may have lost';

/** `instance`: its name among the others; undefined: there are none, so that whoever is still marked as running has crashed. */
export async function openLives(home: Home, instance?: string): Promise<Lives> {
  const { db } = home;
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
  const isThere = put(db, mine, new Date(systemClock.wall()).toISOString());

  const others = await readOthers();
  const cleanStart = others.length === 0;
  let mayHaveLost = !cleanStart || (await readLost()) !== undefined;
  const bury = [db.deleteFrom('meta').where('key', 'like', `${RUNNING}%`), put(db, LOST, '')];
  await home.write([...(isAlone && !cleanStart ? bury : []), isThere]);

  return {
    cleanStart,
    get mayHaveLost() {
      return mayHaveLost;
    },
    async look(standing) {
      const all = (await readOthers()).map(({ key, value }) => ({
        key,
        standing: standing(key.slice(RUNNING.length), Date.parse(value)),
      }));
      const gone = all.filter((it) => it.standing === 'gone').map(({ key }) => key);
      if (gone.length > 0)
        await home.write([db.deleteFrom('meta').where('key', 'in', gone), put(db, LOST, ''), put(db, GONE, '')]);
      mayHaveLost = all.some((it) => it.standing !== 'alive') || (await readLost()) !== undefined;
    },
    async stay() {
      await home.write([isThere]);
    },
    async end() {
      await home.write([db.deleteFrom('meta').where('key', '=', mine)]);
    },
  };
}
