/** Work for this long, then others come in between: timers, probes, the admins' stream. */
const SLICE_MS = 10;
/** More is not held back: it is then for the sockets, and so for whoever sends, to wait. */
const MOST_WAITING = 20_000;

/**
 * Takes what the players bring in slices, a slice for each turn of the event loop, in the order in which it came. All
 * come back at once after an outage, and the sockets of ten thousand would be served in one turn of seconds.
 */
export class Pace {
  readonly #waiting = new Set<() => void>();
  #sliceEnds = 0;
  #isTurnAwaited = false;

  /** Does it now, or in a later turn after all that waits already; what it throws then rejects. */
  run<T>(work: () => T): T | Promise<Awaited<T>> {
    if (this.#waiting.size === 0 && this.#hasTime()) return work();
    const done = new Promise<Awaited<T>>((resolve, reject) => {
      this.#waiting.add(() => {
        try {
          resolve(work() as Awaited<T>);
        } catch (error) {
          reject(error);
        }
      });
    });
    if (this.#waiting.size > MOST_WAITING) this.#next();
    return done;
  }

  /** Whether a turn has passed is asked once a slice, not at each message: in quiet times it costs nothing. */
  #hasTime(): boolean {
    const now = performance.now();
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
      this.#sliceEnds = performance.now() + SLICE_MS;
      do this.#next();
      while (this.#waiting.size > 0 && performance.now() < this.#sliceEnds);
      if (this.#waiting.size > 0) this.#awaitTurn();
    });
  }

  #next(): void {
    const [work] = this.#waiting;
    if (!work) return;
    this.#waiting.delete(work);
    work();
  }
}
