import type { Clock } from '../ports/clock.ts';
import { TokenBuckets } from '../ports/rate.ts';
import type { StateStore } from '../ports/state-store.ts';
import { type DeviceRecord, VERSION_LEAP } from './surroundings.ts';

/** Changes of situation are recorded at once. States may wait: players that return tell them anew. */
const RECORD_STATES_MS = 15_000;
/** A record is as large as its state: one that changes its situation again and again is not rewritten each time. */
const RECORDS_AT_ONCE = 40;

/** What is recorded of the devices, and when. */
export class Records {
  readonly #store: StateStore;
  readonly #clock: Clock;
  readonly #recordOf: (id: string) => DeviceRecord | undefined;
  readonly #budgets: TokenBuckets;
  /** What changed since it was recorded: when it is to be, and the first version that is not. */
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
    // However fast a device changes, no version is told that a restart would not leap over.
    if (withinMs > 0 && version - known.version <= VERSION_LEAP / 2) this.#waiting.set(id, known);
    else this.write(id);
  }

  writeDue(until: number): void {
    // Not by entries: a fleet of them, many times a second, is much garbage.
    this.#waiting.forEach(({ due }, id) => {
      if (due <= until) this.write(id);
    });
  }

  write(id: string): void {
    this.#waiting.delete(id);
    this.#store.put('devices', id, this.#recordOf(id));
  }

  /** It is not ours to record any more. */
  forget(id: string): void {
    this.#waiting.delete(id);
  }
}
