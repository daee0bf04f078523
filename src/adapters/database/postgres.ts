import { PostgresAdapter, PostgresIntrospector, PostgresQueryCompiler } from 'kysely';
import pg from 'pg';
import { type Backend, backendOver, type Session, type Sessions, type Statement } from './driver.ts';

const CONNECT_TIMEOUT_MS = 5_000;

export interface PostgresOptions {
  url: string;
  /** Maximum number of concurrent queries. */
  connections: number;
  /** Query timeout, after which the connection counts as broken; undefined: none. */
  timeoutMs?: number;
  readOnly?: boolean;
}

export function openPostgres(options: PostgresOptions): Backend {
  return backendOver(postgresSessions(options), {
    adapter: () => new PostgresAdapter(),
    compiler: () => new PostgresQueryCompiler(),
    createIntrospector: (db) => new PostgresIntrospector(db),
  });
}

function postgresSessions({ url, connections, timeoutMs, readOnly }: PostgresOptions): Sessions {
  const pool = new pg.Pool({
    connectionString: url,
    max: connections,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    query_timeout: timeoutMs,
    keepAlive: true,
    application_name: 'vigia',
    types: { getTypeParser: parserOf },
    ...(readOnly ? { options: '-c default_transaction_read_only=on' } : {}),
  });
  // An idle connection that ends needs no handling: the next query opens another.
  pool.on('error', () => {});
  pool.on('connect', (client) => client.on('error', () => {}));
  const held = new Map<Session, { client: pg.PoolClient; broken: boolean }>();

  async function acquire(): Promise<Session> {
    const hold = { client: await pool.connect(), broken: false };
    const session: Session = {
      async run(sql, parameters) {
        if (hold.broken) throw new Error('The connection to the database is broken.');
        try {
          const { rows, rowCount } = await hold.client.query(sql, [...parameters]);
          return { rows, affected: rowCount ?? 0 };
        } catch (error) {
          // Without an error code from the server, the state of the connection is unknown, so it is not reused.
          hold.broken = !(error instanceof pg.DatabaseError) || error.severity === 'FATAL';
          throw error;
        }
      },
    };
    held.set(session, hold);
    return session;
  }

  function release(session: Session): void {
    const hold = held.get(session);
    held.delete(session);
    hold?.client.release(hold.broken);
  }

  async function write(all: AsyncIterable<Statement>): Promise<number> {
    // Collects the statements before taking a connection or any lock.
    const statements: Statement[] = [];
    for await (const statement of all) statements.push(statement);
    const session = await acquire();
    const { run } = session;
    try {
      let affected = 0;
      const [only, ...others] = statements;
      // A single statement is its own transaction.
      if (only && others.length === 0) return (await run(only.sql, only.parameters)).affected;
      await run('begin', []);
      for (const { sql, parameters } of statements) affected += (await run(sql, parameters)).affected;
      await run('commit', []);
      return affected;
    } catch (error) {
      // The original error matters; the rollback also fails if the connection is gone.
      await run('rollback', []).catch(() => {});
      throw error;
    } finally {
      release(session);
    }
  }

  return { begin: 'begin', acquire, release, write, close: () => pool.end() };
}

const INT8 = 20;
const NUMERIC = 1700;

/** Times and counts fit into a JavaScript number, and so do their sums and averages in practice. */
function parserOf(oid: number, format?: 'text' | 'binary'): (text: string) => unknown {
  if (oid === INT8 || oid === NUMERIC) return Number;
  return pg.types.getTypeParser(oid, format as 'text');
}
