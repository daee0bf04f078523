export const DAY_MS = 86_400_000;

/** The start of its UTC day. */
export const dayStart = (at: number): number => Math.floor(at / DAY_MS) * DAY_MS;

/** YYYY-MM-DD */
export const dayOf = (at: number): string => new Date(at).toISOString().slice(0, 10);

/** A time range in ms: from ≤ t < to. */
export interface Span {
  from: number;
  to: number;
}

/** Splits a range by UTC days. */
export function* daysOf({ from, to }: Span): Iterable<Span> {
  for (let at = from; at < to; ) {
    const end = Math.min(dayStart(at) + DAY_MS, to);
    yield { from: at, to: end };
    at = end;
  }
}
