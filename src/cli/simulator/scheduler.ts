/** One timer for all players: thousands of them would cost more than the players do. */
export interface Scheduler {
  /** Runs a task once, to the nearest tick. */
  after(ms: number, task: () => void): void;
  /** Calls with every tick, and how long it has been since the last one. */
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

  return {
    after: (ms, task) => {
      const slot = Math.max(done + 1, slotOf(performance.now() + ms));
      const tasks = slots.get(slot);
      if (tasks) tasks.push(task);
      else slots.set(slot, [task]);
    },
    onTick: (task) => void everyTick.push(task),
    stop: () => {
      clearInterval(timer);
      slots.clear();
    },
  };
}
