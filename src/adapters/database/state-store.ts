import { setTimeout as delay } from 'node:timers/promises';
import type { Compilable } from 'kysely';
import type { Logger } from 'pino';
import type { Collection, StateStore } from '../../ports/state-store.ts';
import { collections } from './collections.ts';
import { isRefusal } from './errors.ts';
import { chunksOf, type Home, put } from './home.ts';

const RETRY_MS = { first: 100, last: 5000 };
const CLEAN_STOP = 'clean_stop';
/** Few enough that making a statement is no stall. */
const ROWS_A_STATEMENT = 100;

type Group = Map<string, { collection: Collection; key: string; value: unknown }>;

/**
 * The state store on a home. Writes gather while the group before them is written, so that a commit serves all who
 * wait. Of a key only the last value waits: while the home is away, what waits is bounded by the number of keys.
 */
export async function openStateStore(home: Home, log: Pick<Logger, 'error'>): Promise<StateStore> {
  const stopped = await home.db.selectFrom('meta').select('value').where('key', '=', CLEAN_STOP).executeTakeFirst();
  // A home that was never used has nothing to miss.
  const cleanStart = stopped === undefined || stopped.value === 'yes';
  await home.write([put(home.db, CLEAN_STOP, 'no')]);

  let gathering: Group = new Map();
  let writing: Group = new Map();
  let waiting: { resolve(): void; reject(error: Error): void }[] = [];
  let busy: Promise<void> | undefined;
  let healthy = true;
  let closing = false;

  /** Writes group after group until nothing waits. */
  async function writeAll(): Promise<void> {
    // Everything that is put in the same turn goes together.
    await undefined;
    let pause = RETRY_MS.first;
    while (gathering.size > 0) {
      writing = gathering;
      gathering = new Map();
      const served = waiting;
      waiting = [];
      try {
        await write(writing);
        writing = new Map();
        healthy = true;
        pause = RETRY_MS.first;
        for (const { resolve } of served) resolve();
      } catch (error) {
        healthy = false;
        // What came meanwhile is newer.
        for (const [id, newer] of gathering) writing.set(id, newer);
        gathering = writing;
        writing = new Map();
        for (const { reject } of served) reject(error as Error);
        if (closing) return;
        await delay(pause);
        pause = Math.min(pause * 2, RETRY_MS.last);
      }
    }
  }

  async function write(group: Group): Promise<void> {
    try {
      await home.write(statementsOf(group));
    } catch (error) {
      if (!isRefusal(error)) throw error;
      // One record that the database cannot keep must not hold back the others.
      for (const [id, one] of group) {
        await home.write(statementsOf(new Map([[id, one]]))).catch((reason) => {
          if (!isRefusal(reason)) throw reason;
          log.error({ err: reason, collection: one.collection, key: one.key }, 'a record that the database refuses');
        });
      }
    }
  }

  function statementsOf(group: Group): Compilable[] {
    const byCollection = new Map<Collection, { key: string; value: unknown }[]>();
    for (const { collection, key, value } of group.values()) {
      const puts = byCollection.get(collection) ?? [];
      puts.push({ key, value });
      byCollection.set(collection, puts);
    }
    return [...byCollection].flatMap(([collection, puts]) =>
      [...chunksOf(puts, ROWS_A_STATEMENT)].flatMap((some) => collections[collection].statements(home.db, some)),
    );
  }

  return {
    cleanStart,
    get healthy() {
      return healthy && home.healthy;
    },
    get backlog() {
      return gathering.size + writing.size;
    },
    async load<T>(collection: Collection): Promise<Map<string, T>> {
      const rows = await collections[collection].load(home.db);
      return new Map(rows.map(({ key, record }) => [key, JSON.parse(record) as T]));
    },
    async find<T>(collection: Collection, key: string): Promise<T | undefined> {
      const record = await collections[collection].find(home.db, key);
      return record === undefined ? undefined : (JSON.parse(record) as T);
    },
    put(collection, key, value) {
      if (closing) return;
      gathering.set(`${collection} ${key}`, { collection, key, value });
      busy ??= writeAll().finally(() => {
        busy = undefined;
      });
    },
    async committed() {
      if (closing) throw new Error('The store is closed.');
      if (gathering.size > 0) return new Promise<void>((resolve, reject) => waiting.push({ resolve, reject }));
      // The group under way is the last one.
      while (writing.size > 0) await busy;
    },
    async close() {
      if (closing) return;
      closing = true;
      await busy;
      if (gathering.size === 0)
        await home
          .write([put(home.db, CLEAN_STOP, 'yes')])
          .catch((error) => log.error({ err: error }, 'no clean stop'));
      else log.error({ records: gathering.size }, 'the database cannot be written: records are lost');
    },
  };
}
