import { setTimeout as delay } from 'node:timers/promises';
import type { Compilable } from 'kysely';
import type { Logger } from 'pino';
import type { Incarnations } from '../../ports/incarnations.ts';
import type { Collection, Pickable, StateStore } from '../../ports/state-store.ts';
import { systemClock } from '../clock.ts';
import { collections } from './collections.ts';
import { chunksOf, type Database } from './database.ts';
import { InvalidRecordError } from './errors.ts';
import { openIncarnations } from './incarnations.ts';
import { writeBisecting } from './refusals.ts';

const FIRST_RETRY_MS = 100;
const LAST_RETRY_MS = 5_000;
/** A write that takes longer counts as failed, so that callers need not wait. */
const PATIENCE_MS = 2_000;
/**
 * How long records without a waiting caller are batched. Together with the write itself, below the second of data that a
 * crash may lose.
 */
const GATHER_MS = 500;
/** Records per statement: building it takes half a millisecond for documents of 2 kB, and a few for the largest. */
const CHUNK = 25;
/** Records per transaction, so that other writers need not wait long. */
const RECORDS_A_WRITE = 500;

/** `collection` and `key`, concatenated. */
type Place = string;
interface Put {
  collection: Collection;
  key: string;
  value: unknown;
}
interface Group {
  puts: Map<Place, Put>;
  /** Pending calls of `committed`. */
  waiting: { resolve(): void; reject(error: Error): void }[];
}

/**
 * The state store in the database's tables. Concurrent puts share a transaction (very many use a few). While writes
 * fail, only the newest record of each key waits; writes are retried until they succeed or the store is closed.
 */
export async function openStateStore(
  database: Database,
  log: Pick<Logger, 'error'>,
  shared?: Incarnations,
): Promise<StateStore> {
  const { db } = database;
  const incarnations = shared ?? (await openIncarnations(database));

  const closing = new AbortController();
  let hurry = () => {};
  let gathering: Group = { puts: new Map(), waiting: [] };
  let writing: Group | undefined;
  let writingSince = 0;
  let loop: Promise<void> | undefined;
  let closed: Promise<void> | undefined;
  let dropped = 0;

  async function writeGroups(): Promise<void> {
    let wait = FIRST_RETRY_MS;
    while (gathering.puts.size > 0) {
      await gathered();
      writing = gathering;
      gathering = { puts: new Map(), waiting: [] };
      writingSince = systemClock.now();
      try {
        for (const puts of chunksOf([...writing.puts.values()], RECORDS_A_WRITE)) await write(puts);
        for (const { resolve } of writing.waiting) resolve();
        wait = FIRST_RETRY_MS;
      } catch (error) {
        for (const { reject } of writing.waiting) reject(error as Error);
        // Keeps the newer record of each key.
        gathering.puts = new Map([...writing.puts, ...gathering.puts]);
        writing = undefined;
        if (closing.signal.aborted) throw error;
        // Closing ends the wait, for one last attempt.
        await delay(wait, undefined, { signal: closing.signal }).catch(() => {});
        wait = Math.min(LAST_RETRY_MS, wait * 2);
      }
    }
    writing = undefined;
    loop = undefined;
  }

  /**
   * Waits until it is time to write or a caller waits for the result; the rest of the same tick's puts still arrive
   * then.
   */
  async function gathered(): Promise<void> {
    const hurried = new AbortController();
    hurry = () => hurried.abort();
    if (gathering.waiting.length === 0 && !closing.signal.aborted)
      await delay(GATHER_MS, undefined, { signal: hurried.signal }).catch(() => {});
    await new Promise(setImmediate);
  }

  const write = (puts: readonly Put[]) =>
    writeBisecting(
      puts,
      (some) => database.write(statementsFor(some)),
      ({ collection, key }, error) => {
        dropped++;
        log.error({ err: error, collection, key }, 'the database rejected a record');
      },
    );

  function* statementsFor(puts: readonly Put[]): Generator<Compilable> {
    const of = new Map<Collection, Put[]>(puts.map(({ collection }) => [collection, []]));
    for (const put of puts) of.get(put.collection)?.push(put);
    for (const [name, table] of Object.entries(collections)) {
      // All writers use the same order, to avoid deadlocks between row locks.
      const ours = (of.get(name as Collection) ?? []).sort((x, y) => (x.key < y.key ? -1 : 1));
      // Built one by one, as the database needs them: building all at once would block the event loop.
      for (const chunk of chunksOf(ours, CHUNK)) yield* made(() => table.statements(db, chunk));
    }
  }

  async function finish(): Promise<void> {
    closing.abort();
    hurry();
    await loop;
    await incarnations.end();
  }

  function waitingFor(collection: Collection, key: string): Put | undefined {
    const place = placeOf(collection, key);
    return gathering.puts.get(place) ?? writing?.puts.get(place);
  }

  return {
    cleanStart: incarnations.cleanStart,
    recovered: incarnations.recovered,
    get mayHaveLost() {
      return incarnations.mayHaveLost;
    },
    get healthy() {
      return database.healthy && !(writing && systemClock.now() - writingSince > PATIENCE_MS);
    },
    get backlog() {
      return gathering.puts.size + (writing?.puts.size ?? 0);
    },
    get dropped() {
      return dropped;
    },
    async load<T>(collection: Collection) {
      const rows = await collections[collection].load(db);
      return new Map(rows.map(({ key, record }) => [key, JSON.parse(record) as T]));
    },
    async find<T>(collection: Collection, name: string) {
      const waiting = waitingFor(collection, name);
      if (waiting) return waiting.value === undefined ? [] : [waiting.value as T];
      const rows = await collections[collection].find(db, name);
      return rows.flatMap(({ key, record }) => {
        const newer = waitingFor(collection, key);
        if (newer) return newer.value === undefined ? [] : (newer.value as T);
        return JSON.parse(record) as T;
      });
    },
    async pick<T>(collection: Pickable, keys: readonly string[]) {
      const rows = keys.length > 0 ? await collections[collection].pick(db, keys) : [];
      const found = new Map(rows.map(({ key, record }) => [key, JSON.parse(record) as T]));
      for (const key of keys) {
        const newer = waitingFor(collection, key);
        if (newer?.value !== undefined) found.set(key, newer.value as T);
        else if (newer) found.delete(key);
      }
      return found;
    },
    put(collection, key, value) {
      if (closed) return;
      const place = placeOf(collection, key);
      gathering.puts.delete(place);
      gathering.puts.set(place, { collection, key, value });
      loop ??= writeGroups();
      // Only `close` reports its failure.
      loop.catch(() => {});
    },
    committed() {
      if (closed) return Promise.reject(new Error('The store is closed.'));
      const group = gathering.puts.size > 0 ? gathering : writing;
      if (!group) return Promise.resolve();
      hurry();
      return new Promise((resolve, reject) => group.waiting.push({ resolve, reject }));
    },
    close() {
      closed ??= finish();
      return closed;
    },
  };
}

/** An error here is caused by the records, not by the database. */
function made(make: () => Compilable[]): Compilable[] {
  try {
    return make();
  } catch (cause) {
    throw new InvalidRecordError('The record does not match its collection.', { cause });
  }
}

function placeOf(collection: Collection, key: string): Place {
  return `${collection}\n${key}`;
}
