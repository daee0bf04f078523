import { systemClock } from '../clock.ts';

/** Resolves with what the work gives, once it had its turn. */
export type Pace = <T>(work: () => T, goesOn?: boolean) => Promise<T>;

/**
 * Does pieces of work, of all who ask together, for no more than about so long in one turn of the event loop: what is left
 * has its turn later. What goes on comes after what begins, for somebody may wait for that.
 */
export function createPace(msATurn: number): Pace {
  const waiting: (() => void)[] = [];
  /** Until when there is time in this turn; undefined: nothing was done in it so far. */
  let until: number | undefined;
  let isNextTurnAwaited = false;

  function work(): void {
    until ??= systemClock.now() + msATurn;
    while (waiting.length > 0 && systemClock.now() < until) waiting.shift()?.();
    if (isNextTurnAwaited) return;
    isNextTurnAwaited = true;
    setImmediate(() => {
      isNextTurnAwaited = false;
      until = undefined;
      if (waiting.length > 0) work();
    });
  }

  return (piece, goesOn = false) =>
    new Promise((resolve, reject) => {
      const todo = () => {
        try {
          resolve(piece());
        } catch (error) {
          reject(error);
        }
      };
      if (goesOn) waiting.push(todo);
      else waiting.unshift(todo);
      work();
    });
}
