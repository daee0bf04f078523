import { systemClock } from '../clock.ts';

/** Queues a piece of work and resolves with its result. */
export type Pace = <T>(work: () => T, goesOn?: boolean) => Promise<T>;

/**
 * Time-slices work: all callers together use about `msATurn` of each iteration of the event loop; the rest waits for
 * the next one. Work that continues something yields to work that starts something, since a caller may be waiting for
 * that.
 */
export function createPace(msATurn: number): Pace {
  const waiting: (() => void)[] = [];
  /** End of the time slice in this iteration; undefined if nothing has run in it yet. */
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
