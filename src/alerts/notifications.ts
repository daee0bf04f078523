import type { Metrics } from '../ports/metrics.ts';
import type { Notifier } from '../ports/notifier.ts';
import { type Alert, stateOf } from '../protocol/alerts.ts';
import type { AlertRecord, AlertStore } from './alert-store.ts';
import { alertDelivery, type DeliveryDeps } from './channel.ts';

export interface NotificationsDeps extends DeliveryDeps {
  notifiers: readonly Notifier[];
  metrics: Pick<Metrics, 'notification'>;
  isMuted(alert: Alert): boolean;
}

/** Sends alerts to the channels, each in its current state. */
export class Notifications {
  readonly #deps: NotificationsDeps;
  readonly #deliveries: readonly { notifier: Notifier; delivery: ReturnType<typeof alertDelivery> }[];
  readonly #repeatedAt = new Map<Notifier, number>();

  constructor(deps: NotificationsDeps, arrived: (alert: Alert, channel: string) => void) {
    this.#deps = deps;
    this.#deliveries = deps.notifiers.map((notifier) => ({
      notifier,
      delivery: alertDelivery(notifier, deps, (alert) => arrived(alert, notifier.channel)),
    }));
  }

  /** The channels that are to get the current state of the alert, and have not yet. */
  pending(record: AlertRecord): string[] {
    return this.#deps.notifiers.filter((it) => this.#isPending(record, it)).map(({ channel }) => channel);
  }

  /** A muted alert is not sent. Its end is, if its beginning was: no receiver is left with an alert that is over. */
  #isPending({ alert, told }: AlertRecord, { channel, repeatMs }: Notifier): boolean {
    if (told[channel] === stateOf(alert)) return false;
    // A receiver that forgets what is not repeated has silences of its own.
    if (repeatMs !== undefined || !this.#deps.isMuted(alert)) return true;
    return told[channel] === 'open';
  }

  /** @param isOurs whether this instance decides on the alert; only that one sends it */
  deliver(alerts: AlertStore, isOurs: (alert: Alert) => boolean, now: number): void {
    for (const { notifier, delivery } of this.#deliveries) {
      const { repeatMs } = notifier;
      const repeats = repeatMs !== undefined && now - (this.#repeatedAt.get(notifier) ?? 0) >= repeatMs;
      if (repeats) this.#repeatedAt.set(notifier, now);
      for (const record of alerts.records) {
        const isDue = this.#isPending(record, notifier) || (repeats && stateOf(record.alert) === 'open');
        if (isDue && isOurs(record.alert)) delivery.add(record.alert);
      }
    }
    for (const record of [...alerts.records]) if (isOurs(record.alert)) alerts.settle(record);
  }

  async stop(): Promise<void> {
    await Promise.all(this.#deliveries.map(({ delivery }) => delivery.stop()));
  }
}
