import type { Clock } from '../ports/clock.ts';

export interface Polled {
  /** Called when due. Returns the next time (`clock.now()` ms). Undefined: never. */
  poll(now: number): number | undefined;
}

const MAX_SLOT_MS = 100;

/** The longest supported timer; longer ones fire at once. An early timer finds nothing due and waits again. */
const MAX_WAIT_MS = 2 ** 31 - 1;

/**
 * Wakes each device when its next poll is due. Devices due within the same slot are woken together: with one timer per
 * device, the process would wake for each, and each poll would be a network write of its own.
 */
export class Poller {
  readonly #clock: Clock;
  readonly #slotMs: number;
  /** By slot number. */
  readonly #slots = new Map<number, Set<Polled>>();
  readonly #slotOf = new Map<Polled, number>();
  #timer: unknown;
  #armedFor = Number.POSITIVE_INFINITY;

  /** @param intervalMs the shortest polling interval. A slot is a small part of it */
  constructor(clock: Clock, intervalMs: number) {
    this.#clock = clock;
    this.#slotMs = Math.max(1, Math.min(MAX_SLOT_MS, Math.floor(intervalMs / 10)));
  }

  set(device: Polled, at: number): void {
    const slot = Math.ceil(at / this.#slotMs);
    const before = this.#slotOf.get(device);
    if (before === slot) return;
    if (before !== undefined) this.#leave(device, before);
    const devices = this.#slots.get(slot);
    if (devices) devices.add(device);
    else this.#slots.set(slot, new Set([device]));
    this.#slotOf.set(device, slot);
    if (slot < this.#armedFor) this.#arm(slot);
  }

  delete(device: Polled): void {
    const slot = this.#slotOf.get(device);
    if (slot === undefined) return;
    this.#leave(device, slot);
    this.#slotOf.delete(device);
  }

  stop(): void {
    this.#clock.clearTimeout(this.#timer);
    this.#slots.clear();
    this.#slotOf.clear();
  }

  #leave(device: Polled, slot: number): void {
    const devices = this.#slots.get(slot);
    devices?.delete(device);
    if (devices?.size === 0) this.#slots.delete(slot);
  }

  #arm(slot: number): void {
    this.#clock.clearTimeout(this.#timer);
    this.#armedFor = slot;
    const wait = Math.max(0, slot * this.#slotMs - this.#clock.now());
    this.#timer = this.#clock.setTimeout(() => this.#run(), Math.min(wait, MAX_WAIT_MS));
  }

  #run(): void {
    const now = this.#clock.now();
    const due = Math.floor(now / this.#slotMs);
    this.#armedFor = Number.POSITIVE_INFINITY;
    const faults: unknown[] = [];
    for (const slot of [...this.#slots.keys()].filter((it) => it <= due)) {
      const devices = this.#slots.get(slot) ?? [];
      this.#slots.delete(slot);
      for (const device of devices) {
        let next: number | undefined;
        try {
          next = device.poll(now);
        } catch (error) {
          // Poll the other devices all the same.
          faults.push(error);
        }
        // Never in a past slot, which would loop for ever.
        if (next !== undefined) this.set(device, Math.max(next, (due + 1) * this.#slotMs));
        // Deleted only now, because deleting and adding a key again makes the map grow until it is rebuilt.
        else if (this.#slotOf.get(device) === slot) this.#slotOf.delete(device);
      }
    }
    const next = Math.min(...this.#slots.keys());
    if (next < this.#armedFor) this.#arm(next);
    if (faults.length > 0) throw faults[0];
  }
}
