import type { AlertLog } from '../../ports/alert-log.ts';
import type { ActRecord } from '../../protocol/alert-acts.ts';
import type { AlertNotification } from '../../protocol/alert-notifications.ts';
import type { Alert } from '../../protocol/alerts.ts';
import type { Database } from './database.ts';

const idAt = (at: number) => Math.max(0, at).toString(36).padStart(9, '0');

/** Reads the tables of the alerts. The state store writes them, as collections. */
export function createAlertLog({ db }: Pick<Database, 'db'>): AlertLog {
  return {
    async list({ open, about, from, to, openedFrom, before, limit }) {
      let query = db.selectFrom('alerts').select('record').orderBy('id', 'desc').limit(limit);
      if (open) query = query.where('resolved_at', 'is', null);
      if (about !== undefined) query = query.where('about', '=', about);
      if (from !== undefined) {
        query = query.where((eb) => eb.or([eb('resolved_at', 'is', null), eb('resolved_at', '>=', from)]));
      }
      // The id begins with the time at which the alert opened.
      if (to !== undefined) query = query.where('id', '<', idAt(to));
      if (openedFrom !== undefined) query = query.where('id', '>=', idAt(openedFrom));
      if (before !== undefined) query = query.where('id', '<', before);
      const rows = await query.execute();
      return rows.map(({ record }) => (JSON.parse(record) as { alert: Alert }).alert);
    },

    async notifications(alertId) {
      const rows = await db
        .selectFrom('alert_notifications')
        .select('record')
        .where('alert_id', '=', alertId)
        .execute();
      const found = rows.map(({ record }) => (JSON.parse(record) as { notification: AlertNotification }).notification);
      return found.sort((a, b) => (a.firstAt < b.firstAt ? -1 : 1));
    },

    async acts(alertIds) {
      const found = new Map<string, ActRecord[]>();
      if (alertIds.length === 0) return found;
      const rows = await db
        .selectFrom('alert_acts')
        .select(['alert_id', 'record'])
        .where('alert_id', 'in', alertIds)
        .orderBy('id')
        .execute();
      for (const { alert_id, record } of rows) {
        const acts = found.get(alert_id) ?? [];
        acts.push((JSON.parse(record) as { act: ActRecord }).act);
        found.set(alert_id, acts);
      }
      return found;
    },
  };
}
