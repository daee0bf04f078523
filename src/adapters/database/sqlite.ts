import { Worker } from 'node:worker_threads';
import { SqliteAdapter, SqliteIntrospector, SqliteQueryCompiler } from 'kysely';
import { type Database, databaseOver, type Session, type Sessions, type Statement } from './driver.ts';

export interface ThreadSettings {
  path: string;
  readOnly: boolean;
}

/** What goes to `sqlite-worker.mjs`: one statement, or all of a transaction. */
export type ToThread = ({ id: number } & Statement) | WriteMessage | 'close';
export type WriteMessage = { id: number; statements: readonly Statement[] };
/** What it answers. */
export type FromThread = { id: number } & (Answer | { error: { message: string; code?: string } });
type Answer = { rows: unknown[]; affected: number };

/** An SQLite file, one connection on a thread of its own. */
export function openSqlite(settings: ThreadSettings): Database {
  return databaseOver(sqliteSessions(settings), {
    adapter: () => new SqliteAdapter(),
    compiler: () => new SqliteQueryCompiler(),
    createIntrospector: (db) => new SqliteIntrospector(db),
  });
}

/** One session, as there is one connection: whoever wants it waits for the ones before. */
function sqliteSessions(settings: ThreadSettings): Sessions {
  let thread: Thread | undefined;
  let turn: Promise<void> = Promise.resolve();
  const ends = new Map<Session, () => void>();

  const current = (): Thread => {
    if (!thread?.isAlive) thread = startThread(settings);
    return thread;
  };

  return {
    // A transaction that begins by reading could not be sure to get to write.
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
    // Nobody's turn is waited for: transactions that come as one message cannot mix.
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

/** A thread that ends fails what it was asked; the next session starts another. */
function startThread(settings: ThreadSettings): Thread {
  const worker = new Worker(new URL('./sqlite-worker.mjs', import.meta.url), { workerData: settings, execArgv: [] });
  const waiting = new Map<number, { resolve(answer: Answer): void; reject(error: Error): void }>();
  let lastId = 0;
  let reason = new Error('The thread of the database has ended.');
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

  const ask = (question: Statement | Pick<WriteMessage, 'statements'>): Promise<Answer> =>
    new Promise((resolve, reject) => {
      if (!isAlive) {
        reject(reason);
        return;
      }
      const id = ++lastId;
      waiting.set(id, { resolve, reject });
      worker.postMessage({ id, ...question } satisfies ToThread);
    });

  return {
    get isAlive() {
      return isAlive;
    },
    run: (sql, parameters) => ask({ sql, parameters }),
    write: async (statements) => (await ask({ statements })).affected,
    close() {
      if (isAlive) worker.postMessage('close' satisfies ToThread);
      return ended;
    },
  };
}
