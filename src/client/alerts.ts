import type { ShownAlert } from '../protocol/alert-document.ts';
import type { AlertsUpdate, OpenAlerts } from '../protocol/events.ts';
import { createFollower, type FollowerDeps } from './follower.ts';

/** Replaced with each change. */
export interface AlertsCopy {
  /** The newest open alerts, up to 1,000, by id. */
  readonly alerts: ReadonlyMap<string, ShownAlert>;
  /** How many are open, and how many of these are critical. */
  readonly total: number;
  readonly critical: number;
}

export interface Alerts {
  /** Undefined until the server has answered. */
  readonly open: AlertsCopy | undefined;
  subscribe(listener: () => void): () => void;
}

/** A live copy of the open alerts, from the first listener on. It subscribes again after a lost connection. */
export function createAlerts(deps: FollowerDeps) {
  let open: AlertsCopy | undefined;
  const { follow, changed, subscribe } = createFollower(deps, 'alerts:subscribe', (answer) =>
    become(new Map(answer.alerts.map((it) => [it.id, it])), answer),
  );

  function become(alerts: ReadonlyMap<string, ShownAlert>, { total, critical }: OpenAlerts): void {
    open = { alerts, total, critical };
    changed();
  }

  return {
    alerts: {
      get open() {
        return open;
      },
      subscribe,
    } satisfies Alerts,
    connected: follow,
    received(update: AlertsUpdate): void {
      const next = new Map(open?.alerts);
      for (const id of update.gone) next.delete(id);
      for (const it of update.alerts) next.set(it.id, it);
      become(next, update);
    },
  };
}
