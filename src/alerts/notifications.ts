import type { Delivery } from '../delivery/delivery.ts';
import type { Metrics } from '../ports/metrics.ts';
import { type EnvironmentNotifier, type Notifier, type NotifierFactory, RefusedError } from '../ports/notifier.ts';
import { type Alert, stateOf } from '../protocol/alerts.ts';
import type { AlertRecord, AlertStore } from './alert-store.ts';
import { alertDelivery, type DeliveryDeps, GONE } from './channel.ts';
import { type ChannelStore, type StoredChannel, wants } from './channel-store.ts';
import type { NotificationLog } from './notification-log.ts';

export interface NotificationsDeps extends DeliveryDeps {
  /** Those that the environment defines. They get all alerts. */
  notifiers: readonly EnvironmentNotifier[];
  notifierOf: NotifierFactory;
  channels: ChannelStore;
  metrics: Pick<Metrics, 'notification'>;
  notificationLog: NotificationLog;
  isMuted(alert: Alert): boolean;
}

/** A channel that gets alerts now. */
interface Target {
  notifier: Notifier;
  wants(record: AlertRecord): boolean;
}

/** Sends alerts to the channels, each in its current state. */
export class Notifications {
  readonly #deps: NotificationsDeps;
  readonly #acknowledge: (alert: Alert, channel: string) => void;
  readonly #deliveries = new Map<string, Delivery<Alert>>();
  readonly #repeatedAt = new Map<string, number>();
  #built: readonly Target[] = [];
  #builtFrom: readonly StoredChannel[] | undefined;

  /** @param acknowledge called when an alert arrived or was given up */
  constructor(deps: NotificationsDeps, acknowledge: (alert: Alert, channel: string) => void) {
    this.#deps = deps;
    this.#acknowledge = acknowledge;
  }

  /** The channels that are to get the current state of the alert, and have not yet. */
  pending(record: AlertRecord): string[] {
    return this.#targets()
      .filter((it) => this.#isPending(record, it))
      .map(({ notifier }) => notifier.channel);
  }

  /** A muted alert is not sent. Its end is, if its beginning was: no receiver is left with an alert that is over. */
  #isPending(record: AlertRecord, { notifier, wants }: Target): boolean {
    const { alert, told } = record;
    const { channel, repeatMs } = notifier;
    if (told[channel] === stateOf(alert) || !wants(record)) return false;
    // A receiver that forgets what is not repeated has silences of its own.
    if (repeatMs !== undefined || !this.#deps.isMuted(alert)) return true;
    return told[channel] === 'open';
  }

  /** Built again when a channel has changed. */
  #targets(): readonly Target[] {
    const { notifiers, channels } = this.#deps;
    const all = channels.all();
    if (all === this.#builtFrom) return this.#built;
    this.#builtFrom = all;
    this.#built = [
      ...notifiers.map((notifier) => ({ notifier, wants: () => true })),
      ...all
        .filter(({ settings }) => settings.enabled)
        .map((channel) => ({
          notifier: this.#notifierFor(channel),
          wants: ({ alert, told }: AlertRecord) => wants(channel, alert, told),
        })),
    ];
    return this.#built;
  }

  /** Sends with the settings that the channel has then. */
  #notifierFor({ id, settings }: StoredChannel): Notifier {
    const { channels, notifierOf } = this.#deps;
    return {
      ...notifierOf(id, settings),
      send: (alerts) => {
        const current = channels.get(id);
        if (!current?.settings.enabled) return Promise.reject(new RefusedError(GONE));
        return notifierOf(id, current.settings).send(alerts);
      },
    };
  }

  /** @param isOurs whether this instance decides on the alert; only that one sends it */
  deliver(alerts: AlertStore, isOurs: (alert: Alert) => boolean, now: number): void {
    const targets = this.#targets();
    for (const target of targets) {
      const { channel, repeatMs } = target.notifier;
      const repeats = repeatMs !== undefined && now - (this.#repeatedAt.get(channel) ?? 0) >= repeatMs;
      if (repeats) this.#repeatedAt.set(channel, now);
      for (const record of alerts.records) {
        const isDue = this.#isPending(record, target) || (repeats && stateOf(record.alert) === 'open');
        if (isDue && isOurs(record.alert)) this.#deliveryFor(target.notifier, alerts).add(record.alert);
      }
    }
    this.#dropOthers(targets);
    for (const record of [...alerts.records]) if (isOurs(record.alert)) alerts.settle(record);
  }

  #deliveryFor(notifier: Notifier, alerts: AlertStore): Delivery<Alert> {
    const { channel } = notifier;
    const known = this.#deliveries.get(channel);
    if (known) return known;
    const { channels, notifiers, notificationLog } = this.#deps;
    const nameOf = () =>
      channels.get(channel)?.settings.name ?? notifiers.find((it) => it.channel === channel)?.variable ?? channel;
    const delivery = alertDelivery(
      notifier,
      this.#deps,
      (alert) => this.#acknowledge(alert, channel),
      (some, status, answer) =>
        notificationLog.attempted(some, { channel, kind: notifier.kind, name: nameOf() }, status, answer),
      ({ id }) => this.#isWanted(alerts.get(id), channel),
    );
    this.#deliveries.set(channel, delivery);
    return delivery;
  }

  /** What waits for a failing channel may have been muted since, or the channel is for other groups now. */
  #isWanted(record: AlertRecord | undefined, channel: string): boolean {
    const target = this.#targets().find(({ notifier }) => notifier.channel === channel);
    // Sending fails then, and gives up.
    if (!target) return true;
    return record !== undefined && (target.notifier.repeatMs !== undefined || this.#isPending(record, target));
  }

  /** What waits for a channel that is removed or disabled is given up. */
  #dropOthers(targets: readonly Target[]): void {
    const present = new Set(targets.map(({ notifier }) => notifier.channel));
    for (const [channel, delivery] of this.#deliveries) {
      if (present.has(channel)) continue;
      delivery.giveUpWhere(() => true, GONE);
      this.#deliveries.delete(channel);
    }
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#deliveries.values()].map((delivery) => delivery.stop()));
  }
}
