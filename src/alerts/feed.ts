import { type Alert, alerts as all, type ShownAlert } from '../protocol/alerts.ts';
import type { AlertsUpdate, OpenAlerts } from '../protocol/events.ts';

/** A subscriber to the open alerts that it may see. */
export interface AlertFollower {
  readonly id: string;
  sees(alert: Alert): boolean;
  /** Bytes sent, but not yet read by the client. */
  backlog(): number;
  send(update: AlertsUpdate): void;
}

/** Above this, a follower gets nothing until it has read; then it gets what differs from what it has. */
const MAX_BACKLOG_BYTES = 2 * 1024 * 1024;
/** In a catastrophe each device has an alert. Nobody reads more of them at once; the totals count all. */
const MAX_ALERTS = 1000;

/** What a follower has: alerts as JSON by id, and the totals. */
interface Copy {
  alerts: ReadonlyMap<string, string>;
  total: number;
  critical: number;
}

/** Keeps the followers' copies of the newest open alerts up to date. Costs nothing without followers. */
export class AlertFeed {
  readonly #open: () => Alert[];
  readonly #show: (alert: Alert) => ShownAlert;
  readonly #followers = new Map<string, { follower: AlertFollower; has: Copy }>();

  constructor(open: () => Alert[], show: (alert: Alert) => ShownAlert) {
    this.#open = open;
    this.#show = show;
  }

  /** Returns the open alerts, newest first. From now on the follower gets their changes. */
  follow(follower: AlertFollower): OpenAlerts {
    const has = this.#copyFor(follower, this.#newestFirst(), this.#encoder());
    this.#followers.set(follower.id, { follower, has });
    return { alerts: [...has.alerts.values()].map((it) => JSON.parse(it)), total: has.total, critical: has.critical };
  }

  unfollow(id: string): void {
    this.#followers.delete(id);
  }

  flush(): void {
    if (this.#followers.size === 0) return;
    const [open, encode] = [this.#newestFirst(), this.#encoder()];
    for (const one of this.#followers.values()) {
      const { follower, has } = one;
      if (follower.backlog() > MAX_BACKLOG_BYTES) continue;
      const next = this.#copyFor(follower, open, encode);
      const changed = [...next.alerts].filter(([id, json]) => has.alerts.get(id) !== json);
      const gone = [...has.alerts.keys()].filter((id) => !next.alerts.has(id));
      const { total, critical } = next;
      if (changed.length + gone.length === 0 && total === has.total && critical === has.critical) continue;
      one.has = next;
      follower.send({ alerts: changed.map(([, json]) => JSON.parse(json)), gone, total, critical });
    }
  }

  #newestFirst(): Alert[] {
    return this.#open().sort((a, b) => (a.id < b.id ? 1 : -1));
  }

  /** Each alert is encoded once, for all followers. */
  #encoder(): (alert: Alert) => string {
    const encoded = new Map<string, string>();
    return (alert) => {
      const json = encoded.get(alert.id) ?? JSON.stringify(this.#show(alert));
      encoded.set(alert.id, json);
      return json;
    };
  }

  #copyFor(follower: AlertFollower, open: readonly Alert[], encode: (alert: Alert) => string): Copy {
    const seen = open.filter((alert) => follower.sees(alert));
    return {
      alerts: new Map(seen.slice(0, MAX_ALERTS).map((alert) => [alert.id, encode(alert)])),
      total: seen.length,
      critical: seen.filter(({ alert }) => all[alert].severity === 'critical').length,
    };
  }
}
