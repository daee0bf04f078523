import type { Clock } from '../ports/clock.ts';

/** What one device may change by itself: so many at once, then one in so long. */
const BURST = 40;
const EVERY_MS = 1000;

/**
 * Bounds how often what a player does becomes a change of its document (SPEC A9): each is a message to all admins and a
 * row on the disk. What comes sooner goes with the next one.
 */
export class ChangePace {
  readonly #clock: Clock;
  #tokens = BURST;
  #at: number;
  #timer: unknown;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#at = clock.now();
  }

  /** May there be one now? If not, `later` is called once there may. */
  allows(later: () => void): boolean {
    const now = this.#clock.now();
    this.#tokens = Math.min(BURST, this.#tokens + (now - this.#at) / EVERY_MS);
    this.#at = now;
    if (this.#tokens >= 1) return true;
    this.#timer ??= this.#clock.setTimeout(
      () => {
        this.#timer = undefined;
        later();
      },
      Math.ceil((1 - this.#tokens) * EVERY_MS),
    );
    return false;
  }

  /** There was one. */
  spend(): void {
    this.#tokens = Math.max(0, this.#tokens - 1);
  }

  stop(): void {
    this.#clock.clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
