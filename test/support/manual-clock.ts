import type { Clock } from '../../src/ports/clock.ts';

/** A clock that only `advance` moves, for code that reads the time but sets no timers. */
export function manualClock(start = Date.UTC(2025, 0, 1)): Clock & { advance(ms: number): void } {
  let now = start;
  return {
    now: () => now,
    wall: (at = now) => at,
    setTimeout: () => {
      throw new Error('This clock has no timers.');
    },
    clearTimeout: () => {},
    advance(ms) {
      now += ms;
    },
  };
}
