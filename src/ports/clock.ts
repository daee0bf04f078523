/**
 * The time source of the whole server. XState's actors use the same clock, so a simulated clock controls everything.
 */
export interface Clock {
  /**
   * Monotonic time in milliseconds. It starts at the wall clock's time of the process start and never jumps. Use it for
   * every duration, interval, deadline and order.
   */
  now(): number;
  /**
   * The wall clock's time for a value of `now()`. Use it only for timestamps: it jumps when the system clock is set.
   */
  wall(at?: number): number;
  setTimeout(fn: (...args: unknown[]) => void, ms: number): unknown;
  clearTimeout(id: unknown): void;
}

/**
 * Converts a past wall-clock timestamp to `now()` time. Never in the future, even if the wall clock was set meanwhile.
 */
export function momentOf(clock: Pick<Clock, 'now' | 'wall'>, stamp: string): number {
  const now = clock.now();
  return now - Math.max(0, clock.wall(now) - Date.parse(stamp));
}

/** The number of hourly samples that must agree on the wall clock. */
const TRUSTED_AFTER = 24;

/**
 * A wall clock for deleting old data, to be read once an hour. If the system clock is set forward by mistake, nothing
 * is deleted for the first day.
 */
export function cautiousWall(clock: Pick<Clock, 'now' | 'wall'>): () => number {
  const offsets: number[] = [];
  return () => {
    const now = clock.now();
    offsets.push(clock.wall(now) - now);
    if (offsets.length > TRUSTED_AFTER) offsets.shift();
    return now + Math.min(...offsets);
  };
}
