import { type Clock, momentOf } from '../ports/clock.ts';

/** More are not remembered: then all are read anew. */
const MAX = 100_000;

/** When something in a document happened, as its stamp was understood when it was first seen: the wall clock may be set later. */
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
