import type { AlertLog } from '../../ports/alert-log.ts';
import type { Alert } from '../../protocol/alerts.ts';
import type { Home } from './home.ts';

/** The `alerts` table, as it is read; it is written as a collection of the state store. */
export function createAlertLog({ db }: Pick<Home, 'db'>): AlertLog {
  return {
    async list({ open, before, limit }) {
      let query = db.selectFrom('alerts').select('record').orderBy('id', 'desc').limit(limit);
      if (open) query = query.where('resolved_at', 'is', null);
      if (before !== undefined) query = query.where('id', '<', before);
      const rows = await query.execute();
      return rows.map(({ record }) => (JSON.parse(record) as { alert: Alert }).alert);
    },
  };
}
