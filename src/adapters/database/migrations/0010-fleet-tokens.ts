import type { Kysely } from 'kysely';

/** Hashes of the current and recent values of PLAYER_TOKEN: the previous one stays valid for a while. */
export async function createFleetTokens(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('fleet_tokens')
    .addColumn('hash', 'text', (it) => it.notNull())
    .addColumn('record', 'text', (it) => it.notNull())
    .addPrimaryKeyConstraint('fleet_tokens_key', ['hash'])
    .execute();
}
