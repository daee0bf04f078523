import { systemClock } from '../clock.ts';

/** Queues a piece of work and resolves with its result. */
export type TimeSlicer = <T>(work: () => T, isContinuation?: boolean) => Promise<T>;

/**
 * Time-slices work: all callers together use about `sliceMs` of each iteration of the event loop; the rest waits for
 * the next one. Work that continues something yields to work that starts something, since a caller may be waiting for
 * that.
 */
export function createTimeSlicer(sliceMs: number): TimeSlicer {
  const waiting: (() => void)[] = [];
  /** End of the time slice in this iteration; undefined if nothing has run in it yet. */
  let until: number | undefined;
  let isScheduled = false;

  function work(): void {
    until ??= systemClock.now() + sliceMs;
    while (waiting.length > 0 && systemClock.now() < until) waiting.shift()?.();
    if (isScheduled) return;
    isScheduled = true;
    setImmediate(() => {
      isScheduled = false;
      until = undefined;
      if (waiting.length > 0) work();
    });
  }

  return (piece, isContinuation = false) =>
    new Promise((resolve, reject) => {
      const task = () => {
        try {
          resolve(piece());
        } catch (error) {
          reject(error);
        }
      };
      if (isContinuation) waiting.push(task);
      else waiting.unshift(task);
      work();
    });
}
