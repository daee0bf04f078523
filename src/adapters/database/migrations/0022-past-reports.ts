import type { Kysely } from 'kysely';

/** What devices measured while they had no connection. */
export async function createPastReports(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('past_reports')
    .addColumn('device_id', 'text', (it) => it.notNull())
    .addColumn('measured_at', 'bigint', (it) => it.notNull())
    .addColumn('from_at', 'bigint', (it) => it.notNull())
    .addColumn('to_at', 'bigint', (it) => it.notNull())
    .addColumn('received_at', 'bigint', (it) => it.notNull())
    .addColumn('state', 'text', (it) => it.notNull())
    .addPrimaryKeyConstraint('past_reports_key', ['device_id', 'measured_at'])
    .execute();
  await db.schema.createIndex('past_reports_by_age').on('past_reports').column('to_at').execute();
}
