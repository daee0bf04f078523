import type { Kysely } from 'kysely';

/** Blocked device ids. A separate table, because the block of a removed device remains. */
export async function createBlocks(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('device_blocks')
    .addColumn('device_id', 'text', (it) => it.notNull())
    .addColumn('record', 'text', (it) => it.notNull())
    .addPrimaryKeyConstraint('device_blocks_key', ['device_id'])
    .execute();
}
