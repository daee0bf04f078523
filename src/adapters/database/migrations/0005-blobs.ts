import { type Kysely, sql } from 'kysely';

/** Instances that share a database also share its screenshots, so that each can serve all of them. */
export async function createBlobs(db: Kysely<unknown>, isPostgres: boolean): Promise<void> {
  await db.schema
    .createTable('blobs')
    .addColumn('name', 'text', (it) => it.notNull())
    .addColumn('changed_at', 'bigint', (it) => it.notNull())
    .addColumn('bytes', isPostgres ? 'bytea' : sql`blob`, (it) => it.notNull())
    .addPrimaryKeyConstraint('blobs_key', ['name'])
    .execute();
}
