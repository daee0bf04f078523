import type { Kysely } from 'kysely';

/** What operators want of everybody, of a group, of a device. */
export async function createDesiredStates(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('desired_states')
    .addColumn('scope', 'text', (it) => it.notNull())
    .addColumn('record', 'text', (it) => it.notNull())
    .addPrimaryKeyConstraint('desired_states_key', ['scope'])
    .execute();
}
