import type { Kysely } from 'kysely';

/** Policies and alerts, with the indexes for lists and pruning. */
export async function createAlerts(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('policies')
    .addColumn('scope', 'text', (it) => it.notNull())
    .addColumn('record', 'text', (it) => it.notNull())
    .addPrimaryKeyConstraint('policies_key', ['scope'])
    .execute();
  await db.schema
    .createTable('alerts')
    .addColumn('id', 'text', (it) => it.notNull())
    .addColumn('resolved_at', 'bigint')
    .addColumn('settled', 'integer', (it) => it.notNull())
    .addColumn('record', 'text', (it) => it.notNull())
    .addPrimaryKeyConstraint('alerts_key', ['id'])
    .execute();
  for (const column of ['resolved_at', 'settled']) {
    await db.schema.createIndex(`alerts_by_${column}`).on('alerts').columns([column]).execute();
  }
}
