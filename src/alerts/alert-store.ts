import { randomBytes } from 'node:crypto';
import type { StateStore } from '../ports/state-store.ts';
import { WriteCount } from '../ports/write-count.ts';
import { type Alert, type AlertName, type AlertState, stateOf } from '../protocol/alerts.ts';

/** A stored record. */
export interface AlertRecord {
  alert: Alert;
  /** The last state that each channel acknowledged. */
  told: Readonly<Record<string, AlertState>>;
  /** Resolved, and acknowledged by all channels: nothing is left to do. */
  settled: boolean;
}

/** The channels that are to get the current state of an alert, and have not yet. */
export type Pending = (record: AlertRecord) => readonly string[];

/** All alerts that are not settled. Stores every change, so a restart does not repeat notifications. */
export class AlertStore {
  readonly #store: StateStore;
  readonly #pending: Pending;
  #records = new Map<string, AlertRecord>();
  #open = new Map<string, AlertRecord>();
  readonly #writes = new WriteCount();

  constructor(store: StateStore, pending: Pending) {
    this.#store = store;
    this.#pending = pending;
  }

  /** Loads the stored records; in a cluster, other instances write them, too. */
  async load(): Promise<void> {
    this.#records = await this.#writes.read(this.#store, () => this.#store.load<AlertRecord>('alerts'));
    this.#open = new Map();
    for (const record of this.#records.values()) this.#index(record);
  }

  get records(): Iterable<AlertRecord> {
    return this.#records.values();
  }

  find(alert: AlertName, about: string): Alert | undefined {
    return this.#open.get(`${alert}\n${about}`)?.alert;
  }

  get(id: string): AlertRecord | undefined {
    return this.#records.get(id);
  }

  /** Also finds settled alerts, and those that another instance has just opened. */
  async read(id: string): Promise<AlertRecord | undefined> {
    const known = this.#records.get(id);
    if (known) return known;
    const [stored] = await this.#store.find<AlertRecord>('alerts', id);
    if (stored && !stored.settled && !this.#records.has(id)) this.#index(stored);
    return stored;
  }

  open(alert: Omit<Alert, 'id'>): Alert {
    const id = alert.openedAt.toString(36).padStart(9, '0') + randomBytes(5).toString('hex');
    const record: AlertRecord = { alert: { id, ...alert }, told: {}, settled: false };
    this.#write(record);
    return record.alert;
  }

  change(alert: Alert): void {
    const record = this.#records.get(alert.id);
    if (record) this.#write({ ...record, alert });
  }

  /** Records that the channel acknowledged this state. */
  acknowledge(alert: Alert, channel: string): void {
    const record = this.#records.get(alert.id);
    if (record) this.#write({ ...record, told: { ...record.told, [channel]: stateOf(alert) } });
  }

  /** Settles an alert for which nothing is pending any more, because its channel was removed, for example. */
  settle(record: AlertRecord): void {
    if (record.alert.resolvedAt !== undefined && this.#pending(record).length === 0) this.#write(record);
  }

  #write(record: AlertRecord): void {
    this.#writes.written();
    const { alert } = record;
    const settled = alert.resolvedAt !== undefined && this.#pending(record).length === 0;
    const written = { ...record, settled };
    this.#store.put('alerts', alert.id, written);
    this.#index(written);
  }

  #index(record: AlertRecord): void {
    const { id, alert, about, resolvedAt } = record.alert;
    const key = `${alert}\n${about}`;
    if (resolvedAt === undefined) this.#open.set(key, record);
    else if (this.#open.get(key)?.alert.id === id) this.#open.delete(key);
    if (record.settled) this.#records.delete(id);
    else this.#records.set(id, record);
  }
}
