import { access, mkdir, open as openFile, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Collection, StateStore } from '../../ports/state-store.ts';
import { type Chunk, CollectionFile } from './collection-file.ts';
import { DIRECTORY_MODE, isMissing, syncDirectory, writeFileAtomic } from './file-system.ts';

const CLOSED_MARKER = 'closed';
const SYNC_INTERVAL_MS = 1_000;
const FIRST_RETRY_MS = 100;
const LAST_RETRY_MS = 5_000;

export interface LogStore extends StateStore {
  /** Records that are not written yet. */
  readonly backlog: number;
}

export interface LogStoreOptions {
  dataDir: string;
  log: Pick<Logger, 'info' | 'warn' | 'error'>;
  /** How files are opened; tests bring disks that fill up. */
  open?: typeof openFile;
}

/** What was put since the last round of writes began: the newest value of each key, in the order of the puts. */
interface Round {
  records: Map<Collection, Map<string, unknown>>;
  left: number;
  done: Promise<void>;
  resolve(): void;
  reject(error: Error): void;
}

/**
 * The store in files: `DATA_DIR/store/<collection>.jsonl`. All puts of a tick are one write for each collection.
 * Committed means handed to the operating system, which a crash of the process cannot undo; for the power failing,
 * the disk is asked to catch up once a second.
 *
 * While a disk refuses to write, the records wait (the newest of each key, so they are no more than the keys are),
 * `healthy` is false, and whoever waits for `committed` waits on. It heals by itself; only closing gives up.
 */
export async function openLogStore({ dataDir, log, open = openFile }: LogStoreOptions): Promise<LogStore> {
  const directory = join(dataDir, 'store');
  await mkdir(directory, { recursive: true, mode: DIRECTORY_MODE });
  const cleanStart = await takeMarker(directory);

  const files = new Map<Collection, CollectionFile>();
  const failing = new Set<Collection | 'sync'>();
  const closing = new AbortController();
  let gathering = newRound();
  let writing: Round | undefined;
  let loop: Promise<void> | undefined;
  let syncTimer: NodeJS.Timeout | undefined;
  let lost: Error | undefined;
  let closed: Promise<void> | undefined;

  async function writeRounds(): Promise<void> {
    // The puts of this tick are still to come.
    await new Promise(setImmediate);
    while (gathering.left > 0) {
      const round = gathering;
      writing = round;
      gathering = newRound();
      const writes = [...round.records].map(([collection, records]) => writeRecords(round, collection, records));
      const failed = (await Promise.allSettled(writes)).find((result) => result.status === 'rejected');
      if (failed) {
        lost = new Error('The store was closed before everything could be written.', { cause: failed.reason });
        round.reject(lost);
      } else round.resolve();
      syncSoon();
    }
    writing = undefined;
    loop = undefined;
  }

  async function writeRecords(round: Round, collection: Collection, records: Map<string, unknown>): Promise<void> {
    const file = fileOf(collection);
    for (const chunk of file.chunks(records)) {
      await writeUntilItWorks(collection, file, chunk);
      round.left -= chunk.records.length;
    }
  }

  async function writeUntilItWorks(collection: Collection, file: CollectionFile, chunk: Chunk): Promise<void> {
    for (let wait = FIRST_RETRY_MS; ; wait = Math.min(LAST_RETRY_MS, wait * 2)) {
      try {
        await file.append(chunk);
        healed(collection);
        return;
      } catch (error) {
        failed(collection, error);
        if (closing.signal.aborted) throw error;
      }
      // Closing ends the wait, for one last attempt.
      await delay(wait, undefined, { signal: closing.signal }).catch(() => {});
    }
  }

  function syncSoon(): void {
    if (syncTimer || closing.signal.aborted) return;
    syncTimer = setTimeout(() => void syncAll(), SYNC_INTERVAL_MS);
    syncTimer.unref();
  }

  async function syncAll(): Promise<void> {
    const synced = await Promise.allSettled([...files.values()].map((file) => file.sync()));
    const refused = synced.find((result) => result.status === 'rejected');
    syncTimer = undefined;
    if (refused) {
      failed('sync', refused.reason);
      syncSoon();
    } else healed('sync');
  }

  function failed(what: Collection | 'sync', error: unknown): void {
    if (!failing.has(what)) log.error({ err: error, what }, 'the store cannot be written; it is tried again');
    failing.add(what);
  }

  function healed(what: Collection | 'sync'): void {
    if (failing.delete(what)) log.info({ what }, 'the store can be written again');
  }

  function fileOf(collection: Collection): CollectionFile {
    const file = files.get(collection);
    if (!file) throw new Error(`The collection ${collection} was not loaded.`);
    return file;
  }

  async function finish(): Promise<void> {
    closing.abort();
    clearTimeout(syncTimer);
    await loop;
    const results = await Promise.allSettled([...files.values()].map((file) => file.close()));
    const refused = results.find((result) => result.status === 'rejected');
    if (lost ?? refused) throw lost ?? refused?.reason;
    await writeFileAtomic(directory, CLOSED_MARKER, '');
  }

  return {
    cleanStart,
    get healthy() {
      return failing.size === 0;
    },
    get backlog() {
      return gathering.left + (writing?.left ?? 0);
    },
    async load<T>(collection: Collection): Promise<Map<string, T>> {
      if (files.has(collection)) throw new Error(`The collection ${collection} is loaded already.`);
      const file = await CollectionFile.open({ path: join(directory, `${collection}.jsonl`), log, openFile: open });
      files.set(collection, file);
      return file.load<T>();
    },
    put(collection, key, value) {
      fileOf(collection);
      // Nothing can be kept any more, and `committed` says so to whoever wants to know.
      if (closed) return;
      const records = gathering.records.get(collection) ?? new Map<string, unknown>();
      gathering.records.set(collection, records);
      if (!records.delete(key)) gathering.left++;
      records.set(key, value);
      loop ??= writeRounds();
    },
    committed() {
      if (closed) return Promise.reject(new Error('The store is closed.'));
      if (gathering.left > 0) return gathering.done;
      return writing?.done ?? Promise.resolve();
    },
    close() {
      closed ??= finish();
      return closed;
    },
  };
}

function newRound(): Round {
  let resolve: Round['resolve'] = () => {};
  let reject: Round['reject'] = () => {};
  const done = new Promise<void>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  // Nobody need wait for it.
  done.catch(() => {});
  return { records: new Map(), left: 0, done, resolve, reject };
}

/** Was it closed properly, or never used? From now on it is open, and says so even if the power fails. */
async function takeMarker(directory: string): Promise<boolean> {
  const marker = join(directory, CLOSED_MARKER);
  try {
    await access(marker);
  } catch (error) {
    if (!isMissing(error)) throw error;
    return !(await readdir(directory)).some((name) => name.endsWith('.jsonl'));
  }
  await rm(marker);
  await syncDirectory(directory);
  return true;
}
