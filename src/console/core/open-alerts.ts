import { createSubscribers } from '../../client/subscribers.ts';

/** What the navigation shows of the open alerts. */
export interface OpenAlerts {
  count: number;
  /** True if there are more than one page. */
  more: boolean;
  critical: boolean;
}

/** Shared between the navigation and the alerts page, so that they agree. */
export interface OpenAlertsStore {
  get(): OpenAlerts | undefined;
  subscribe(listener: () => void): () => void;
  set(alerts: readonly { severity: string }[], more: boolean): void;
}

export function createOpenAlerts(): OpenAlertsStore {
  const listeners = createSubscribers<void>();
  let current: OpenAlerts | undefined;
  return {
    get: () => current,
    subscribe: listeners.add,
    set(alerts, more) {
      const critical = alerts.some(({ severity }) => severity === 'critical');
      const next = { count: alerts.length, more, critical };
      if (current?.count === next.count && current.more === more && current.critical === critical) return;
      current = next;
      listeners.tell();
    },
  };
}
