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

/** A turn of the event loop reads what every socket holds, and so much of it that only after a stall there may be more. */
const TURNS = 1;
const TURNS_AFTER_STALL = 4;
/** A timer that fires so late was held up: the process was stopped, or one turn took that long. */
const LATE_MS = 50;
/** And by so much that whoever was to answer may have been asked only now. */
const STALL_MS = 500;

interface Timer {
  handle: NodeJS.Timeout | undefined;
  isCleared?: true;
}

/**
 * Timers come before sockets in a turn of the event loop: after a stall they would find that nobody answered, though the
 * answers lie in the sockets. So a timer that is due first lets these be read. One that was held up for long waits anew,
 * once, for as long as it was held up: in that time nobody was asked, or heard.
 */
function startTimer(fn: (...args: unknown[]) => void, ms: number): Timer {
  const timer: Timer = { handle: undefined };
  const read = (turns: number) => {
    if (timer.isCleared) return;
    if (turns === 0) fn();
    else setImmediate(read, turns - 1);
  };
  const start = (wait: number, mayWaitAnew: boolean) => {
    const due = performance.now() + wait;
    timer.handle = setTimeout(() => {
      const late = performance.now() - due;
      if (late >= STALL_MS && mayWaitAnew) start(Math.min(late, ms), false);
      else read(late < LATE_MS ? TURNS : TURNS_AFTER_STALL);
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
