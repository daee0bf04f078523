import type { Clock } from '../ports/clock.ts';

/** After this long timers, probes and the admins' stream get a turn. */
const SLICE_MS = 10;
/** If more waits, the oldest work is done at once: reading from the sockets, and so the senders, then have to wait. */
const MAX_WAITING = 20_000;

/**
 * Does the work that players bring in time slices, one slice in each turn of the event loop, first in, first out. After an
 * outage all players return at once, and to serve ten thousand sockets in one turn would take seconds.
 */
export class WorkQueue {
  /** The first `#done` items are done. (A set, or `shift()`, would take longer the more items wait.) */
  #items: ((() => void) | undefined)[] = [];
  #done = 0;
  #sliceEnds = 0;
  #isSliceScheduled = false;
  readonly #clock: Pick<Clock, 'now'>;

  constructor(clock: Pick<Clock, 'now'>) {
    this.#clock = clock;
  }

  /**
   * Does the work now, or in a later turn after everything that waits already. Rejects with what the work throws then.
   * @param max if more items wait, the oldest one is done at once
   */
  run<T>(work: () => T, max = MAX_WAITING): T | Promise<Awaited<T>> {
    if (this.size === 0 && this.#hasTime()) return work();
    const done = new Promise<Awaited<T>>((resolve, reject) => {
      this.#items.push(() => {
        try {
          resolve(work() as Awaited<T>);
        } catch (error) {
          reject(error);
        }
      });
    });
    if (this.size > max) this.#next();
    return done;
  }

  /** Items that wait. */
  get size(): number {
    return this.#items.length - this.#done;
  }

  /** The next turn is scheduled once a slice, not at each message: on a quiet server this costs nothing. */
  #hasTime(): boolean {
    const now = this.#clock.now();
    if (now < this.#sliceEnds) return true;
    if (this.#isSliceScheduled) return false;
    this.#scheduleSlice();
    this.#sliceEnds = now + SLICE_MS;
    return true;
  }

  #scheduleSlice(): void {
    this.#isSliceScheduled = true;
    setImmediate(() => {
      this.#isSliceScheduled = false;
      this.#sliceEnds = this.#clock.now() + SLICE_MS;
      do this.#next();
      while (this.size > 0 && this.#clock.now() < this.#sliceEnds);
      if (this.size > 0) this.#scheduleSlice();
    });
  }

  #next(): void {
    if (this.size === 0) return;
    const work = this.#items[this.#done];
    this.#items[this.#done++] = undefined;
    if (this.size === 0 || this.#done > MAX_WAITING) {
      this.#items = this.#items.slice(this.#done);
      this.#done = 0;
    }
    work?.();
  }
}
