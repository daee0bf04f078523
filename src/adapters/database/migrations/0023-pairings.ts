import type { Kysely } from 'kysely';

/** Players that show a code and wait for a token. */
export async function createPairings(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('pairings')
    .addColumn('id', 'text', (it) => it.notNull())
    .addColumn('record', 'text', (it) => it.notNull())
    .addPrimaryKeyConstraint('pairings_key', ['id'])
    .execute();
}
