/** A single timer for all players: thousands of timers would cost more than the players. */
export interface Scheduler {
  /** Runs a task once, rounded to the next tick. */
  after(ms: number, task: () => void): void;
  /** Runs a task repeatedly, first after `firstMs`. */
  every(ms: number, firstMs: number, task: () => void): void;
  /** Called at every tick with the time since the last one. */
  onTick(task: (elapsedMs: number) => void): void;
  stop(): void;
}

const TICK_MS = 20;

export function startScheduler(): Scheduler {
  const slots = new Map<number, (() => void)[]>();
  const everyTick: ((elapsedMs: number) => void)[] = [];
  const slotOf = (at: number) => Math.ceil(at / TICK_MS);
  let last = performance.now();
  let done = Math.floor(last / TICK_MS);

  const timer = setInterval(() => {
    const now = performance.now();
    const elapsed = now - last;
    last = now;
    for (const due = Math.floor(now / TICK_MS); done < due; ) {
      const tasks = slots.get(++done);
      slots.delete(done);
      for (const task of tasks ?? []) task();
    }
    for (const task of everyTick) task(elapsed);
  }, TICK_MS);

  function runAt(at: number, task: () => void): void {
    const slot = Math.max(done + 1, slotOf(at));
    const tasks = slots.get(slot);
    if (tasks) tasks.push(task);
    else slots.set(slot, [task]);
  }

  function runEvery(ms: number, at: number, task: () => void): void {
    runAt(at, () => {
      task();
      runEvery(ms, Math.max(at + ms, performance.now()), task);
    });
  }

  return {
    after: (ms, task) => runAt(performance.now() + ms, task),
    every: (ms, firstMs, task) => runEvery(ms, performance.now() + firstMs, task),
    onTick: (task) => void everyTick.push(task),
    stop: () => {
      clearInterval(timer);
      slots.clear();
    },
  };
}
