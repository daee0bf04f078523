import type { Clock } from '../ports/clock.ts';

/** News of a new device are here by then (SPEC K2). */
const NEWS_MS = 2000;

export interface PlacesDeps {
  clock: Pick<Clock, 'now'>;
  maxDevices: number;
  instances(): number;
  devices: { get(id: string): unknown; readonly size: number };
}

/**
 * Whether one more device may be taken in. What the others take in at this moment is not heard of yet: each of them counts as if it took in
 * as many as we do. So MAX_DEVICES is never exceeded by more than one for each other instance (SPEC L9).
 */
export class Places {
  readonly #deps: PlacesDeps;
  /** Taken in here, and when, oldest first. */
  readonly #lately = new Map<string, number>();

  constructor(deps: PlacesDeps) {
    this.#deps = deps;
  }

  take(id: string): boolean {
    const { clock, devices, maxDevices } = this.#deps;
    const now = clock.now();
    for (const [one, at] of this.#lately) {
      if (now - at < NEWS_MS) break;
      this.#lately.delete(one);
    }
    if (this.#lately.has(id)) return true;
    const ours = this.#lately.size * this.#deps.instances();
    // Far from the bound it need not be known which of them are there already.
    const isFree = devices.size + ours < maxDevices || devices.size - this.#arrived + ours < maxDevices;
    if (isFree) this.#lately.set(id, now);
    return isFree;
  }

  get #arrived(): number {
    let arrived = 0;
    for (const id of this.#lately.keys()) if (this.#deps.devices.get(id) !== undefined) arrived++;
    return arrived;
  }
}
