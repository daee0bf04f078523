// @ts-check
import { chmodSync, closeSync, openSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import Database from 'libsql';

/**
 * The thread that waits for the disk: one connection. In JavaScript, as a thread has no loader for TypeScript where the
 * server runs from its sources; the messages' types are in `sqlite.ts`.
 */
const MAX_STATEMENTS = 200;
/** Transactions that wait are made one, as long as they have no more values than this together: one wait for the disk. */
const MAX_VALUES_TOGETHER = 5_000;
/** Another process may copy the file (a backup). */
const BUSY_TIMEOUT_MS = 5_000;

const CHECKPOINT_MS = 1_000;
/** Where the reader does not come to it, the writer does it: the log must not outgrow the file. */
const MAX_LOG_PAGES = 16_000;

/** @type {import('./sqlite.ts').ThreadSettings} */
const { path, readOnly } = workerData;
const port = /** @type {import('node:worker_threads').MessagePort} */ (parentPort);

// Hashes of tokens are in it; the files beside it (-wal, -shm) take its mode.
closeSync(openSync(path, 'a', 0o600));
chmodSync(path, 0o600);
const db = opened();
/** @type {NodeJS.Timeout | undefined} */
let checkpoints;
if (readOnly) {
  db.pragma('query_only = ON');
  // What was written is brought from the log to its place here, as commands wait for the other thread each time.
  checkpoints = setInterval(checkpoint, CHECKPOINT_MS).unref();
} else {
  db.pragma(`wal_autocheckpoint = ${MAX_LOG_PAGES}`);
}

/** What the library throws is no Error, and would come to the other thread as [object Object]. */
function opened() {
  try {
    const file = new Database(path, { timeout: BUSY_TIMEOUT_MS });
    file.pragma('journal_mode = WAL');
    file.pragma('synchronous = FULL');
    return file;
  } catch (error) {
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
 * Of which more is to come.
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
    // The library ends the process where a closed file is used.
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
    // What else has arrived comes first, to be written with it.
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

/** A full disk fails it, and does no harm: what was written can be read from the log. */
function checkpoint() {
  try {
    db.pragma('wal_checkpoint(PASSIVE)');
  } catch {
    // The next one, or the writer.
  }
}

/** With room for what arrives meanwhile. Nothing is left where the file was closed before its turn came. */
function writeAll() {
  if (waiting.length > 0) writeWaiting();
  if (waiting.length > 0) setImmediate(writeAll);
}

/** The smallest first: somebody waits for those. */
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
    // The fault of one is not that of the others.
    else for (const group of groups) write([group]);
  }
}

/**
 * Returns how many rows each group touched.
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
 * The newest ones are kept: the same queries come again and again.
 * @param {string} sql
 */
function prepared(sql) {
  const statement = statements.get(sql) ?? db.prepare(sql);
  statements.delete(sql);
  statements.set(sql, statement);
  if (statements.size > MAX_STATEMENTS) statements.delete(/** @type {string} */ (statements.keys().next().value));
  return statement;
}
