import type { Compilable } from 'kysely';
import { bulk } from './bulk.ts';
import type { Db, Schema } from './schema.ts';

/** How alerts, and what people do about them, lie in their tables. */

interface Put {
  key: string;
  value: unknown;
}

const insertAlerts = bulk<Schema['alerts']>(['id', 'resolved_at', 'settled', 'about', 'record'], (db, rows) =>
  db
    .insertInto('alerts')
    .values(rows)
    .onConflict((it) =>
      it
        .column('id')
        .doUpdateSet((eb) => ({
          resolved_at: eb.ref('excluded.resolved_at'),
          settled: eb.ref('excluded.settled'),
          record: eb.ref('excluded.record'),
        }))
        // Late writes must not reopen an ended alert.
        .where((eb) => eb.or([eb('alerts.resolved_at', 'is', null), eb('excluded.resolved_at', 'is not', null)])),
    ),
);

type Attached = 'alert_acts' | 'alert_notifications';

const insertInto = (table: Attached) =>
  bulk<Schema[Attached]>(['id', 'alert_id', 'record'], (db, rows) =>
    db
      .insertInto(table)
      .values(rows)
      .onConflict((it) => it.column('id').doUpdateSet((eb) => ({ record: eb.ref('excluded.record') }))),
  );
const inserts = { alert_acts: insertInto('alert_acts'), alert_notifications: insertInto('alert_notifications') };

/** The fields of a stored alert (alerts/book.ts) that have columns. */
interface StoredAlert {
  alert?: { about?: string; resolvedAt?: number };
  settled?: boolean;
}

export const alertStatements = (db: Db, puts: readonly Put[]): Iterable<Compilable> =>
  insertAlerts(
    db,
    puts.map(({ key, value }) => {
      const { alert, settled } = (value ?? {}) as StoredAlert;
      return {
        id: key,
        resolved_at: alert?.resolvedAt ?? null,
        settled: settled === true ? 1 : 0,
        about: alert?.about ?? null,
        record: JSON.stringify(value),
      };
    }),
  );

const attachedStatements = (db: Db, table: Attached, puts: readonly Put[]): Iterable<Compilable> =>
  inserts[table](
    db,
    puts.map(({ key, value }) => {
      const { alertId } = value as { alertId?: string };
      return { id: key, alert_id: alertId ?? '', record: JSON.stringify(value) };
    }),
  );

/** A table of records about alerts. Those about settled alerts are not loaded. */
export const attached = (table: Attached) => ({
  load: (db: Db) =>
    db
      .selectFrom(table)
      .leftJoin('alerts', 'alerts.id', `${table}.alert_id`)
      .select([`${table}.id as key`, `${table}.record as record`])
      .where((eb) => eb.or([eb('alerts.settled', 'is', null), eb('alerts.settled', '=', 0)]))
      .execute(),
  find: (db: Db, key: string) => db.selectFrom(table).select(['id as key', 'record']).where('id', '=', key).execute(),
  statements(db: Db, puts: readonly Put[]): Compilable[] {
    const removed = puts.filter(({ value }) => value === undefined).map(({ key }) => key);
    return [
      ...(removed.length > 0 ? [db.deleteFrom(table).where('id', 'in', removed)] : []),
      ...attachedStatements(
        db,
        table,
        puts.filter(({ value }) => value !== undefined),
      ),
    ];
  },
});
