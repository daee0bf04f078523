import { Worker } from 'node:worker_threads';
import { SqliteAdapter, SqliteIntrospector, SqliteQueryCompiler } from 'kysely';
import { kyselyOver, type Session, type Sessions } from './driver.ts';
import type { Db } from './schema.ts';

export interface ThreadSettings {
  path: string;
  readOnly: boolean;
}

/** What goes to `sqlite-worker.mjs`, and what it answers, in the order of the questions. */
export type ToThread = { id: number; sql: string; parameters: readonly unknown[] } | 'close';
export type FromThread = { id: number } & (Answer | { error: { message: string; code?: string } });
type Answer = { rows: unknown[]; affected: number };

/** An SQLite file, one connection on a thread of its own. */
export function openSqlite(settings: ThreadSettings): Db {
  return kyselyOver(sqliteSessions(settings), {
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
      if (!thread?.isAlive) thread = startThread(settings);
      const { run } = thread;
      const session: Session = { run };
      ends.set(session, end);
      return session;
    },
    release(session) {
      ends.get(session)?.();
      ends.delete(session);
    },
    async close() {
      await turn;
      await thread?.close();
    },
  };
}

interface Thread extends Session {
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

  return {
    get isAlive() {
      return isAlive;
    },
    run: (sql, parameters) =>
      new Promise((resolve, reject) => {
        if (!isAlive) {
          reject(reason);
          return;
        }
        const id = ++lastId;
        waiting.set(id, { resolve, reject });
        worker.postMessage({ id, sql, parameters } satisfies ToThread);
      }),
    close() {
      if (isAlive) worker.postMessage('close' satisfies ToThread);
      return ended;
    },
  };
}
