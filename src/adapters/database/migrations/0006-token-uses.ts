import type { Kysely } from 'kysely';

/** The last use was part of a token's record, so writing it could restore a token that had just been removed. */
export async function separateTokenUses(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('admin_token_uses')
    .addColumn('id', 'text', (it) => it.notNull())
    .addColumn('record', 'text', (it) => it.notNull())
    .addPrimaryKeyConstraint('admin_token_uses_key', ['id'])
    .execute();
}
