import type { Kysely } from 'kysely';

/** Ids that an operator keeps out. Apart from the devices: the block of one that was removed stays. */
export async function createBlocks(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('device_blocks')
    .addColumn('device_id', 'text', (it) => it.notNull())
    .addColumn('record', 'text', (it) => it.notNull())
    .addPrimaryKeyConstraint('device_blocks_key', ['device_id'])
    .execute();
}
