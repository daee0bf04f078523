/** Time, as the inside sees it. XState's actors use the same clock, so a simulated one moves everything at once. */
export interface Clock {
  /**
   * The present moment, in milliseconds. Monotonic: it starts where the wall clock was when the process started, and then
   * never jumps. Every duration, interval, deadline and order goes by it.
   */
  now(): number;
  /** What the wall clock says for a moment of `now()`: for stamps, and for nothing else. Whoever sets that clock moves it. */
  wall(at?: number): number;
  setTimeout(fn: (...args: unknown[]) => void, ms: number): unknown;
  clearTimeout(id: unknown): void;
}

/** The moment of a stamp that was made in the past, by a wall clock that may have been set since: never in the future. */
export function momentOf(clock: Pick<Clock, 'now' | 'wall'>, stamp: string): number {
  const now = clock.now();
  return now - Math.max(0, clock.wall(now) - Date.parse(stamp));
}

/** So many hourly looks ago the wall clock must have said the same. */
const TRUSTED_AFTER = 24;

/**
 * The wall clock for what removes old things, looked at once an hour: set forward by mistake, it removes nothing for the
 * first day.
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
