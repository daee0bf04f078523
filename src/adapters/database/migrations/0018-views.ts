import type { Kysely } from 'kysely';

/** Named views of the wall. */
export async function createViews(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('views')
    .addColumn('id', 'text', (it) => it.notNull())
    .addColumn('record', 'text', (it) => it.notNull())
    .addPrimaryKeyConstraint('views_key', ['id'])
    .execute();
}
