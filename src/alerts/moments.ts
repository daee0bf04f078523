import { type Clock, momentOf } from '../ports/clock.ts';

/** Above this the cache is cleared. */
const MAX = 100_000;

/**
 * Converts timestamps of documents to `now()` time once and caches the result, because the wall clock may be set later.
 */
export class Moments {
  readonly #clock: Pick<Clock, 'now' | 'wall'>;
  readonly #known = new Map<string, { stamp: string; at: number }>();

  constructor(clock: Pick<Clock, 'now' | 'wall'>) {
    this.#clock = clock;
  }

  of(deviceId: string, stamp: string): number {
    const known = this.#known.get(deviceId);
    if (known?.stamp === stamp) return known.at;
    if (this.#known.size >= MAX) this.#known.clear();
    const at = momentOf(this.#clock, stamp);
    this.#known.set(deviceId, { stamp, at });
    return at;
  }
}
