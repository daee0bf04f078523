import type { ShownAlert } from '../protocol/alert-document.ts';
import type { AlertsUpdate, OpenAlerts } from '../protocol/events.ts';
import type { Ask } from './replication.ts';
import { createSubscribers } from './subscribers.ts';

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

interface Deps {
  isConnected(): boolean;
  /** Answered at once: an update that follows the answer is not taken before it. */
  ask: Ask;
}

const RETRY_MS = 1000;

/** A live copy of the open alerts, from the first listener on. It subscribes again after a lost connection. */
export function createAlerts({ isConnected, ask }: Deps) {
  const listeners = createSubscribers<void>();
  let open: AlertsCopy | undefined;
  let isWanted = false;
  let isAsking = false;

  function become(alerts: ReadonlyMap<string, ShownAlert>, { total, critical }: OpenAlerts): void {
    open = { alerts, total, critical };
    listeners.tell();
  }

  function follow(): void {
    if (!isWanted || isAsking || !isConnected()) return;
    isAsking = true;
    ask('alerts:subscribe', {}, (error, answer) => {
      isAsking = false;
      if (error || !answer) setTimeout(follow, RETRY_MS);
      else become(new Map(answer.alerts.map((it) => [it.id, it])), answer);
    });
  }

  return {
    alerts: {
      get open() {
        return open;
      },
      subscribe(listener: () => void) {
        const end = listeners.add(listener);
        if (!isWanted) {
          isWanted = true;
          follow();
        }
        return end;
      },
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
