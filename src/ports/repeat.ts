import type { Clock } from './clock.ts';

/**
 * Runs `work` again and again, so long after its last end. What it throws goes to whoever the timer belongs to, and does
 * not end the repetition. Returns what stops it.
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
