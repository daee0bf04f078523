import {
  type Compilable,
  CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type DialectAdapter,
  type Driver,
  Kysely,
  type QueryCompiler,
  type QueryResult,
} from 'kysely';
import { createPace, type Pace } from './pace.ts';
import type { Db, Schema } from './schema.ts';

/**
 * Making statements holds the event loop for about so long in one turn, all writes together. Less would leave too little of
 * the long turns of a storm.
 */
const MAKING_MS = 2;

/** One conversation with a database: what is sent runs in its order. */
export interface Session {
  run(sql: string, parameters: readonly unknown[]): Promise<{ rows: unknown[]; affected: number }>;
}

/** A statement with its values. */
export type Statement = Pick<CompiledQuery, 'sql' | 'parameters'>;

/** The conversations that a home can hold at a time. */
export interface Sessions {
  /** How a transaction that is going to write begins. */
  readonly begin: string;
  /** Waits until one is free. */
  acquire(): Promise<Session>;
  release(session: Session): void;
  /** One transaction of these, in their order; none of them if they fail to come. Resolves with the number of rows that they touched. */
  write(statements: AsyncIterable<Statement>): Promise<number>;
  /** Waits for those that are under way. */
  close(): Promise<void>;
}

/** A database with one set of queries for every home. */
export interface Database {
  readonly db: Db;
  /** One transaction of these, in their order. Resolves with the number of rows that they touched. */
  write(group: Iterable<Compilable>): Promise<number>;
}

export function databaseOver(
  sessions: Sessions,
  parts: Pick<Dialect, 'createIntrospector'> & { adapter: () => DialectAdapter; compiler: () => QueryCompiler },
): Database {
  const db = new Kysely<Schema>({
    dialect: {
      createAdapter: parts.adapter,
      createQueryCompiler: parts.compiler,
      createIntrospector: parts.createIntrospector,
      createDriver: () => new SessionDriver(sessions),
    },
  });
  const pace = createPace(MAKING_MS);
  return { db, write: (group) => sessions.write(made(group, pace)) };
}

async function* made(group: Iterable<Compilable>, pace: Pace): AsyncGenerator<Statement> {
  const queries = group[Symbol.iterator]();
  const next = (): Statement | undefined => {
    const query = queries.next();
    if (query.done) return undefined;
    const { sql, parameters } = query.value.compile();
    return { sql, parameters: parameters.map(keepable) };
  };
  for (let statement = await pace(next); statement; statement = await pace(next, true)) yield statement;
}

class SessionDriver implements Driver {
  readonly #sessions: Sessions;

  constructor(sessions: Sessions) {
    this.#sessions = sessions;
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<Connection> {
    return new Connection(await this.#sessions.acquire());
  }

  async beginTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw(this.#sessions.begin));
  }

  async commitTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('commit'));
  }

  async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    // What failed is told already; a rollback that fails too (the connection is gone) must not hide it.
    await connection.executeQuery(CompiledQuery.raw('rollback')).catch(() => {});
  }

  async releaseConnection(connection: Connection): Promise<void> {
    this.#sessions.release(connection.session);
  }

  destroy(): Promise<void> {
    return this.#sessions.close();
  }
}

class Connection implements DatabaseConnection {
  readonly session: Session;

  constructor(session: Session) {
    this.session = session;
  }

  async executeQuery<R>({ sql, parameters }: CompiledQuery): Promise<QueryResult<R>> {
    const { rows, affected } = await this.session.run(sql, parameters.map(keepable));
    return { rows: rows as R[], numAffectedRows: BigInt(affected) };
  }

  streamQuery(): never {
    throw new Error('Rows are read in pages here, not as a stream.');
  }
}

/** PostgreSQL cannot keep a NUL in a text: nowhere is one kept, so that both homes give back the same. */
function keepable(value: unknown): unknown {
  return typeof value === 'string' && value.includes('\0') ? value.replaceAll('\0', '\uFFFD') : value;
}
