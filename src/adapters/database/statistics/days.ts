export const DAY_MS = 86_400_000;

/** Midnight (UTC) before it, or itself. */
export const dayStart = (at: number): number => Math.floor(at / DAY_MS) * DAY_MS;

/** YYYY-MM-DD */
export const dayOf = (at: number): string => new Date(at).toISOString().slice(0, 10);

/** A span of time: from ≤ t < to, ms. */
export interface Span {
  from: number;
  to: number;
}

/** The parts of a span that lie in one day each. */
export function* daysOf({ from, to }: Span): Iterable<Span> {
  for (let at = from; at < to; ) {
    const end = Math.min(dayStart(at) + DAY_MS, to);
    yield { from: at, to: end };
    at = end;
  }
}
