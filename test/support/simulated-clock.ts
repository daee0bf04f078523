import { setImmediate } from 'node:timers/promises';
import type { Clock } from '../../src/ports/clock.ts';

interface Timer {
  id: number;
  at: number;
  fn: () => void;
}

export interface SimulatedClock extends Clock {
  /** Fires what is due on the way, in order and at its own time; what that sets off runs in between. */
  advance(ms: number): Promise<void>;
  /** Somebody sets the wall clock, forward or back (negative). */
  step(ms: number): void;
  /** The same time for one process, whose timers end with it. */
  life(): { clock: Clock; end(): void };
}

export function simulatedClock(start = Date.UTC(2025, 0, 1)): SimulatedClock {
  const timers = new Map<number, Timer>();
  let now = start;
  let offset = 0;
  let lastId = 0;

  const clock: Clock = {
    now: () => now,
    wall: (at = now) => at + offset,
    setTimeout(fn, ms) {
      const id = ++lastId;
      timers.set(id, { id, at: now + Math.max(0, ms), fn });
      return id;
    },
    clearTimeout(id) {
      timers.delete(id as number);
    },
  };
  const nextUntil = (end: number): Timer | undefined => {
    let next: Timer | undefined;
    for (const timer of timers.values()) if (timer.at <= end && (!next || timer.at < next.at)) next = timer;
    return next;
  };

  return {
    ...clock,
    async advance(ms) {
      const end = now + ms;
      await setImmediate();
      for (let timer = nextUntil(end); timer; timer = nextUntil(end)) {
        timers.delete(timer.id);
        now = Math.max(now, timer.at);
        timer.fn();
        await setImmediate();
      }
      now = end;
      await setImmediate();
    },
    step(ms) {
      offset += ms;
    },
    life() {
      const own = new Set<unknown>();
      let over = false;
      return {
        clock: {
          now: clock.now,
          wall: clock.wall,
          setTimeout(fn, ms) {
            if (over) return undefined;
            const id = clock.setTimeout(() => {
              own.delete(id);
              fn();
            }, ms);
            own.add(id);
            return id;
          },
          clearTimeout(id) {
            own.delete(id);
            clock.clearTimeout(id);
          },
        },
        end() {
          over = true;
          for (const id of own) clock.clearTimeout(id);
          own.clear();
        },
      };
    },
  };
}
