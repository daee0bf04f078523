import type { Kysely } from 'kysely';

/** What PLAYER_TOKEN is or was lately, as hashes: the one of the last start stays good for a while. */
export async function createFleetTokens(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('fleet_tokens')
    .addColumn('hash', 'text', (it) => it.notNull())
    .addColumn('record', 'text', (it) => it.notNull())
    .addPrimaryKeyConstraint('fleet_tokens_key', ['hash'])
    .execute();
}
