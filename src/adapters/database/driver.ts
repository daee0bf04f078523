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
import type { Db, Schema } from './schema.ts';
import { createTimeSlicer, type TimeSlicer } from './time-slicer.ts';

/**
 * Time per iteration of the event loop for building statements, for all writes together. Less would leave too little of
 * the long iterations under heavy load.
 */
const BUILD_SLICE_MS = 2;

/** One connection to a database. Statements run in the order of calls. */
export interface Session {
  run(sql: string, parameters: readonly unknown[]): Promise<{ rows: unknown[]; affected: number }>;
}

/** A statement and its parameters. */
export type Statement = Pick<CompiledQuery, 'sql' | 'parameters'>;

/** A pool of sessions. */
export interface Sessions {
  /** The statement that begins a writing transaction. */
  readonly begin: string;
  /** Waits until a session is free. */
  acquire(): Promise<Session>;
  release(session: Session): void;
  /**
   * Runs the statements as one transaction, or none if the iterator throws. Resolves with the number of affected rows.
   */
  write(statements: AsyncIterable<Statement>): Promise<number>;
  /** Waits for pending statements. */
  close(): Promise<void>;
}

/** An open connection pool of either kind of database. */
export interface Backend {
  readonly db: Db;
  /** Runs the statements as one transaction. Resolves with the number of affected rows. */
  write(group: Iterable<Compilable>): Promise<number>;
}

export function backendOver(
  sessions: Sessions,
  parts: Pick<Dialect, 'createIntrospector'> & { adapter: () => DialectAdapter; compiler: () => QueryCompiler },
): Backend {
  const db = new Kysely<Schema>({
    dialect: {
      createAdapter: parts.adapter,
      createQueryCompiler: parts.compiler,
      createIntrospector: parts.createIntrospector,
      createDriver: () => new SessionDriver(sessions),
    },
  });
  const slice = createTimeSlicer(BUILD_SLICE_MS);
  return { db, write: (group) => sessions.write(built(group, slice)) };
}

async function* built(group: Iterable<Compilable>, slice: TimeSlicer): AsyncGenerator<Statement> {
  const queries = group[Symbol.iterator]();
  const next = (): Statement | undefined => {
    const query = queries.next();
    if (query.done) return undefined;
    const { sql, parameters } = query.value.compile();
    return { sql, parameters: parameters.map(withoutNul) };
  };
  for (let statement = await slice(next); statement; statement = await slice(next, true)) yield statement;
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
    // The original error matters; the rollback also fails if the connection is gone.
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
    const { rows, affected } = await this.session.run(sql, parameters.map(withoutNul));
    return { rows: rows as R[], numAffectedRows: BigInt(affected) };
  }

  streamQuery(): never {
    throw new Error('Streaming is not supported; read rows in pages.');
  }
}

/** PostgreSQL cannot store NUL in text. Replacing it in both databases keeps their results the same. */
function withoutNul(value: unknown): unknown {
  return typeof value === 'string' && value.includes('\0') ? value.replaceAll('\0', '\uFFFD') : value;
}
