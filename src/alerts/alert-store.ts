import { randomBytes } from 'node:crypto';
import type { Channel } from '../ports/notifier.ts';
import type { StateStore } from '../ports/state-store.ts';
import { WriteCount } from '../ports/write-count.ts';
import { type Alert, type AlertName, type AlertState, stateOf } from '../protocol/alerts.ts';

/** A stored record. */
export interface AlertRecord {
  alert: Alert;
  /** The last state that each channel acknowledged. */
  told: Partial<Record<Channel, AlertState>>;
  /** Resolved, and acknowledged by all channels: nothing is left to do. */
  settled: boolean;
}

/** All alerts that are not settled. Stores every change, so a restart does not repeat notifications. */
export class AlertStore {
  readonly #store: StateStore;
  readonly #channels: readonly Channel[];
  #records = new Map<string, AlertRecord>();
  #open = new Map<string, AlertRecord>();
  readonly #writes = new WriteCount();

  constructor(store: StateStore, channels: readonly Channel[]) {
    this.#store = store;
    this.#channels = channels;
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
  acknowledge({ id, ...alert }: Alert, channel: Channel): void {
    const record = this.#records.get(id);
    if (record) this.#write({ ...record, told: { ...record.told, [channel]: stateOf({ id, ...alert }) } });
  }

  /** Channels that have not acknowledged the current state. */
  pendingChannels({ alert, told }: AlertRecord): Channel[] {
    return this.#channels.filter((channel) => told[channel] !== stateOf(alert));
  }

  #write(record: AlertRecord): void {
    this.#writes.written();
    const { alert } = record;
    const settled = alert.resolvedAt !== undefined && this.pendingChannels(record).length === 0;
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
