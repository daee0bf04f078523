import type { Clock } from './clock.ts';

/** A token bucket: `burst` at once, `perSecond` on average. It needs no timer. */
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

  /** A cost above one token may leave a negative balance, which delays later calls. */
  take(cost = 1): boolean {
    if (this.tokens < 1) return false;
    this.#tokens -= cost;
    return true;
  }

  /** Takes tokens even if there are not enough. */
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

/**
 * A bucket for each key. Above `most` keys, the least recently used ones are dropped; a dropped key starts again with a
 * full bucket.
 */
export class TokenBuckets {
  readonly #make: () => TokenBucket;
  readonly #burst: number;
  readonly #most: number;
  /** In the order of last use. */
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

  /** The tokens left for a key. Does not count as a use. */
  tokensOf(key: string): number {
    return this.#all.get(key)?.tokens ?? this.#burst;
  }
}
