import type { Clock } from './clock.ts';

/**
 * Resolves with the promise's value. On a timeout or a rejection, resolves with the result of `fallback`, which
 * receives the error if there is one; a later outcome is ignored.
 */
export function withTimeout<T, U>(
  clock: Clock,
  ms: number,
  promise: Promise<T>,
  fallback: (error?: unknown) => U,
): Promise<T | U> {
  return new Promise((resolve) => {
    let isOver = false;
    const giveUp = (error?: unknown) => {
      if (isOver) return;
      isOver = true;
      resolve(fallback(error));
    };
    const timer = clock.setTimeout(() => giveUp(), ms);
    promise.then(resolve, giveUp).finally(() => clock.clearTimeout(timer));
  });
}
