import type { Clock } from './clock.ts';

/**
 * Runs `work` repeatedly, waiting `ms` after each run. An exception propagates to the timer's owner and does not stop
 * the repetition. Returns a function that stops it.
 */
export function repeat(clock: Pick<Clock, 'setTimeout' | 'clearTimeout'>, ms: number, work: () => void): () => void {
  let timer: unknown;
  let isStopped = false;
  const arm = () => {
    timer = clock.setTimeout(() => {
      try {
        work();
      } finally {
        if (!isStopped) arm();
      }
    }, ms);
  };
  arm();
  return () => {
    isStopped = true;
    clock.clearTimeout(timer);
  };
}
