import type { Kysely } from 'kysely';

/** Webhooks, their health and their deliveries, with the indexes for lists and pruning. */
export async function createWebhooks(db: Kysely<unknown>): Promise<void> {
  for (const table of ['webhooks', 'webhook_health']) {
    await db.schema
      .createTable(table)
      .addColumn('id', 'text', (it) => it.notNull())
      .addColumn('record', 'text', (it) => it.notNull())
      .addPrimaryKeyConstraint(`${table}_key`, ['id'])
      .execute();
  }
  await db.schema
    .createTable('webhook_deliveries')
    .addColumn('id', 'text', (it) => it.notNull())
    .addColumn('webhook_id', 'text', (it) => it.notNull())
    .addColumn('status', 'text', (it) => it.notNull())
    .addColumn('ended_at', 'bigint')
    .addColumn('record', 'text', (it) => it.notNull())
    .addPrimaryKeyConstraint('webhook_deliveries_key', ['id'])
    .execute();
  for (const columns of [['webhook_id', 'id'], ['status'], ['ended_at']]) {
    await db.schema
      .createIndex(`webhook_deliveries_by_${columns[0]}`)
      .on('webhook_deliveries')
      .columns(columns)
      .execute();
  }
}
