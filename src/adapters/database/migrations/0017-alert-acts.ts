import type { Kysely } from 'kysely';

/** What people do about alerts, and what is muted. */
export async function createAlertActs(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('alert_acts')
    .addColumn('id', 'text', (it) => it.notNull())
    .addColumn('alert_id', 'text', (it) => it.notNull())
    .addColumn('record', 'text', (it) => it.notNull())
    .addPrimaryKeyConstraint('alert_acts_key', ['id'])
    .execute();
  await db.schema.createIndex('alert_acts_by_alert_id').on('alert_acts').columns(['alert_id', 'id']).execute();
  await db.schema
    .createTable('alert_mutes')
    .addColumn('subject', 'text', (it) => it.notNull())
    .addColumn('record', 'text', (it) => it.notNull())
    .addPrimaryKeyConstraint('alert_mutes_key', ['subject'])
    .execute();
}
