import { Worker } from 'node:worker_threads';
import { SqliteAdapter, SqliteIntrospector, SqliteQueryCompiler } from 'kysely';
import { type Backend, backendOver, type Session, type Sessions, type Statement } from './driver.ts';

export interface ThreadSettings {
  path: string;
  readOnly: boolean;
}

/** Messages to `sqlite-worker.mjs`: one statement, or those of a transaction, split into parts if they are large. */
export type ToThread = ({ id: number } & Statement) | WriteMessage | 'close';
export type WriteMessage =
  | { id: number; statements: readonly Statement[]; more?: true }
  | { id: number; withdrawn: true };
/** Responses. */
export type FromThread = { id: number } & (Answer | { error: { message: string; code?: string } });
type Answer = { rows: unknown[]; affected: number };

/**
 * Copying a message to the thread blocks the event loop; copying this many characters takes a fraction of a
 * millisecond.
 */
const PART_SIZE = 64 * 1024;

/** An SQLite file with one connection in a thread of its own. */
export function openSqlite(settings: ThreadSettings): Backend {
  return backendOver(sqliteSessions(settings), {
    adapter: () => new SqliteAdapter(),
    compiler: () => new SqliteQueryCompiler(),
    createIntrospector: (db) => new SqliteIntrospector(db),
  });
}

/** A pool of one session, since there is one connection: callers queue for it. */
function sqliteSessions(settings: ThreadSettings): Sessions {
  let thread: Thread | undefined;
  let turn: Promise<void> = Promise.resolve();
  const ends = new Map<Session, () => void>();

  const current = (): Thread => {
    if (!thread?.isAlive) thread = startThread(settings);
    return thread;
  };

  return {
    // A transaction that starts by reading might fail to upgrade to writing.
    begin: settings.readOnly ? 'begin' : 'begin immediate',
    async acquire() {
      const before = turn;
      let end = () => {};
      turn = new Promise((resolve) => {
        end = resolve;
      });
      await before;
      const { run } = current();
      const session: Session = { run };
      ends.set(session, end);
      return session;
    },
    release(session) {
      ends.get(session)?.();
      ends.delete(session);
    },
    // Needs no session: a transaction sent as one message cannot mix with others.
    write: (statements) => current().write(statements),
    async close() {
      await turn;
      await thread?.close();
    },
  };
}

interface Thread extends Session {
  write: Sessions['write'];
  readonly isAlive: boolean;
  close(): Promise<void>;
}

/** If the thread ends, its pending requests fail; the next session starts another thread. */
function startThread(settings: ThreadSettings): Thread {
  const worker = new Worker(new URL('./sqlite-worker.mjs', import.meta.url), { workerData: settings, execArgv: [] });
  const waiting = new Map<number, { resolve(answer: Answer): void; reject(error: Error): void }>();
  let lastId = 0;
  let reason = new Error('The database thread has ended.');
  let isAlive = true;
  const ended = new Promise<void>((resolve) => {
    worker.once('exit', () => {
      isAlive = false;
      for (const { reject } of waiting.values()) reject(reason);
      waiting.clear();
      resolve();
    });
  });
  worker.on('error', (error) => {
    reason = error as Error;
  });
  worker.on('message', (message: FromThread) => {
    const asked = waiting.get(message.id);
    waiting.delete(message.id);
    if ('error' in message) {
      const { message: text, code } = message.error;
      asked?.reject(Object.assign(new Error(text), { code }));
    } else asked?.resolve(message);
  });

  const ask = (message: Exclude<ToThread, 'close'>): Promise<Answer> =>
    new Promise((resolve, reject) => {
      if (!isAlive) {
        reject(reason);
        return;
      }
      waiting.set(message.id, { resolve, reject });
      worker.postMessage(message);
    });

  async function write(all: AsyncIterable<Statement>): Promise<number> {
    const id = ++lastId;
    let statements: Statement[] = [];
    let size = 0;
    try {
      for await (const statement of all) {
        if (size > PART_SIZE) {
          worker.postMessage({ id, statements, more: true } satisfies WriteMessage);
          [statements, size] = [[], 0];
        }
        statements.push(statement);
        size += sizeOf(statement);
      }
    } catch (error) {
      worker.postMessage({ id, withdrawn: true } satisfies WriteMessage);
      throw error;
    }
    return (await ask({ id, statements })).affected;
  }

  return {
    get isAlive() {
      return isAlive;
    },
    run: (sql, parameters) => ask({ id: ++lastId, sql, parameters }),
    write,
    close() {
      if (isAlive) worker.postMessage('close' satisfies ToThread);
      return ended;
    },
  };
}

function sizeOf({ parameters }: Statement): number {
  return parameters.reduce((sum: number, it) => sum + (typeof it === 'string' ? it.length : 0), 0);
}
