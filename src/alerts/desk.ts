import type { AlertLog, AlertQuery } from '../ports/alert-log.ts';
import { checkWritable } from '../ports/durable.ts';
import { type ActFacts, type ActRecord, type AlertAct, workOf } from '../protocol/alert-acts.ts';
import type { AlertNotification } from '../protocol/alert-notifications.ts';
import { type Alert, type ShownAlert, shownAlert, stateOf } from '../protocol/alerts.ts';
import { orUnavailable, VigiaError } from '../protocol/errors.ts';
import type { OpenAlerts } from '../protocol/events.ts';
import type { AlertStore } from './alert-store.ts';
import { AlertFeed, type AlertFollower } from './feed.ts';
import type { NotificationLog } from './notification-log.ts';
import { type ReadingDeps, readAlerts } from './reading.ts';
import type { AlertWork } from './work.ts';

export interface DeskDeps extends ReadingDeps {
  alerts: AlertStore;
  work: AlertWork;
  notificationLog: NotificationLog;
  history: AlertLog;
  /** Whether the problem is measured now, or cannot be judged by a person. */
  holds(alert: Alert): boolean;
  close(alert: Alert, by: string): void;
}

/** One alert with everything that is known of it. */
export interface AlertFile {
  alert: Alert;
  shown: ShownAlert;
  acts: readonly ActRecord[];
  /** Who was notified. */
  notifications: readonly AlertNotification[];
  /** A person may close it: it is open, and its problem is not measured now. */
  closable: boolean;
}

const MAX_ACTS = 500;
const STILL_MEASURED =
  'The problem is still measured, or only the server can tell when it is over. Closed, the alert would open again. Mute it instead.';

/** What people see of alerts, and do about them. */
export class AlertDesk {
  readonly #deps: DeskDeps;
  readonly #feed: AlertFeed;
  /** Alerts that somebody closes just now. */
  readonly #closing = new Set<string>();

  constructor(deps: DeskDeps) {
    this.#deps = deps;
    this.#feed = new AlertFeed(
      () => [...deps.alerts.records].map(({ alert }) => alert).filter((it) => stateOf(it) === 'open'),
      (alert) => this.#shown(alert, deps.work.acts(alert.id)),
    );
  }

  /** True if the database is down: lists then show what is in memory. */
  get isBehind(): boolean {
    return !this.#deps.store.healthy;
  }

  /** Newest first; includes changes that are not stored yet. See `readAlerts`. */
  list(query: AlertQuery): Promise<Alert[]> {
    return readAlerts(query, this.#deps.alerts, this.#deps);
  }

  /** The alerts with what people did about them. @throws VigiaError `unavailable` */
  async show(alerts: readonly Alert[]): Promise<ShownAlert[]> {
    const acts = await this.#actsOf(alerts);
    return alerts.map((alert) => this.#shown(alert, acts.get(alert.id) ?? []));
  }

  /** Undefined if there is no such alert. @throws VigiaError `unavailable` */
  async get(id: string): Promise<AlertFile | undefined> {
    const alert = await this.#find(id);
    if (!alert) return undefined;
    const acts = (await this.#actsOf([alert])).get(id) ?? [];
    const { alerts, notificationLog, history } = this.#deps;
    const notifications = alerts.get(id) ? notificationLog.of(id) : await this.#read(() => history.notifications(id));
    return { alert, shown: this.#shown(alert, acts), acts, notifications, closable: this.#isClosable(alert) };
  }

  /**
   * Resolves once the act is durable. Undefined if there is no such alert.
   * @throws VigiaError `conflict`, `unavailable`; nothing was done then
   */
  async act(id: string, act: AlertAct, facts: ActFacts, by: string): Promise<AlertFile | undefined> {
    const { alerts, work, store } = this.#deps;
    const found = await this.#find(id);
    if (!found) return undefined;
    const stored = (await this.#actsOf([found])).get(id) ?? [];
    checkWritable(store);
    // From here to the act nothing waits: what is checked holds, and of two people who close only one does.
    const current = alerts.get(id)?.alert;
    const open = current && stateOf(current) === 'open' ? current : undefined;
    if (act !== 'comment' && (!open || this.#closing.has(id))) throw new VigiaError('conflict', 'The alert has ended.');
    if (open && act === 'close' && !this.#isClosable(open)) throw new VigiaError('conflict', STILL_MEASURED);
    if (new Set([...stored, ...work.acts(id)].map((it) => it.id)).size >= MAX_ACTS) {
      throw new VigiaError('conflict', `There are ${MAX_ACTS} actions on this alert already.`);
    }
    if (act === 'close') await this.#close(found, facts, by);
    else await work.add(found, act, facts, by);
    this.flush();
    return this.get(id);
  }

  follow(follower: AlertFollower): OpenAlerts {
    return this.#feed.follow(follower);
  }

  unfollow(id: string): void {
    this.#feed.unfollow(id);
  }

  /** Sends what has changed to the followers. */
  flush(): void {
    this.#feed.flush();
  }

  /** What is refused must not be closed, so the alert is closed once the act is stored. */
  async #close(alert: Alert, facts: ActFacts, by: string): Promise<void> {
    const { alerts, work, close, store } = this.#deps;
    this.#closing.add(alert.id);
    try {
      await work.add(alert, 'close', facts, by);
    } finally {
      this.#closing.delete(alert.id);
    }
    const open = alerts.get(alert.id)?.alert;
    if (!open || stateOf(open) !== 'open') return;
    close(open, by);
    // As with every change of an alert, a store that cannot write now keeps trying.
    await store.committed().catch(() => {});
  }

  #isClosable(alert: Alert): boolean {
    return stateOf(alert) === 'open' && !this.#deps.holds(alert);
  }

  #shown(alert: Alert, acts: readonly ActRecord[]): ShownAlert {
    const muted = stateOf(alert) === 'open' ? this.#deps.work.muteOf(alert) : undefined;
    return shownAlert(alert, workOf(acts, muted));
  }

  async #find(id: string): Promise<Alert | undefined> {
    return (await this.#read(() => this.#deps.alerts.read(id)))?.alert;
  }

  /** Those of open alerts are in memory, so that they are shown while the database is down. */
  async #actsOf(alerts: readonly Alert[]): Promise<Map<string, readonly ActRecord[]>> {
    const { work, history, store } = this.#deps;
    const known = (id: string) => this.#deps.alerts.get(id) !== undefined;
    const settled = alerts.filter(({ id }) => !known(id)).map(({ id }) => id);
    const read = () => (settled.length > 0 ? history.acts(settled) : Promise.resolve(new Map<string, ActRecord[]>()));
    const stored = await (store.healthy ? this.#read(read) : read().catch(() => new Map<string, ActRecord[]>()));
    return new Map(alerts.map(({ id }) => [id, known(id) ? work.acts(id) : (stored.get(id) ?? [])]));
  }

  #read<T>(read: () => Promise<T>): Promise<T> {
    const noted = (error: unknown) => this.#deps.log.warn({ err: error }, 'the alerts cannot be read');
    return orUnavailable(read, 'The alerts cannot be read now.', noted);
  }
}
