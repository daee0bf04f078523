// @ts-check
import { chmodSync, closeSync, openSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import Database from 'libsql';

/**
 * The thread that waits for the disk: one connection, statements in the order of the messages. In JavaScript, as a
 * thread has no loader for TypeScript where the server runs from its sources; the messages' types are in `sqlite.ts`.
 */
const MAX_STATEMENTS = 100;
/** Another process may copy the file (a backup). */
const BUSY_TIMEOUT_MS = 5_000;

/** @type {import('./sqlite.ts').ThreadSettings} */
const { path, readOnly } = workerData;
const port = /** @type {import('node:worker_threads').MessagePort} */ (parentPort);

// Hashes of tokens are in it; the files beside it (-wal, -shm) take its mode.
closeSync(openSync(path, 'a', 0o600));
chmodSync(path, 0o600);
const db = new Database(path, { timeout: BUSY_TIMEOUT_MS });
db.pragma('journal_mode = WAL');
db.pragma('synchronous = FULL');
if (readOnly) db.pragma('query_only = ON');

/** @type {Map<string, Database.Statement>} */
const statements = new Map();

port.on('message', (/** @type {import('./sqlite.ts').ToThread} */ message) => {
  if (message === 'close') {
    db.close();
    port.close();
    return;
  }
  const { id, sql, parameters } = message;
  try {
    port.postMessage({ id, ...run(sql, parameters) });
  } catch (error) {
    const { message: text, code } = /** @type {NodeJS.ErrnoException} */ (error);
    port.postMessage({ id, error: { message: text, code } });
  }
});

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
