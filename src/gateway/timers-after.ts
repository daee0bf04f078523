import type { Clock } from '../ports/clock.ts';
import type { WorkQueue } from './work-queue.ts';

/**
 * The same clock, but its timers fire only after the work already in the queue. After a stall, the answers of thousands
 * of players are read at once and processed over many turns of the event loop, and timeouts must not fire before them.
 */
export function timersAfter(queue: Pick<WorkQueue, 'run'>, clock: Clock): Clock {
  return {
    now: () => clock.now(),
    wall: (at) => clock.wall(at),
    setTimeout(fn, ms) {
      const timer = { isCleared: false, id: undefined as unknown };
      timer.id = clock.setTimeout(() => {
        void queue.run(() => {
          if (!timer.isCleared) fn();
        });
      }, ms);
      return timer;
    },
    clearTimeout(it) {
      const timer = it as { isCleared: boolean; id: unknown } | undefined;
      if (!timer) return;
      timer.isCleared = true;
      clock.clearTimeout(timer.id);
    },
  };
}
