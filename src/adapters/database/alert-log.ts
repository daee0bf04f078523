import type { AlertLog } from '../../ports/alert-log.ts';
import type { Alert } from '../../protocol/alerts.ts';
import type { Database } from './database.ts';

/** Reads the `alerts` table. The state store writes it, as a collection. */
export function createAlertLog({ db }: Pick<Database, 'db'>): AlertLog {
  return {
    async list({ open, about, before, limit }) {
      let query = db.selectFrom('alerts').select('record').orderBy('id', 'desc').limit(limit);
      if (open) query = query.where('resolved_at', 'is', null);
      if (about !== undefined) query = query.where('about', '=', about);
      if (before !== undefined) query = query.where('id', '<', before);
      const rows = await query.execute();
      return rows.map(({ record }) => (JSON.parse(record) as { alert: Alert }).alert);
    },
  };
}
