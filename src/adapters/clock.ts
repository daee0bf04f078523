import type { Clock } from '../ports/clock.ts';

/** Less is drift between the two readings, and no step: stamps of one moment are to be the same. */
const STEP_MS = 10;

/** A machine without a battery begins in 1970: moments before its start are to be positive all the same. */
const MIN_ORIGIN = Date.UTC(2026, 0, 1);

/** @param uptime, wall the two clocks of the machine */
export function createClock(uptime = () => performance.now(), wall = () => Date.now()): Pick<Clock, 'now' | 'wall'> {
  const origin = Math.max(MIN_ORIGIN, wall() - uptime());
  let offset = 0;
  const now = () => Math.floor(origin + uptime());
  return {
    now,
    wall(at) {
      const present = now();
      const found = wall() - present;
      if (Math.abs(found - offset) > STEP_MS) offset = found;
      return (at ?? present) + offset;
    },
  };
}

export const systemClock: Clock = {
  ...createClock(),
  setTimeout: (fn, ms) => setTimeout(fn, ms),
  clearTimeout: (id) => clearTimeout(id as NodeJS.Timeout),
};
