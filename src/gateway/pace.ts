import type { Clock } from '../ports/clock.ts';

/** Work for this long, then others come in between: timers, probes, the admins' stream. */
const SLICE_MS = 10;
/** More is not held back: it is then for the sockets, and so for whoever sends, to wait. */
const MOST_WAITING = 20_000;

/**
 * Takes what the players bring in slices, a slice for each turn of the event loop, in the order in which it came. All
 * come back at once after an outage, and the sockets of ten thousand would be served in one turn of seconds.
 */
export class Pace {
  /** In the order in which it came; so many at its beginning are done. (A set, or shifting, would take longer the more wait.) */
  #waiting: ((() => void) | undefined)[] = [];
  #done = 0;
  #sliceEnds = 0;
  #isTurnAwaited = false;
  readonly #clock: Pick<Clock, 'now'>;

  constructor(clock: Pick<Clock, 'now'>) {
    this.#clock = clock;
  }

  /**
   * Does it now, or in a later turn after all that waits already; what it throws then rejects.
   * @param most so much may wait already; where more does, what waits longest is done at once
   */
  run<T>(work: () => T, most = MOST_WAITING): T | Promise<Awaited<T>> {
    if (this.#count === 0 && this.#hasTime()) return work();
    const done = new Promise<Awaited<T>>((resolve, reject) => {
      this.#waiting.push(() => {
        try {
          resolve(work() as Awaited<T>);
        } catch (error) {
          reject(error);
        }
      });
    });
    if (this.#count > most) this.#next();
    return done;
  }

  /** So much waits. */
  get waiting(): number {
    return this.#count;
  }

  /** Whether a turn has passed is asked once a slice, not at each message: in quiet times it costs nothing. */
  #hasTime(): boolean {
    const now = this.#clock.now();
    if (now < this.#sliceEnds) return true;
    if (this.#isTurnAwaited) return false;
    this.#awaitTurn();
    this.#sliceEnds = now + SLICE_MS;
    return true;
  }

  #awaitTurn(): void {
    this.#isTurnAwaited = true;
    setImmediate(() => {
      this.#isTurnAwaited = false;
      this.#sliceEnds = this.#clock.now() + SLICE_MS;
      do this.#next();
      while (this.#count > 0 && this.#clock.now() < this.#sliceEnds);
      if (this.#count > 0) this.#awaitTurn();
    });
  }

  get #count(): number {
    return this.#waiting.length - this.#done;
  }

  #next(): void {
    if (this.#count === 0) return;
    const work = this.#waiting[this.#done];
    this.#waiting[this.#done++] = undefined;
    if (this.#count === 0 || this.#done > MOST_WAITING) {
      this.#waiting = this.#waiting.slice(this.#done);
      this.#done = 0;
    }
    work?.();
  }
}
