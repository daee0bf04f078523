import type { Kysely } from 'kysely';

/** Sessions of the console. Their uses are apart, so that writing one cannot restore a session that was ended. */
export async function createSessions(db: Kysely<unknown>): Promise<void> {
  for (const table of ['sessions', 'session_uses']) {
    await db.schema
      .createTable(table)
      .addColumn('id', 'text', (it) => it.notNull())
      .addColumn('record', 'text', (it) => it.notNull())
      .addPrimaryKeyConstraint(`${table}_key`, ['id'])
      .execute();
  }
}
