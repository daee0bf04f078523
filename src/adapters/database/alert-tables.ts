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

const insertActs = bulk<Schema['alert_acts']>(['id', 'alert_id', 'record'], (db, rows) =>
  db
    .insertInto('alert_acts')
    .values(rows)
    .onConflict((it) => it.column('id').doUpdateSet((eb) => ({ record: eb.ref('excluded.record') }))),
);

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

export const actStatements = (db: Db, puts: readonly Put[]): Iterable<Compilable> =>
  insertActs(
    db,
    puts.map(({ key, value }) => {
      const { alertId } = value as { alertId?: string };
      return { id: key, alert_id: alertId ?? '', record: JSON.stringify(value) };
    }),
  );

/** Without those about settled alerts. */
export const loadActs = (db: Db) =>
  db
    .selectFrom('alert_acts')
    .leftJoin('alerts', 'alerts.id', 'alert_acts.alert_id')
    .select(['alert_acts.id as key', 'alert_acts.record'])
    .where((eb) => eb.or([eb('alerts.settled', 'is', null), eb('alerts.settled', '=', 0)]))
    .execute();
