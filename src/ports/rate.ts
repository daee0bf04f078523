import type { Clock } from './clock.ts';

/** A token bucket: `burst` at once, `perSecond` on average. Costs nothing between two calls. */
export class TokenBucket {
  readonly #clock: Pick<Clock, 'now'>;
  readonly #perMs: number;
  readonly #burst: number;
  #tokens: number;
  #at: number;

  constructor(clock: Pick<Clock, 'now'>, perSecond: number, burst: number) {
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

/** A bucket for each key. Of more than `most` keys those that were used longest ago are forgotten, and begin full again. */
export class TokenBuckets {
  readonly #make: () => TokenBucket;
  readonly #burst: number;
  readonly #most: number;
  /** In the order of their last use. */
  readonly #all = new Map<string, TokenBucket>();

  constructor(clock: Pick<Clock, 'now'>, perSecond: number, burst: number, most: number) {
    this.#make = () => new TokenBucket(clock, perSecond, burst);
    this.#burst = burst;
    this.#most = most;
  }

  of(key: string): TokenBucket {
    const bucket = this.#all.get(key) ?? this.#make();
    this.#all.delete(key);
    this.#all.set(key, bucket);
    if (this.#all.size > this.#most) this.#all.delete(this.#all.keys().next().value as string);
    return bucket;
  }

  /** What is left to a key. To look is no use of it. */
  tokensOf(key: string): number {
    return this.#all.get(key)?.tokens ?? this.#burst;
  }
}
