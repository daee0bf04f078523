import type { Clock } from '../ports/clock.ts';
import type { StateStore } from '../ports/state-store.ts';
import { WriteCount } from '../ports/write-count.ts';
import type { AlertNotification, NotificationStatus } from '../protocol/alert-notifications.ts';
import { type Alert, stateOf } from '../protocol/alerts.ts';

/** A stored record. */
export interface StoredNotification {
  alertId: string;
  notification: AlertNotification;
}

/** Records who was notified of an alert, and how it went. */
export class NotificationLog {
  readonly #store: StateStore;
  readonly #clock: Clock;
  /** By alert id, channel and state. Those of settled alerts may be missing. */
  #records = new Map<string, StoredNotification>();
  readonly #writes = new WriteCount();

  constructor(store: StateStore, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  /** Loads what is stored: other instances may have changed it. */
  async load(): Promise<void> {
    this.#records = await this.#writes.read(this.#store, () =>
      this.#store.load<StoredNotification>('alert-notifications'),
    );
  }

  /** In the order of their first attempts. */
  of(alertId: string): AlertNotification[] {
    const found = [...this.#records.values()].filter((it) => it.alertId === alertId);
    return found.map(({ notification }) => notification).sort((a, b) => (a.firstAt < b.firstAt ? -1 : 1));
  }

  /** Records an attempt. What is repeated after its delivery is not. */
  attempted(
    alerts: readonly Alert[],
    channel: Pick<AlertNotification, 'channel' | 'kind' | 'name'>,
    status: NotificationStatus,
    answer: string,
  ): void {
    const now = new Date(this.#clock.wall()).toISOString();
    for (const alert of alerts) {
      const state = stateOf(alert);
      const key = `${alert.id} ${channel.channel} ${state}`;
      const before = this.#records.get(key)?.notification;
      if (before?.status === 'delivered') continue;
      const attempts = (before?.attempts ?? 0) + (status === 'given_up' ? 0 : 1);
      const firstAt = before?.firstAt ?? now;
      const notification = { ...channel, state, status, attempts, firstAt, lastAt: now, answer };
      const record = { alertId: alert.id, notification };
      this.#writes.written();
      this.#records.set(key, record);
      this.#store.put('alert-notifications', key, record);
    }
  }

  /** Drops those of alerts that are not kept in memory any more. */
  forget(isKept: (alertId: string) => boolean): void {
    for (const [key, { alertId }] of this.#records) if (!isKept(alertId)) this.#records.delete(key);
  }
}
