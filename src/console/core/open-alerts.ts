import { createSubscribers } from '../../client/subscribers.ts';

/** What the navigation says of the open alerts. */
export interface OpenAlerts {
  count: number;
  /** There are more than were asked for. */
  more: boolean;
  critical: boolean;
}

/** As they were last seen, whoever asked: the navigation and the page never disagree. */
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
