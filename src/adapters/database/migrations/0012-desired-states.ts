import type { Kysely } from 'kysely';

/** Desired states of all devices, groups and single devices. */
export async function createDesiredStates(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('desired_states')
    .addColumn('scope', 'text', (it) => it.notNull())
    .addColumn('record', 'text', (it) => it.notNull())
    .addPrimaryKeyConstraint('desired_states_key', ['scope'])
    .execute();
}
