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

/** A timer that fires so late was held up: the process was stopped, or one turn took that long. */
const LATE_MS = 500;
const MAX_READING_MS = 1000;

interface Timer {
  handle: NodeJS.Timeout;
}

/**
 * Timers come before sockets in a turn of the event loop. After a stall they would find that nobody answered, though the
 * answers lie in the sockets: so a timer that is late waits until these are read, for the longer the more there may be.
 */
function startTimer(fn: (...args: unknown[]) => void, ms: number): Timer {
  const due = performance.now() + ms;
  const timer: Timer = {
    handle: setTimeout(() => {
      const late = performance.now() - due;
      if (late < LATE_MS) fn();
      else timer.handle = setTimeout(fn, Math.min(MAX_READING_MS, late / 10));
    }, ms),
  };
  return timer;
}

export const systemClock: Clock = {
  ...createClock(),
  setTimeout: startTimer,
  clearTimeout: (timer) => clearTimeout((timer as Timer | undefined)?.handle),
};
