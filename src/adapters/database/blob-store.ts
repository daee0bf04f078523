import { type BlobStore, checkBlobName } from '../../ports/blob-store.ts';
import { systemClock } from '../clock.ts';
import type { Database } from './database.ts';

const NAMES_A_PAGE = 500;

/**
 * Blobs in a database shared by several instances.
 * @param before the previous store; read, but no longer written
 */
export function createDatabaseBlobStore({ db, write }: Pick<Database, 'db' | 'write'>, before: BlobStore): BlobStore {
  return {
    async put(name, bytes) {
      checkBlobName(name);
      const row = { name, changed_at: systemClock.wall(), bytes };
      await write([
        db
          .insertInto('blobs')
          .values(row)
          .onConflict((it) =>
            it.column('name').doUpdateSet((eb) => ({
              changed_at: eb.ref('excluded.changed_at'),
              bytes: eb.ref('excluded.bytes'),
            })),
          ),
      ]);
    },
    async get(name) {
      checkBlobName(name);
      const found = await db.selectFrom('blobs').select('bytes').where('name', '=', name).executeTakeFirst();
      return found ? Buffer.from(found.bytes) : before.get(name);
    },
    async has(name) {
      checkBlobName(name);
      const found = await db.selectFrom('blobs').select('name').where('name', '=', name).executeTakeFirst();
      return found !== undefined || before.has(name);
    },
    async remove(name) {
      checkBlobName(name);
      await write([db.deleteFrom('blobs').where('name', '=', name)]);
      await before.remove(name);
    },
    async *list() {
      for (let after = ''; ; ) {
        const page = await db
          .selectFrom('blobs')
          .select(['name', 'changed_at'])
          .where('name', '>', after)
          .orderBy('name')
          .limit(NAMES_A_PAGE)
          .execute();
        for (const { name, changed_at } of page) yield { name, changedAt: changed_at };
        const last = page.at(-1);
        if (!last) break;
        after = last.name;
      }
      yield* before.list();
    },
  };
}
