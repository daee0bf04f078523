import type { AlertDesk } from '../../src/http/alerts.ts';
import type { ActRecord } from '../../src/protocol/alert-acts.ts';
import { type Alert, shownAlert } from '../../src/protocol/alerts.ts';

/** These alerts, newest first. */
export function fakeAlerts(alerts: readonly Alert[] = []): AlertDesk {
  const acts: ActRecord[] = [];
  const get: AlertDesk['get'] = async (id) => {
    const alert = alerts.find((it) => it.id === id);
    return alert && { alert, shown: shownAlert(alert), acts, notifications: [], closable: false };
  };
  return {
    list: async ({ open, before = '~', limit }) =>
      alerts.filter((it) => it.id < before && !(open && it.resolvedAt !== undefined)).slice(0, limit),
    show: async (some) => some.map((it) => shownAlert(it)),
    get,
    act: (id) => get(id),
  };
}
