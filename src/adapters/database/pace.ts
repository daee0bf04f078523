/** Resolves with what the work gives, once it had its turn. */
export type Pace = <T>(work: () => T, goesOn?: boolean) => Promise<T>;

/**
 * Does pieces of work, of all who ask together, for no more than about so long in one turn of the event loop: what is left
 * has its turn later. What goes on comes after what begins, for somebody may wait for that.
 */
export function createPace(msATurn: number): Pace {
  const waiting: (() => void)[] = [];
  let spentMs = 0;
  let isNextTurnAwaited = false;

  function work(): void {
    while (waiting.length > 0 && spentMs < msATurn) {
      const since = performance.now();
      waiting.shift()?.();
      spentMs += performance.now() - since;
    }
    if (spentMs === 0 || isNextTurnAwaited) return;
    isNextTurnAwaited = true;
    setImmediate(() => {
      isNextTurnAwaited = false;
      spentMs = 0;
      work();
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
