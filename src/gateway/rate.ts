import type { Clock } from '../ports/clock.ts';

/** A token bucket: `burst` at once, `perSecond` on average. Costs nothing between two calls. */
export class TokenBucket {
  readonly #clock: Clock;
  readonly #perMs: number;
  readonly #burst: number;
  #tokens: number;
  #at: number;

  constructor(clock: Clock, perSecond: number, burst: number) {
    this.#clock = clock;
    this.#perMs = perSecond / 1000;
    this.#burst = burst;
    this.#tokens = burst;
    this.#at = clock.now();
  }

  /** What costs more than one token leaves a debt, which the next ones wait for. */
  take(cost = 1): boolean {
    if (this.tokens < 1) return false;
    this.#tokens -= cost;
    return true;
  }

  /** Takes it whether or not it is there. */
  spend(cost: number): void {
    this.#tokens = this.tokens - cost;
  }

  get tokens(): number {
    const now = this.#clock.now();
    this.#tokens = Math.min(this.#burst, this.#tokens + (now - this.#at) * this.#perMs);
    this.#at = now;
    return this.#tokens;
  }

  set(tokens: number): void {
    this.#tokens = tokens;
    this.#at = this.#clock.now();
  }
}
