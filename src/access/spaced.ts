import type { Clock } from '../ports/clock.ts';

/**
 * Runs one at a time, and waits `ms` after each run. All calls share the next run, so that each gets one which began
 * after it.
 */
export function spaced(clock: Clock, ms: number, run: () => Promise<void>): () => Promise<void> {
  let next: Promise<void> | undefined;
  let last: Promise<unknown> = Promise.resolve();
  return () => {
    next ??= last.then(() => {
      next = undefined;
      const running = run();
      last = running
        .catch(() => {})
        .then(() => new Promise<void>((resolve) => void clock.setTimeout(() => resolve(), ms)));
      return running;
    });
    return next;
  };
}
