import type { Clock } from '../ports/clock.ts';
import { TokenBuckets } from '../ports/rate.ts';

/** REST requests per token: per second, and as a burst. The same limits as on a socket (SPEC L7). */
const PER_SECOND = 200;
const BURST = 2000;
const MAX_TOKENS = 10_000;

/** Whether this token may send one more request. */
export function createRequestRate(clock: Pick<Clock, 'now'>): (tokenId: string) => boolean {
  const buckets = new TokenBuckets(clock, PER_SECOND, BURST, MAX_TOKENS);
  return (tokenId) => buckets.of(tokenId).take();
}
