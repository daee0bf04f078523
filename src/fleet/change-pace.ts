import type { Clock } from '../ports/clock.ts';
import { TokenBucket } from '../ports/rate.ts';

/** Document changes allowed per device: a burst, and then one per interval. */
const BURST = 40;
const EVERY_MS = 1000;

/**
 * Limits how often a player's messages change its document (SPEC A9), because each change is a message to all admins
 * and a row on disk. Earlier changes are merged into the next one.
 */
export class ChangePace {
  readonly #clock: Clock;
  readonly #bucket: TokenBucket;
  #timer: unknown;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#bucket = new TokenBucket(clock, 1000 / EVERY_MS, BURST);
  }

  /** Whether a change is allowed now. If not, `later` is called once it is. */
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

  /** Charges one change. Urgent changes beyond the limit leave no debt. */
  spend(): void {
    this.#bucket.set(Math.max(0, this.#bucket.tokens - 1));
  }

  stop(): void {
    this.#clock.clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
