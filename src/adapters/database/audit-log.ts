import type { Logger } from 'pino';
import type { AuditEntry, AuditLog } from '../../ports/audit.ts';
import { bulk } from './bulk.ts';
import type { Database } from './database.ts';
import { writeBisecting } from './refusals.ts';
import type { Schema } from './schema.ts';

const insert = bulk<Schema['audit']>(['id', 'at', 'actor', 'kind', 'device_id', 'outcome', 'details'], (db, rows) =>
  db
    .insertInto('audit')
    .values(rows)
    .onConflict((conflict) => conflict.column('id').doNothing()),
);

/** The `audit` table. Ids are ASCII and compared bytewise in both databases, so their order is the order of time. */
export function createAuditLog({ db, write }: Pick<Database, 'db' | 'write'>, log: Pick<Logger, 'error'>): AuditLog {
  return {
    async write(entries) {
      const rows = entries.map(({ id, at, actor, kind, deviceId, outcome, details }) => ({
        id,
        at,
        actor,
        kind,
        device_id: deviceId ?? null,
        outcome,
        details: JSON.stringify(details ?? {}),
      }));
      await writeBisecting(
        rows,
        (some) => write(insert(db, some)),
        (record, error) => log.error({ err: error, record }, 'the database rejected an audit record'),
      );
    },

    async read({ from, to, actor, kind, deviceId, before, limit }) {
      let query = db.selectFrom('audit').selectAll().orderBy('id', 'desc').limit(limit);
      if (from !== undefined) query = query.where('at', '>=', from);
      if (to !== undefined) query = query.where('at', '<', to);
      if (actor !== undefined) query = query.where('actor', '=', actor);
      if (kind?.endsWith('.')) query = query.where('kind', 'like', `${kind}%`);
      else if (kind !== undefined) query = query.where('kind', '=', kind);
      if (deviceId !== undefined) query = query.where('device_id', '=', deviceId);
      if (before !== undefined) query = query.where('id', '<', before);
      const rows = await query.execute();
      return rows.map(({ id, at, actor, kind, device_id, outcome, details }): AuditEntry => {
        const entry = { id, at, actor, kind, outcome, details: JSON.parse(details) };
        return device_id === null ? entry : { ...entry, deviceId: device_id };
      });
    },
  };
}
