import type { Clock } from '../ports/clock.ts';

const WINDOW_MS = 60_000;
const FREE_FAILURES = 5;
const FIRST_DELAY_MS = 250;
const MAX_DELAY_MS = 5_000;
const MAX_ADDRESSES = 10_000;

export interface FailureThrottle {
  /** Notes a failed sign-in; returns how long to hold its refusal back, in milliseconds. */
  failed(address: string): number;
}

/**
 * Slows guessing down. Only refusals wait: many good players may stand behind the same address as one bad one,
 * so nobody who shows a valid token ever pays for it. An address is forgotten after a minute without a failure.
 */
export function createFailureThrottle(clock: Clock): FailureThrottle {
  /** In the order of the last failure, oldest first. */
  const addresses = new Map<string, { failures: number; lastAt: number }>();

  return {
    failed(address) {
      const now = clock.now();
      const known = addresses.get(address);
      const failures = known && now - known.lastAt < WINDOW_MS ? known.failures + 1 : 1;
      addresses.delete(address);
      addresses.set(address, { failures, lastAt: now });
      if (addresses.size > MAX_ADDRESSES) {
        for (const oldest of addresses.keys()) {
          addresses.delete(oldest);
          break;
        }
      }
      if (failures <= FREE_FAILURES) return 0;
      return Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** (failures - FREE_FAILURES - 1));
    },
  };
}
