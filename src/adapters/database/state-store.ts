import { setTimeout as delay } from 'node:timers/promises';
import type { Compilable } from 'kysely';
import type { Logger } from 'pino';
import type { Lives } from '../../ports/lives.ts';
import type { Collection, StateStore } from '../../ports/state-store.ts';
import { systemClock } from '../clock.ts';
import { collections } from './collections.ts';
import { UnkeepableError } from './errors.ts';
import { chunksOf, type Home } from './home.ts';
import { openLives } from './lives.ts';
import { writeKeepable } from './refusals.ts';

const FIRST_RETRY_MS = 100;
const LAST_RETRY_MS = 5_000;
/** A write that takes longer is as bad as one that fails: whoever waits for it should go on. */
const PATIENCE_MS = 2_000;
/** What nobody waits for is gathered for so long: with the write itself, well within the second that a crash may cost. */
const GATHER_MS = 250;
/** Records a statement, made into text in one go: half a millisecond for documents of 2 kB, and some for the largest. */
const CHUNK = 25;
/** Records a transaction, so that others who write need not wait long. */
const RECORDS_A_WRITE = 500;

/** `collection` and `key` in one. */
type Place = string;
interface Put {
  collection: Collection;
  key: string;
  value: unknown;
}
interface Group {
  puts: Map<Place, Put>;
  /** Who waits for it. */
  waiting: { resolve(): void; reject(error: Error): void }[];
}

/**
 * The store in the home's tables. Puts that come together are one transaction (very many: a few). While the home cannot be written, what waits is
 * the newest record of each key; it is tried again until it works, and only closing gives up.
 */
export async function openStateStore(home: Home, log: Pick<Logger, 'error'>, lives?: Lives): Promise<StateStore> {
  const { db } = home;
  const life = lives ?? (await openLives(home));

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
        // The newer record of each key.
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

  /** Until it is time to write, or somebody waits for it; the puts of the same tick are still to come then. */
  async function gathered(): Promise<void> {
    const hurried = new AbortController();
    hurry = () => hurried.abort();
    if (gathering.waiting.length === 0 && !closing.signal.aborted)
      await delay(GATHER_MS, undefined, { signal: hurried.signal }).catch(() => {});
    await new Promise(setImmediate);
  }

  const write = (puts: readonly Put[]) =>
    writeKeepable(
      puts,
      (some) => home.write(statementsFor(some)),
      ({ collection, key }, error) => {
        dropped++;
        log.error({ err: error, collection, key }, 'the database refused a record');
      },
    );

  function* statementsFor(puts: readonly Put[]): Generator<Compilable> {
    const of = new Map<Collection, Put[]>(puts.map(({ collection }) => [collection, []]));
    for (const put of puts) of.get(put.collection)?.push(put);
    for (const [name, table] of Object.entries(collections)) {
      // In one order for all that write here: each waits for the other's rows, and two that wait for each other both fail.
      const ours = (of.get(name as Collection) ?? []).sort((x, y) => (x.key < y.key ? -1 : 1));
      // Made one by one, as the home asks for them: so many texts at once would hold the event loop.
      for (const chunk of chunksOf(ours, CHUNK)) yield* made(() => table.statements(db, chunk));
    }
  }

  async function finish(): Promise<void> {
    closing.abort();
    hurry();
    await loop;
    await life.end();
  }

  return {
    cleanStart: life.cleanStart,
    get mayHaveLost() {
      return life.mayHaveLost;
    },
    get healthy() {
      return home.healthy && !(writing && systemClock.now() - writingSince > PATIENCE_MS);
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
      const waitingFor = (key: string) => {
        const place = placeOf(collection, key);
        return gathering.puts.get(place) ?? writing?.puts.get(place);
      };
      const waiting = waitingFor(name);
      if (waiting) return waiting.value === undefined ? [] : [waiting.value as T];
      const rows = await collections[collection].find(db, name);
      return rows.flatMap(({ key, record }) => {
        const newer = waitingFor(key);
        if (newer) return newer.value === undefined ? [] : (newer.value as T);
        return JSON.parse(record) as T;
      });
    },
    put(collection, key, value) {
      if (closed) return;
      const place = placeOf(collection, key);
      gathering.puts.delete(place);
      gathering.puts.set(place, { collection, key, value });
      loop ??= writeGroups();
      // Only closing sees how it fails.
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

/** Where this fails the records are at fault, and not the home. */
function made(make: () => Compilable[]): Compilable[] {
  try {
    return make();
  } catch (cause) {
    throw new UnkeepableError('A record is not what its collection keeps.', { cause });
  }
}

function placeOf(collection: Collection, key: string): Place {
  return `${collection}\n${key}`;
}
