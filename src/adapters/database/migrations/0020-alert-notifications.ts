import type { Kysely } from 'kysely';

/** Who was notified of alerts, and how it went. */
export async function createAlertNotifications(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('alert_notifications')
    .addColumn('id', 'text', (it) => it.notNull())
    .addColumn('alert_id', 'text', (it) => it.notNull())
    .addColumn('record', 'text', (it) => it.notNull())
    .addPrimaryKeyConstraint('alert_notifications_key', ['id'])
    .execute();
  await db.schema
    .createIndex('alert_notifications_by_alert_id')
    .on('alert_notifications')
    .columns(['alert_id'])
    .execute();
}
