import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type Compilable, sql } from 'kysely';
import type { Logger } from 'pino';
import { systemClock } from '../clock.ts';
import { firstAccessFault, isDiskFull } from '../files/file-system.ts';
import type { Backend } from './driver.ts';
import { DatabaseError, isRefusal, isSignInFault } from './errors.ts';
import { migrate } from './migrations/all.ts';
import type { Db } from './schema.ts';
import { openSqlite } from './sqlite.ts';

/** The database of the process: PostgreSQL, or an SQLite file. Queries are the same for both. */
export interface Database {
  readonly kind: 'sqlite' | 'postgres';
  /**
   * Builds queries and runs those that read; writing through it is refused. Reads never wait for writes, and see
   * everything committed before them.
   */
  readonly db: Db;
  /**
   * Runs the statements as one transaction. Concurrent groups may overtake each other: to keep an order, wait for the
   * previous one. Resolves with the number of affected rows, once they are on disk. A rejected group may still have
   * been committed, if the connection broke just after the commit, so groups must be idempotent (upserts). Statements
   * of a generator are built one by one, between other work; keep each at about 50 rows (`chunksOf`), which takes a
   * millisecond or two.
   */
  write(group: Iterable<Compilable>): Promise<number>;
  /** False after a failed write or probe, until a write succeeds again. */
  readonly healthy: boolean;
  /** Waits for pending writes. */
  close(): Promise<void>;
}

export interface DatabaseOptions {
  /** `postgres://…`; undefined: an SQLite file in `dataDir`. */
  databaseUrl?: string | undefined;
  dataDir: string;
  log: Pick<Logger, 'info' | 'warn' | 'error'>;
  /** Called after every write. */
  wrote?: (seconds: number, outcome: 'ok' | 'failed') => void;
  /** How long to wait for an unavailable database at startup, in ms. */
  patienceMs?: number;
  /** What to do if there is no PostgreSQL at `databaseUrl`. */
  remedy?: string;
}

const FILE = 'vigia.db';
const PATIENCE_MS = 30_000;
const FIRST_RETRY_MS = 100;
const LAST_RETRY_MS = 2_000;
/** A database that takes longer for a write counts as unavailable. */
const WRITE_TIMEOUT_MS = 10_000;
const READ_TIMEOUT_MS = 30_000;
const READERS = 4;
/** Several, so that commands need not wait for the journal. */
const WRITERS = 3;
/** Interval of the health check when nothing is written. */
const PROBE_MS = 2_000;

/**
 * Opens the database and creates missing tables.
 * @throws DatabaseError if the database cannot be used
 */
export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  const { log, wrote = () => {} } = options;
  const writer = await prepare(options);
  const { db: reader } = await openReader(options);

  let isHealthy = true;
  const writes = new Set<Promise<number>>();
  let isProbing = false;
  let closed: Promise<void> | undefined;

  function write(group: Iterable<Compilable>): Promise<number> {
    if (closed) return Promise.reject(new Error('The database is closed.'));
    const written = writeAndTell(group).finally(() => writes.delete(written));
    writes.add(written);
    return written;
  }

  async function writeAndTell(group: Iterable<Compilable>): Promise<number> {
    const startedAt = systemClock.now();
    const took = () => (systemClock.now() - startedAt) / 1000;
    try {
      const touched = await writer.write(group);
      wrote(took(), 'ok');
      succeeded();
      return touched;
    } catch (error) {
      wrote(took(), 'failed');
      if (!isRefusal(error)) failed(error);
      throw error;
    }
  }

  function failed(error: unknown): void {
    if (isHealthy) log.error({ err: error }, 'the database cannot be written; retrying');
    isHealthy = false;
  }

  function succeeded(): void {
    if (!isHealthy) log.info('the database can be written again');
    isHealthy = true;
  }

  async function probe(): Promise<void> {
    if (isProbing || writes.size > 0) return;
    isProbing = true;
    try {
      if (isHealthy) await sql`select 1`.execute(writer.db);
      // Recovery needs a real write: a full disk can still be read.
      else await write([put(reader, 'probed', new Date(systemClock.wall()).toISOString())]);
    } catch (error) {
      failed(error);
    } finally {
      isProbing = false;
    }
  }

  async function close(): Promise<void> {
    clearInterval(timer);
    await Promise.allSettled(writes);
    await Promise.all([reader.destroy(), writer.db.destroy()]);
  }

  const timer = setInterval(() => void probe(), PROBE_MS);
  timer.unref();

  return {
    kind: kindOf(options),
    db: reader,
    write,
    get healthy() {
      return isHealthy;
    },
    close() {
      closed ??= close();
      return closed;
    },
  };
}

