import type { Compilable } from 'kysely';
import type { Db } from './schema.ts';

/** Of several instances that claim a pairing, the first one has it: a claim is never replaced. */
export const insertPairings = (db: Db, puts: readonly { key: string; value: unknown }[]): Compilable =>
  db
    .insertInto('pairings')
    .values(puts.map(({ key, value }) => ({ id: key, record: JSON.stringify(value) })))
    .onConflict((it) =>
      it
        .column('id')
        .doUpdateSet((eb) => ({ record: eb.ref('excluded.record') }))
        .where('pairings.id', 'not like', '%.claim'),
    );
