import { randomBytes } from 'node:crypto';
import type { Clock } from '../ports/clock.ts';
import { checkWritable, durable } from '../ports/durable.ts';
import { PendingChanges } from '../ports/pending-changes.ts';
import type { StateStore } from '../ports/state-store.ts';
import { WriteCount } from '../ports/write-count.ts';
import { type ActFacts, type ActRecord, type AlertAct, type Mute, muteKeyOf } from '../protocol/alert-acts.ts';
import type { Alert } from '../protocol/alerts.ts';

/** A stored record. */
export interface StoredAct {
  alertId: string;
  act: ActRecord;
}

/**
 * What people do about alerts. Acts are only added, never changed, so those of two instances do not overwrite each
 * other.
 */
export class AlertWork {
  readonly #store: StateStore;
  readonly #clock: Clock;
  /** By alert id, oldest first. Those of settled alerts may be missing. */
  #acts = new Map<string, readonly ActRecord[]>();
  #mutes = new Map<string, Mute>();
  readonly #muteChanges = new PendingChanges<Mute | undefined>();
  readonly #writes = new WriteCount();
  #lastId = 0;

  constructor(store: StateStore, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  /** Loads what is stored: other instances may have changed it. */
  async load(): Promise<void> {
    const store = this.#store;
    const { acts, mutes } = await this.#writes.read(store, async () => ({
      acts: await store.load<StoredAct>('alert-acts'),
      mutes: await store.load<Mute>('alert-mutes'),
    }));
    this.#mutes = mutes;
    this.#acts = new Map();
    for (const { alertId, act } of [...acts.values()].sort((a, b) => (a.act.id < b.act.id ? -1 : 1))) {
      this.#keep(alertId, act);
    }
  }

  /** Oldest first. */
  acts(alertId: string): readonly ActRecord[] {
    return this.#acts.get(alertId) ?? [];
  }

  muteOf(alert: Pick<Alert, 'alert' | 'about'>): Mute | undefined {
    const mute = this.#mutes.get(muteKeyOf(alert));
    return mute && this.#isOn(mute) ? mute : undefined;
  }

  /**
   * Resolves once the act is durable.
   * @throws VigiaError `unavailable`; the act does not exist then
   */
  async add(alert: Alert, act: AlertAct, { comment, to, forMs }: ActFacts, by: string): Promise<void> {
    checkWritable(this.#store);
    const at = this.#clock.wall();
    const until = forMs === undefined ? undefined : new Date(at + forMs).toISOString();
    const record: ActRecord = {
      id: this.#newId(at),
      act,
      at: new Date(at).toISOString(),
      by,
      ...(comment !== undefined && { comment }),
      ...(to !== undefined && { to }),
      ...(until !== undefined && { until }),
    };
    this.#writes.written();
    this.#keep(alert.id, record);
    this.#store.put('alert-acts', record.id, { alertId: alert.id, act: record } satisfies StoredAct);
    const key = muteKeyOf(alert);
    const was = this.#mutes.get(key);
    const isMute = act === 'mute' && until !== undefined;
    if (isMute || act === 'unmute') this.#mute(key, isMute ? { until, by } : undefined);
    const stored = durable(this.#store);
    try {
      if (isMute || act === 'unmute') {
        const change = { was, is: this.#mutes.get(key), stored };
        await this.#muteChanges.settle(key, change, (mute) => this.#setMute(key, mute));
      } else await stored;
    } catch (error) {
      this.#drop(alert.id, record);
      throw error;
    }
  }

  /** Drops the acts of alerts that are not kept in memory any more. */
  forget(isKept: (alertId: string) => boolean): void {
    for (const id of this.#acts.keys()) if (!isKept(id)) this.#acts.delete(id);
  }

  /** Two acts within a millisecond keep their order. */
  #newId(at: number): string {
    this.#lastId = Math.max(0, at, this.#lastId + 1);
    return this.#lastId.toString(36).padStart(9, '0') + randomBytes(5).toString('hex');
  }

  #keep(alertId: string, act: ActRecord): void {
    this.#acts.set(alertId, [...this.acts(alertId), act]);
  }

  #drop(alertId: string, act: ActRecord): void {
    this.#writes.written();
    this.#acts.set(
      alertId,
      this.acts(alertId).filter((it) => it !== act),
    );
    this.#store.put('alert-acts', act.id, undefined);
  }

  #mute(key: string, mute: Mute | undefined): void {
    for (const [other, it] of this.#mutes) if (other !== key && !this.#isOn(it)) this.#setMute(other, undefined);
    this.#setMute(key, mute);
  }

  #setMute(key: string, mute: Mute | undefined): void {
    if (mute) this.#mutes.set(key, mute);
    else this.#mutes.delete(key);
    this.#store.put('alert-mutes', key, mute);
  }

  #isOn({ until }: Mute): boolean {
    return this.#clock.wall() < Date.parse(until);
  }
}
