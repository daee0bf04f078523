import type { Notifier } from '../../ports/notifier.ts';
import { type Alert, alerts as all } from '../../protocol/alerts.ts';
import { post } from './post.ts';

const BATCH = 500;
const REPEAT_MS = 60_000;
/** It counts as over where nothing more is heard of it for several repeats. */
const EXPIRES_MS = 5 * REPEAT_MS;

/** Alertmanager's API v2. It forgets what is not told again before its `endsAt`. `now`: ms since the epoch. */
export function createAlertmanager(url: string, now: () => number): Notifier {
  const base = new URL(url);
  base.pathname = `${base.pathname.replace(/\/$/, '')}/api/v2/alerts`;
  return {
    channel: 'alertmanager',
    batch: BATCH,
    repeatMs: REPEAT_MS,
    send: (alerts) =>
      post(
        base,
        alerts.map((alert) => shown(alert, now())),
      ),
  };
}

/** Labels say which alert it is, so they stay as they are while it is open. */
function shown({ alert, about, group, summary, openedAt, resolvedAt, resolution }: Alert, now: number) {
  const { about: kind, severity } = all[alert];
  return {
    labels: {
      alertname: nameOf(alert),
      severity,
      [kind === 'server' ? 'instance' : kind]: about,
      ...(group && { group }),
    },
    annotations: { summary, ...(resolution !== undefined && { resolution }) },
    startsAt: new Date(openedAt).toISOString(),
    endsAt: new Date(resolvedAt ?? now + EXPIRES_MS).toISOString(),
  };
}

/** `device_offline` is `VigiaDeviceOffline` there. */
function nameOf(alert: string): string {
  const words = alert.split('_').map((word) => word.charAt(0).toUpperCase() + word.slice(1));
  return `Vigia${words.join('')}`;
}
