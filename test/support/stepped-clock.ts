import { SimulatedClock } from 'xstate';

/** XState's clock stops at the first of two chained delays, so it advances in steps of this size. */
const STEP_MS = 50;

/** XState's simulated clock, advanced in small steps, with a count of its timers. */
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
    /** For long times in which few timers are due. */
    jump(ms: number): void {
      clock.increment(ms);
    },
  };
}
