import { setImmediate } from 'node:timers/promises';
import type { Clock } from '../../src/ports/clock.ts';

interface Timer {
  id: number;
  at: number;
  fn: () => void;
}

/** A heap, because thousands of players have timers. */
class TimerQueue {
  readonly #heap: Timer[] = [];

  get first(): Timer | undefined {
    return this.#heap[0];
  }

  push(timer: Timer): void {
    const heap = this.#heap;
    let i = heap.push(timer) - 1;
    for (let up = (i - 1) >> 1; i > 0 && isBefore(timer, heap[up] as Timer); i = up, up = (i - 1) >> 1) {
      heap[i] = heap[up] as Timer;
    }
    heap[i] = timer;
  }

  shift(): void {
    const heap = this.#heap;
    const last = heap.pop() as Timer;
    const { length } = heap;
    if (length === 0) return;
    let i = 0;
    for (let down = 1; down < length; down = 2 * i + 1) {
      if (down + 1 < length && isBefore(heap[down + 1] as Timer, heap[down] as Timer)) down++;
      if (!isBefore(heap[down] as Timer, last)) break;
      heap[i] = heap[down] as Timer;
      i = down;
    }
    heap[i] = last;
  }
}

const isBefore = (a: Timer, b: Timer): boolean => a.at < b.at || (a.at === b.at && a.id < b.id);

export interface SimulatedClock extends Clock {
  /** Fires due timers in order, each at its own time, and lets promises settle in between. */
  advance(ms: number): Promise<void>;
  /** Sets the wall clock forward, or back (negative). */
  step(ms: number): void;
  /** A clock for one process, whose timers end with it. */
  life(): { clock: Clock; end(): void };
}

export function simulatedClock(start = Date.UTC(2025, 0, 1)): SimulatedClock {
  const timers = new Map<number, Timer>();
  const queue = new TimerQueue();
  let now = start;
  let offset = 0;
  let lastId = 0;

  const clock: Clock = {
    now: () => now,
    wall: (at = now) => at + offset,
    setTimeout(fn, ms) {
      const id = ++lastId;
      const timer = { id, at: now + Math.max(0, ms), fn };
      timers.set(id, timer);
      queue.push(timer);
      return id;
    },
    clearTimeout(id) {
      timers.delete(id as number);
    },
  };
  const nextUntil = (end: number): Timer | undefined => {
    for (let next = queue.first; next && next.at <= end; next = queue.first) {
      queue.shift();
      if (timers.has(next.id)) return next;
    }
    return undefined;
  };

  return {
    ...clock,
    async advance(ms) {
      const end = now + ms;
      await setImmediate();
      for (let timer = nextUntil(end); timer; timer = nextUntil(end)) {
        timers.delete(timer.id);
        now = Math.max(now, timer.at);
        timer.fn();
        await setImmediate();
      }
      now = end;
      await setImmediate();
    },
    step(ms) {
      offset += ms;
    },
    life() {
      const own = new Set<unknown>();
      let over = false;
      return {
        clock: {
          now: clock.now,
          wall: clock.wall,
          setTimeout(fn, ms) {
            if (over) return undefined;
            const id = clock.setTimeout(() => {
              own.delete(id);
              fn();
            }, ms);
            own.add(id);
            return id;
          },
          clearTimeout(id) {
            own.delete(id);
            clock.clearTimeout(id);
          },
        },
        end() {
          over = true;
          for (const id of own) clock.clearTimeout(id);
          own.clear();
        },
      };
    },
  };
}