/** Sets a row of `meta`. */
export function put(db: Db, key: string, value: string): Compilable {
  return db
    .insertInto('meta')
    .values({ key, value })
    .onConflict((conflict) => conflict.column('key').doUpdateSet({ value }));
}

/** Chunks of at most `size`, for statements that do not block other writers for long. */
export function* chunksOf<T>(rows: readonly T[], size = 500): Generator<T[]> {
  for (let from = 0; from < rows.length; from += size) yield rows.slice(from, from + size);
}

/** Migrates the database and opens it for writing. Waits for a database that is still starting. */
async function prepare(options: DatabaseOptions): Promise<Backend> {
  const { log, databaseUrl, patienceMs = PATIENCE_MS } = options;
  const { remedy = 'Check DATABASE_URL; "vigia doctor" says more.' } = options;
  const file = databaseUrl === undefined ? join(options.dataDir, FILE) : undefined;
  if (file && (await sizeOf(file)) === 0) throw new DatabaseError(`The database ${file} ${IS_EMPTY}`);
  const giveUpAt = systemClock.now() + patienceMs;
  for (let wait = FIRST_RETRY_MS; ; wait = Math.min(LAST_RETRY_MS, wait * 2)) {
    const writer = await openWriter(options, 'without a time limit');
    try {
      await migrate(writer.db, databaseUrl !== undefined, log);
      if (databaseUrl === undefined) return writer;
      await writer.db.destroy();
      return openWriter(options);
    } catch (error) {
      await writer.db.destroy();
      if (error instanceof DatabaseError) throw error;
      const unusable = file && (await firstAccessFault(filesIn(options.dataDir)));
      const fault = `${placeOf(options)} cannot be used: ${messageOf(error)}. ${file ? remedyFor(error) : remedy}`;
      const message = `The database ${unusable ?? fault}`;
      const mayPass = !file && !isSignInFault(error);
      if (!mayPass || systemClock.now() + wait > giveUpAt) throw new DatabaseError(message, { cause: error });
      log.warn({ retryMs: wait }, message);
    }
    await delay(wait);
  }
}

const REMEDY = 'If it is damaged, "vigia restore BACKUP --force" moves it aside and restores a backup.';

/** A full disk damages nothing, and a backup would not fit either. */
const remedyFor = (error: unknown): string =>
  isDiskFull(error) ? 'The disk is full: make room, and start again. Nothing is lost.' : REMEDY;

const filesIn = (dataDir: string) => [FILE, `${FILE}-wal`, `${FILE}-shm`].map((name) => join(dataDir, name));

/** An empty file is left by a failed copy. Starting with it would hide the loss of all data. */
const IS_EMPTY = `is empty, so its data is lost. ${REMEDY} To start with an empty database, remove the file.`;

async function sizeOf(path: string): Promise<number | undefined> {
  return stat(path).then(
    ({ size }) => size,
    () => undefined,
  );
}

async function openWriter(
  { databaseUrl: url, dataDir }: DatabaseOptions,
  limit?: 'without a time limit',
): Promise<Backend> {
  if (url === undefined) return openSqlite({ path: join(dataDir, FILE), readOnly: false });
  const { openPostgres } = await import('./postgres.ts');
  return openPostgres({ url, connections: WRITERS, ...(limit ? {} : { timeoutMs: WRITE_TIMEOUT_MS }) });
}

async function openReader({ databaseUrl: url, dataDir }: DatabaseOptions): Promise<Backend> {
  if (url === undefined) return openSqlite({ path: join(dataDir, FILE), readOnly: true });
  const { openPostgres } = await import('./postgres.ts');
  return openPostgres({ url, connections: READERS, timeoutMs: READ_TIMEOUT_MS, readOnly: true });
}

function kindOf({ databaseUrl }: DatabaseOptions): Database['kind'] {
  return databaseUrl === undefined ? 'sqlite' : 'postgres';
}

/** Without user and password. */
function placeOf({ databaseUrl, dataDir }: DatabaseOptions): string {
  if (databaseUrl === undefined) return join(dataDir, FILE);
  const { host, pathname } = new URL(databaseUrl);
  return `${host}${pathname}`;
}

function messageOf(error: unknown): string {
  // A host with several addresses yields one error for each.
  if (error instanceof AggregateError) return error.errors.map(messageOf).join('; ');
  // An error from the worker thread arrives without its class.
  const { message } = (error ?? {}) as { message?: unknown };
  return typeof message === 'string' ? message : String(error);
}
