import type { Clock } from '../ports/clock.ts';
import { TokenBucket } from '../ports/rate.ts';

/** What one device may change by itself: so many at once, then one in so long. */
const BURST = 40;
const EVERY_MS = 1000;

/**
 * Bounds how often what a player does becomes a change of its document (SPEC A9): each is a message to all admins and a
 * row on the disk. What comes sooner goes with the next one.
 */
export class ChangePace {
  readonly #clock: Clock;
  readonly #bucket: TokenBucket;
  #timer: unknown;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#bucket = new TokenBucket(clock, 1000 / EVERY_MS, BURST);
  }

  /** May there be one now? If not, `later` is called once there may. */
  allows(later: () => void): boolean {
    const { tokens } = this.#bucket;
    if (tokens >= 1) return true;
    this.#timer ??= this.#clock.setTimeout(
      () => {
        this.#timer = undefined;
        later();
      },
      Math.ceil((1 - tokens) * EVERY_MS),
    );
    return false;
  }

  /** There was one. What is told at once all the same leaves no debt. */
  spend(): void {
    this.#bucket.set(Math.max(0, this.#bucket.tokens - 1));
  }

  stop(): void {
    this.#clock.clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
