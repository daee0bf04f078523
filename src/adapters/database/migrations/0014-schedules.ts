import type { Kysely } from 'kysely';

/** Schedules and their runs. */
export async function createSchedules(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('schedules')
    .addColumn('id', 'text', (it) => it.notNull())
    .addColumn('record', 'text', (it) => it.notNull())
    .addPrimaryKeyConstraint('schedules_key', ['id'])
    .execute();
  await db.schema
    .createTable('schedule_runs')
    .addColumn('id', 'text', (it) => it.notNull())
    .addColumn('schedule_id', 'text', (it) => it.notNull())
    .addColumn('at', 'bigint', (it) => it.notNull())
    .addColumn('record', 'text', (it) => it.notNull())
    .addPrimaryKeyConstraint('schedule_runs_key', ['id'])
    .execute();
  await db.schema
    .createIndex('schedule_runs_by_schedule')
    .on('schedule_runs')
    .columns(['schedule_id', 'at', 'id'])
    .execute();
  await db.schema.createIndex('schedule_runs_by_at').on('schedule_runs').columns(['at']).execute();
}
