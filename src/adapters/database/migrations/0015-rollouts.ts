import type { Kysely } from 'kysely';

/** Rollouts, what instances ask of each other about them, and their devices. */
export async function createRollouts(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('rollouts')
    .addColumn('id', 'text', (it) => it.notNull())
    .addColumn('epoch', 'integer', (it) => it.notNull())
    .addColumn('version', 'integer', (it) => it.notNull())
    .addColumn('ended_at', 'bigint')
    .addColumn('record', 'text', (it) => it.notNull())
    .addPrimaryKeyConstraint('rollouts_key', ['id'])
    .execute();
  await db.schema.createIndex('rollouts_by_ended_at').on('rollouts').column('ended_at').execute();
  await db.schema
    .createTable('rollout_orders')
    .addColumn('id', 'text', (it) => it.notNull())
    .addColumn('record', 'text', (it) => it.notNull())
    .addPrimaryKeyConstraint('rollout_orders_key', ['id'])
    .execute();
  await db.schema
    .createTable('rollout_targets')
    .addColumn('command_id', 'text', (it) => it.notNull())
    .addColumn('rollout_id', 'text', (it) => it.notNull())
    .addColumn('position', 'integer', (it) => it.notNull())
    .addColumn('stage', 'integer', (it) => it.notNull())
    .addColumn('outcome', 'text', (it) => it.notNull())
    .addColumn('record', 'text', (it) => it.notNull())
    .addPrimaryKeyConstraint('rollout_targets_key', ['command_id'])
    .execute();
  for (const [name, ...columns] of [
    ['rollout_targets_in_order', 'rollout_id', 'position'],
    ['rollout_targets_by_outcome', 'rollout_id', 'outcome', 'position'],
  ] as const) {
    await db.schema
      .createIndex(name)
      .on('rollout_targets')
      .columns([...columns])
      .execute();
  }
}
