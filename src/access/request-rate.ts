import type { Clock } from '../ports/clock.ts';
import { TokenBuckets } from '../ports/rate.ts';

/** Requests by REST with one token: a second, and at once. As on a socket (SPEC L7). */
const PER_SECOND = 200;
const BURST = 2000;
const MAX_TOKENS = 10_000;

/** May this token ask once more? */
export function createRequestRate(clock: Pick<Clock, 'now'>): (tokenId: string) => boolean {
  const buckets = new TokenBuckets(clock, PER_SECOND, BURST, MAX_TOKENS);
  return (tokenId) => buckets.of(tokenId).take();
}
