import type { Clock } from './clock.ts';

/**
 * What it resolves with, in time. Where it takes longer or fails, what `otherwise` makes of that (of the error, if there is
 * one); what comes later is not looked at.
 */
export function within<T, U>(
  clock: Clock,
  ms: number,
  promise: Promise<T>,
  otherwise: (error?: unknown) => U,
): Promise<T | U> {
  return new Promise((resolve) => {
    let isOver = false;
    const giveUp = (error?: unknown) => {
      if (isOver) return;
      isOver = true;
      resolve(otherwise(error));
    };
    const timer = clock.setTimeout(() => giveUp(), ms);
    promise.then(resolve, giveUp).finally(() => clock.clearTimeout(timer));
  });
}
