import { type Kysely, sql } from 'kysely';
import type { Logger } from 'pino';
import { openDatabase } from './database.ts';
import { DatabaseError } from './errors.ts';

type AnyDb = Kysely<Record<string, Record<string, unknown>>>;

const ROWS_A_STATEMENT = 500;
const MIGRATIONS = ['migrations', 'later_migrations'];
const NO_DATA = new Set([...MIGRATIONS, 'meta']);

/**
 * Copies every table of the embedded database to an empty PostgreSQL database, in one transaction that also compares
 * the row counts. Nothing may write to the source meanwhile (the caller holds the lock of `dataDir`). Returns the
 * number of rows of each table.
 * @throws DatabaseError
 */
export async function moveDatabase(
  dataDir: string,
  databaseUrl: string,
  log: Pick<Logger, 'info' | 'warn' | 'error'>,
  copied: (table: string, rows: number) => void = () => {},
): Promise<Map<string, number>> {
  const source = await openDatabase({ dataDir, log });
  try {
    // Creates the tables in the target.
    const remedy = 'Check the URL.';
    await (await openDatabase({ dataDir, databaseUrl, log, patienceMs: 0, remedy })).close();
    const { openPostgres } = await import('./postgres.ts');
    const { db: target } = openPostgres({ url: databaseUrl, connections: 1 });
    try {
      return await target.transaction().execute(async (transaction) => {
        const to = transaction as unknown as AnyDb;
        const from = source.db as unknown as AnyDb;
        const tables = await tablesOf(from);
        for (const table of tables) {
          if (!NO_DATA.has(table) && (await countOf(to, table)) > 0) {
            throw new DatabaseError(`The target database is not empty (${table}). Use an empty one.`);
          }
        }
        const counts = new Map<string, number>();
        for (const table of tables.filter((name) => !MIGRATIONS.includes(name))) {
          await to.deleteFrom(table).execute();
          const rows = await copyTable(from, to, table, (n) => copied(table, n));
          const [there, here] = [await countOf(to, table), await countOf(from, table)];
          if (there !== here) throw new DatabaseError(`Of ${table}, ${here} rows became ${there}. Nothing was copied.`);
          counts.set(table, rows);
        }
        return counts;
      });
    } finally {
      await target.destroy();
    }
  } finally {
    await source.close();
  }
}

async function tablesOf(db: AnyDb): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`
    select name from sqlite_master where type = 'table' and name not like 'sqlite\\_%' escape '\\' order by name
  `.execute(db);
  return rows.map(({ name }) => name);
}

async function countOf(db: AnyDb, table: string): Promise<number> {
  const { count } = await db
    .selectFrom(table)
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow();
  return Number(count);
}

/** Pages by SQLite's row id. */
async function copyTable(from: AnyDb, to: AnyDb, table: string, copied: (rows: number) => void): Promise<number> {
  let last = 0;
  let total = 0;
  for (;;) {
    const { rows } = await sql<Record<string, unknown> & { row_number_of_this: number }>`
      select rowid as row_number_of_this, * from ${sql.table(table)}
      where rowid > ${last} order by rowid limit ${ROWS_A_STATEMENT}
    `.execute(from);
    const end = rows.at(-1);
    if (!end) return total;
    last = end.row_number_of_this;
    await to
      .insertInto(table)
      .values(rows.map(({ row_number_of_this: _, ...row }) => row))
      .execute();
    total += rows.length;
    copied(total);
  }
}
