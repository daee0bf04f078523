import { randomBytes } from 'node:crypto';
import type { Database } from './database.ts';

const KEY = 'signing_key';

/** The key of signed URLs and exchanged tokens. All instances on the database share it; the first one makes it. */
export async function openSigningKey({ db, write }: Pick<Database, 'db' | 'write'>): Promise<Uint8Array> {
  const read = () => db.selectFrom('meta').select('value').where('key', '=', KEY).executeTakeFirst();
  if (!(await read())) {
    const value = randomBytes(32).toString('base64url');
    await write([
      db
        .insertInto('meta')
        .values({ key: KEY, value })
        .onConflict((it) => it.column('key').doNothing()),
    ]);
  }
  return Buffer.from((await read())?.value ?? '', 'base64url');
}
