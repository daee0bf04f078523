import type { Clock } from '../ports/clock.ts';
import { TokenBuckets } from '../ports/rate.ts';
import type { StateStore } from '../ports/state-store.ts';
import { type DeviceRecord, VERSION_GAP } from './device-context.ts';

/**
 * Changes of a device's situation are recorded at once. States may wait, because players report them again after a
 * restart.
 */
const RECORD_STATES_MS = 15_000;
/** A record is as large as the state, so a device that changes its situation all the time is not recorded each time. */
const RECORDS_AT_ONCE = 40;

/** Decides which devices are recorded, and when. */
export class Records {
  readonly #store: StateStore;
  readonly #clock: Clock;
  readonly #recordOf: (id: string) => DeviceRecord | undefined;
  readonly #budgets: TokenBuckets;
  /** Unrecorded changes: when they are due, and the first version that is not recorded. */
  readonly #waiting = new Map<string, { due: number; version: number }>();

  constructor(store: StateStore, clock: Clock, maxDevices: number, recordOf: (id: string) => DeviceRecord | undefined) {
    this.#store = store;
    this.#clock = clock;
    this.#recordOf = recordOf;
    this.#budgets = new TokenBuckets(clock, 1000 / RECORD_STATES_MS, RECORDS_AT_ONCE, maxDevices);
  }

  changed(id: string, version: number, isStateOnly: boolean): void {
    const withinMs = isStateOnly || !this.#budgets.of(id).take() ? RECORD_STATES_MS : 0;
    const known = this.#waiting.get(id) ?? { due: Number.POSITIVE_INFINITY, version };
    known.due = Math.min(known.due, this.#clock.now() + withinMs);
    // However fast a device changes, no published version may lie beyond the gap that a restart leaves.
    if (withinMs > 0 && version - known.version <= VERSION_GAP / 2) this.#waiting.set(id, known);
    else this.write(id);
  }

  writeDue(until: number): void {
    // `forEach` instead of iterating over entries: many times a second, the entries of a whole fleet are much garbage.
    this.#waiting.forEach(({ due }, id) => {
      if (due <= until) this.write(id);
    });
  }

  write(id: string): void {
    this.#waiting.delete(id);
    this.#store.put('devices', id, this.#recordOf(id));
  }

  /** Another instance records the device from now on. */
  forget(id: string): void {
    this.#waiting.delete(id);
  }
}
