import { addressBlock } from '../ports/address.ts';
import type { Clock } from '../ports/clock.ts';
import { TokenBuckets } from '../ports/rate.ts';
import { VigiaError } from '../protocol/errors.ts';
import { hash, isGenerated } from './tokens.ts';

/** Wrong tokens allowed from one address block: a burst, and a rate per second. */
const BURST = 20;
const PER_SECOND = 0.5;
const MAX_BLOCKS = 10_000;
const MAX_KNOWN = 20_000;

/**
 * Limits how many wrong tokens an address block (IPv6: a /64) may try. Beyond the limit every token is refused with the
 * temporary `rate_limited`, so an attacker learns nothing. Legitimate clients behind the same address are not affected:
 * tokens that were correct from there before and generated tokens, which cannot be guessed, are always checked.
 */
export class GuessLimit {
  readonly #blocks: TokenBuckets;
  /** Address block and hash of tokens that were correct. */
  readonly #known = new Set<string>();

  constructor(clock: Clock) {
    this.#blocks = new TokenBuckets(clock, PER_SECOND, BURST, MAX_BLOCKS);
  }

  /** @throws VigiaError `rate_limited`; errors of `check` */
  attempt<T>(address: string, token: string, check: () => T): T {
    const block = addressBlock(address);
    const cannotBeGuessed = isGenerated(token);
    const key = keyOf(block, token);
    if (!cannotBeGuessed && !this.#known.has(key) && this.#isSpent(block))
      throw new VigiaError('rate_limited', TOO_MANY);
    try {
      const checked = check();
      if (!cannotBeGuessed) remember(this.#known, key, MAX_KNOWN);
      return checked;
    } catch (error) {
      if (this.#isSpent(block)) throw new VigiaError('rate_limited', TOO_MANY);
      this.#blocks.of(block).spend(1);
      throw error;
    }
  }

  /** Records that the token was correct from this address. */
  remember(address: string, token: string): void {
    if (!isGenerated(token)) remember(this.#known, keyOf(addressBlock(address), token), MAX_KNOWN);
  }

  #isSpent(block: string): boolean {
    return this.#blocks.tokensOf(block) < 1;
  }
}

const keyOf = (block: string, token: string) => `${block} ${hash(token)}`;

const TOO_MANY = 'Too many wrong tokens came from this address; try again later.';

function remember(set: Set<string>, key: string, most: number): void {
  set.delete(key);
  set.add(key);
  if (set.size > most) set.delete(set.values().next().value as string);
}
