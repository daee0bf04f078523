// @ts-check
import { chmodSync, closeSync, existsSync, linkSync, openSync, renameSync, rmSync } from 'node:fs';
import { types } from 'node:util';
import { parentPort, threadId, workerData } from 'node:worker_threads';
import Database from 'libsql';

/**
 * The worker thread with the SQLite connection, which blocks on disk access. It is JavaScript because worker threads
 * have no TypeScript loader when the server runs from its sources. Its messages are typed in `sqlite.ts`.
 */
const MAX_STATEMENTS = 200;
/** Waiting transactions are merged as long as their values are below this limit: one fsync for all. */
const MAX_VALUES_TOGETHER = 5_000;
/** Another process may be copying the file (a backup). */
const BUSY_TIMEOUT_MS = 5_000;

const CHECKPOINT_MS = 1_000;
/** If the reader does not get to the checkpoint, the writer does it, so that the log does not outgrow the file. */
const MAX_LOG_PAGES = 16_000;

/** @type {import('./sqlite.ts').ThreadSettings} */
const { path, readOnly } = workerData;
const port = /** @type {import('node:worker_threads').MessagePort} */ (parentPort);

if (!existsSync(path)) inPlain(create);
// The file contains hashes of tokens. The files beside it (-wal, -shm) inherit its mode.
chmodSync(path, 0o600);
const db = inPlain(() => open(path));
/** @type {NodeJS.Timeout | undefined} */
let checkpoints;
if (readOnly) {
  db.pragma('query_only = ON');
  // The reader's thread runs the checkpoints because commands wait for the writer's thread.
  checkpoints = setInterval(checkpoint, CHECKPOINT_MS).unref();
} else {
  db.pragma(`wal_autocheckpoint = ${MAX_LOG_PAGES}`);
}

/**
 * The file gets its name once SQLite's header is in it: an empty one, which a process that is killed here would leave,
 * looks like lost data to the next start.
 */
function create() {
  const unfinished = `${path}.${process.pid}-${threadId}.new`;
  for (const suffix of ['', '-wal', '-shm']) rmSync(unfinished + suffix, { force: true });
  try {
    closeSync(openSync(unfinished, 'wx', 0o600));
    open(unfinished).close();
    name(unfinished);
  } finally {
    rmSync(unfinished, { force: true });
  }
}

/**
 * Never replaces a file that another thread has created meanwhile.
 * @param {string} unfinished
 */
function name(unfinished) {
  try {
    linkSync(unfinished, path);
  } catch (error) {
    // Some file systems have no links.
    if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'EEXIST') renameSync(unfinished, path);
  }
}

/** @param {string} place */
function open(place) {
  const file = new Database(place, { timeout: BUSY_TIMEOUT_MS });
  file.pragma('journal_mode = WAL');
  file.pragma('synchronous = FULL');
  return file;
}

/**
 * The library throws values that are not Errors; the other thread would receive them as [object Object].
 * @template T
 * @param {() => T} act
 */
function inPlain(act) {
  try {
    return act();
  } catch (error) {
    if (types.isNativeError(error)) throw error;
    const { message, code } = /** @type {NodeJS.ErrnoException} */ (error);
    throw Object.assign(new Error(`${message}${code ? ` (${code})` : ''}`), { code });
  }
}

/** @type {Map<string, Database.Statement>} */
const statements = new Map();

/** @typedef {{ id: number, statements: import('./driver.ts').Statement[] }} Group */
/** @type {Group[]} */
const waiting = [];
/**
 * Groups of which further parts will follow.
 * @type {Map<number, Group>}
 */
const begun = new Map();
let isClosed = false;

port.on('message', (/** @type {import('./sqlite.ts').ToThread} */ message) => {
  if (message === 'close') {
    while (waiting.length > 0) writeWaiting();
    isClosed = true;
    clearInterval(checkpoints);
    db.close();
    port.close();
  } else if (isClosed) {
    // The library crashes the process if a closed file is used.
    failed(message.id, new Error('The database is closed.'));
  } else if ('statements' in message) {
    const { id, statements, more } = message;
    const group = begun.get(id) ?? { id, statements: [] };
    group.statements.push(...statements);
    if (more) {
      begun.set(id, group);
      return;
    }
    begun.delete(id);
    waiting.push(group);
    // Waits for messages that have already arrived, to write them together.
    if (waiting.length === 1) setImmediate(writeAll);
  } else if ('withdrawn' in message) {
    begun.delete(message.id);
  } else {
    const { id, sql, parameters } = message;
    try {
      port.postMessage({ id, ...run(sql, parameters) });
    } catch (error) {
      failed(id, error);
    }
  }
});

/** Fails on a full disk, which does no harm: the data stays in the log. */
function checkpoint() {
  try {
    db.pragma('wal_checkpoint(PASSIVE)');
  } catch {
    // The next checkpoint will do it, or the writer.
  }
}

/** Deferred to collect further messages. Nothing is left if the file was closed in between. */
function writeAll() {
  if (waiting.length > 0) writeWaiting();
  if (waiting.length > 0) setImmediate(writeAll);
}

/** Smallest first, since callers wait for those. */
function writeWaiting() {
  waiting.sort((a, b) => valuesOf(a) - valuesOf(b));
  const groups = waiting.splice(0, 1);
  let values = groups.reduce((sum, group) => sum + valuesOf(group), 0);
  for (let next = waiting[0]; next && values + valuesOf(next) <= MAX_VALUES_TOGETHER; next = waiting[0]) {
    values += valuesOf(next);
    groups.push(next);
    waiting.shift();
  }
  write(groups);
}

/** @param {Group[]} groups */
function write(groups) {
  try {
    const affected = transaction(groups);
    for (const [i, { id }] of groups.entries()) port.postMessage({ id, rows: [], affected: affected[i] });
  } catch (error) {
    const [only, ...others] = groups;
    if (others.length === 0 && only) failed(only.id, error);
    // An error of one group must not fail the others.
    else for (const group of groups) write([group]);
  }
}

/**
 * Returns the number of affected rows of each group.
 * @param {Group[]} groups
 */
function transaction(groups) {
  run('begin immediate', []);
  try {
    const affected = groups.map(({ statements }) =>
      statements.reduce((sum, { sql, parameters }) => sum + run(sql, parameters).affected, 0),
    );
    run('commit', []);
    return affected;
  } finally {
    if (db.inTransaction) run('rollback', []);
  }
}

/**
 * @param {number} id
 * @param {unknown} error
 */
function failed(id, error) {
  const { message, code } = /** @type {NodeJS.ErrnoException} */ (error);
  port.postMessage({ id, error: { message, code } });
}

/** @param {Group} group */
function valuesOf({ statements }) {
  return statements.reduce((sum, { parameters }) => sum + parameters.length, 0);
}

/**
 * @param {string} sql
 * @param {readonly unknown[]} parameters
 */
function run(sql, parameters) {
  const statement = prepared(sql);
  if (statement.reader) return { rows: statement.all(parameters), affected: 0 };
  return { rows: [], affected: statement.run(parameters).changes };
}

/**
 * Keeps recently used statements: the same queries repeat.
 * @param {string} sql
 */
function prepared(sql) {
  const statement = statements.get(sql) ?? db.prepare(sql);
  statements.delete(sql);
  statements.set(sql, statement);
  if (statements.size > MAX_STATEMENTS) statements.delete(/** @type {string} */ (statements.keys().next().value));
  return statement;
}
