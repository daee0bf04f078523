import type { Clock } from '../ports/clock.ts';

/** Requests by REST with one token: a second, and at once. As on a socket (SPEC L7). */
const PER_SECOND = 200;
const BURST = 2000;

/** May this token ask once more? Bounded by the number of tokens. */
export function createRequestRate(clock: Pick<Clock, 'now'>): (tokenId: string) => boolean {
  /** When a token has its whole burst again. */
  const fullAt = new Map<string, number>();
  const stepMs = 1000 / PER_SECOND;
  return (tokenId) => {
    const now = clock.now();
    const next = Math.max(fullAt.get(tokenId) ?? 0, now) + stepMs;
    if (next - now > BURST * stepMs) return false;
    fullAt.set(tokenId, next);
    return true;
  };
}
