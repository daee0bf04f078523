import type { Notifier } from '../../ports/notifier.ts';
import { type Alert, alerts as all, runbookOf } from '../../protocol/alerts.ts';
import { post } from './post.ts';

const BATCH = 500;
const REPEAT_MS = 60_000;
/** An alert that is not repeated for several intervals counts as resolved. */
const EXPIRES_MS = 5 * REPEAT_MS;

/**
 * Alertmanager's API v2. Alertmanager drops an alert that is not repeated before its `endsAt`.
 * @param now ms since the epoch
 */
export function createAlertmanager(url: string, now: () => number): Notifier {
  const base = new URL(url);
  base.pathname = `${base.pathname.replace(/\/$/, '')}/api/v2/alerts`;
  return {
    channel: 'alertmanager',
    kind: 'alertmanager',
    batch: BATCH,
    repeatMs: REPEAT_MS,
    send: (alerts) => post(base, JSON.stringify(alerts.map((alert) => shown(alert, now())))),
  };
}

/** Labels identify the alert, so they must not change while it is open. */
function shown({ alert, about, group, summary, openedAt, resolvedAt, resolution }: Alert, now: number) {
  const { about: kind, severity } = all[alert];
  // The clock may have been set back since, and Alertmanager rejects an alert that ends before it starts.
  const startsAt = Math.min(openedAt, now);
  return {
    labels: {
      // Prefixed, to avoid collisions with the alerts of Prometheus.
      alertname: `Vigia${runbookOf(alert)}`,
      severity,
      [kind === 'server' ? 'instance' : kind]: about,
      ...(group && { group }),
    },
    annotations: {
      summary,
      ...(resolution !== undefined && { resolution }),
      // A path in the repository, as in the Prometheus alerts.
      runbook_url: `docs/runbooks/${runbookOf(alert)}.md`,
    },
    startsAt: new Date(startsAt).toISOString(),
    endsAt: new Date(Math.max(startsAt, resolvedAt ?? now + EXPIRES_MS)).toISOString(),
  };
}
