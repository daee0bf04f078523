import type { Kysely } from 'kysely';

/** Where alerts are sent. */
export async function createChannels(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('channels')
    .addColumn('id', 'text', (it) => it.notNull())
    .addColumn('record', 'text', (it) => it.notNull())
    .addPrimaryKeyConstraint('channels_key', ['id'])
    .execute();
}
