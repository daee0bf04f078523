import type { Clock } from '../ports/clock.ts';
import type { Pace } from './pace.ts';

/**
 * The same clock, whose timers wait for what players have brought and what waits for its turn: after a stall the answers of
 * thousands are read at once, and taken in over many turns.
 */
export function timersAfter(pace: Pick<Pace, 'run'>, clock: Clock): Clock {
  return {
    now: () => clock.now(),
    wall: (at) => clock.wall(at),
    setTimeout(fn, ms) {
      const timer = { isCleared: false, id: undefined as unknown };
      timer.id = clock.setTimeout(() => {
        void pace.run(() => {
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
