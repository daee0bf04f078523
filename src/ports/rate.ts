import type { Clock } from './clock.ts';

/**
 * A token bucket: `burst` at once, `perSecond` on average. It needs no timer. There are several for each device, so only
 * one number changes: when it will be full.
 */
export class TokenBucket {
  readonly #clock: Pick<Clock, 'now'>;
  readonly #msPerToken: number;
  readonly #burst: number;
  #fullAt: number;

  constructor(clock: Pick<Clock, 'now'>, perSecond: number, burst: number) {
    this.#clock = clock;
    this.#msPerToken = 1000 / perSecond;
    this.#burst = burst;
    this.#fullAt = clock.now();
  }

  /** A cost above one token may leave a negative balance, which delays later calls. */
  take(cost = 1): boolean {
    if (this.tokens < 1) return false;
    this.spend(cost);
    return true;
  }

  /** Takes tokens even if there are not enough. */
  spend(cost: number): void {
    this.#fullAt = Math.max(this.#fullAt, this.#clock.now()) + cost * this.#msPerToken;
  }

  get tokens(): number {
    return this.#burst - Math.max(0, this.#fullAt - this.#clock.now()) / this.#msPerToken;
  }

  set(tokens: number): void {
    this.#fullAt = this.#clock.now() + (this.#burst - tokens) * this.#msPerToken;
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
