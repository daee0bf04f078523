import type { Kysely } from 'kysely';

/** A token's last use was part of its record, and writing it could bring back a token that was removed meanwhile. */
export async function separateTokenUses(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('admin_token_uses')
    .addColumn('id', 'text', (it) => it.notNull())
    .addColumn('record', 'text', (it) => it.notNull())
    .addPrimaryKeyConstraint('admin_token_uses_key', ['id'])
    .execute();
}
