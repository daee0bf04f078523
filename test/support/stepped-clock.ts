import { SimulatedClock } from 'xstate';

/** A clock that leaps over two chained waits stops at the first: it is moved in steps of this size. */
const STEP_MS = 50;

/** XState's simulated clock, moved in small steps, that also knows how many timers are set. */
export function steppedClock() {
  const clock = new SimulatedClock();
  const pending = new Set<unknown>();
  return {
    now: () => clock.now(),
    wall: (at = clock.now()) => at,
    setTimeout(fn: (...args: unknown[]) => void, ms: number): unknown {
      const id = clock.setTimeout(() => {
        pending.delete(id);
        fn();
      }, ms);
      pending.add(id);
      return id;
    },
    clearTimeout(id: unknown): void {
      pending.delete(id);
      clock.clearTimeout(id as number);
    },
    get timers(): number {
      return pending.size;
    },
    advance(ms: number): void {
      for (let left = ms; left > 0; left -= STEP_MS) clock.increment(Math.min(STEP_MS, left));
    },
    /** For long times in which little is to happen. */
    leap(ms: number): void {
      clock.increment(ms);
    },
  };
}
