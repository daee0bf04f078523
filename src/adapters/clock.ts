import type { Clock } from '../ports/clock.ts';

/**
 * Smaller differences are drift between the two readings, not steps of the clock. Ignoring them keeps timestamps of one
 * moment identical.
 */
const STEP_MS = 10;

/**
 * A computer without a battery-backed clock starts in 1970; timestamps before the process start must still be positive.
 */
const MIN_ORIGIN = Date.UTC(2026, 0, 1);

/** @param uptime, wall the computer's two clocks */
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

/** One iteration of the event loop reads everything that the sockets have received, except after a stall. */
const ITERATIONS = 1;
const ITERATIONS_AFTER_STALL = 4;
/** A timer this late was blocked: the process was suspended, or an iteration of the event loop took that long. */
const LATE_MS = 50;
/** After a delay this long, requests may have been sent only now, so their responses cannot have arrived. */
const STALL_MS = 500;

interface Timer {
  handle: NodeJS.Timeout | undefined;
  isCleared?: true;
}

/**
 * In each iteration of the event loop, timers run before sockets. After a stall, a timeout would fire although the
 * response has already arrived. So a due timer first lets the sockets be read. A timer that was blocked for long
 * restarts once, for the time it was blocked: in that time nothing was sent or received.
 */
function startTimer(fn: (...args: unknown[]) => void, ms: number): Timer {
  const timer: Timer = { handle: undefined };
  const read = (iterations: number) => {
    if (timer.isCleared) return;
    if (iterations === 0) fn();
    else setImmediate(read, iterations - 1);
  };
  const start = (wait: number, mayRestart: boolean) => {
    const due = performance.now() + wait;
    timer.handle = setTimeout(() => {
      const late = performance.now() - due;
      if (late >= STALL_MS && mayRestart) start(Math.min(late, ms), false);
      else read(late < LATE_MS ? ITERATIONS : ITERATIONS_AFTER_STALL);
    }, wait);
  };
  start(ms, true);
  return timer;
}

export const systemClock: Clock = {
  ...createClock(),
  setTimeout: startTimer,
  clearTimeout: (timer) => {
    if (timer === undefined) return;
    (timer as Timer).isCleared = true;
    clearTimeout((timer as Timer).handle);
  },
};
