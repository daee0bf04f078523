import { join } from 'node:path';
import type { Kysely } from 'kysely';
import { migrations } from '../../src/adapters/database/migrations/all.ts';
import { openPostgres } from '../../src/adapters/database/postgres.ts';
import { openSqlite } from '../../src/adapters/database/sqlite.ts';
import type { Place } from './databases.ts';

type Tables = Record<string, Record<string, unknown>>;

/** A database of an earlier version of vigia: created by its migrations up to `last`, and filled by `fill`. */
export async function makeOlderDatabase(
  { dataDir, databaseUrl }: Place,
  last: string,
  fill: (db: Kysely<Tables>) => Promise<void>,
): Promise<void> {
  const { db } = databaseUrl
    ? openPostgres({ url: databaseUrl, connections: 1 })
    : openSqlite({ path: join(dataDir, 'vigia.db'), readOnly: false });
  const older = db as unknown as Kysely<Tables>;
  await older.schema
    .createTable('migrations')
    .addColumn('name', 'text', (column) => column.primaryKey())
    .addColumn('at', 'bigint', (column) => column.notNull())
    .execute();
  for (const { name, up } of migrations) {
    await up(db as never, databaseUrl !== undefined);
    await older.insertInto('migrations').values({ name, at: 1 }).execute();
    if (name === last) break;
  }
  await fill(older);
  await db.destroy();
}
