import { isPlaceholder, type SectionTimes, type State, sentAt } from './reading.ts';

/**
 * What the server knows about a device's measurements. A report is not a measurement (SPEC P3a): fielded players resend
 * a cache with a fresh `timestamp`, and only the times in its sections tell when it was measured. Times are in
 * milliseconds.
 */
export interface Measuring {
  /** Section times and `timestamp` of the last report that contained a measurement. */
  times: string;
  timestamp: unknown;
  /** Time of that measurement by the server's clock; undefined if this session has none. */
  at: number | undefined;
  /** Intervals between the last few measurements. */
  gaps: readonly number[];
}

/** `measured`: a new measurement. `repeated`: the previous measurement again. `empty`: no measurement at all. */
export type ReportKind = 'measured' | 'repeated' | 'empty';

export const notMeasured: Measuring = Object.freeze({ times: '', timestamp: undefined, at: undefined, gaps: [] });

/** The longest of the last few gaps counts: a command triggers an extra measurement, which makes one gap short. */
const GAPS = 4;
/** A measurement older than this many intervals is stale, even if reports keep arriving. */
const STALE_AFTER = 3;

/** @param playerChanged the report's player section differs from the previous report's */
export function kindOf(known: Measuring, state: State, times: SectionTimes, playerChanged: boolean): ReportKind {
  if (isPlaceholder(state)) return 'empty';
  if (playerChanged || times.text !== known.times) return 'measured';
  if (times.text !== '') return 'repeated';
  // Without section times, a new `timestamp` means a new measurement, and so does a report without any `timestamp`.
  return sentAt(state, times) !== undefined && state.timestamp === known.timestamp ? 'repeated' : 'measured';
}

export function measure(known: Measuring, state: State, times: SectionTimes, receivedAt: number): Measuring {
  // A device clock in the year 9999 must not yield a negative time.
  const at = Math.max(0, receivedAt - ageOf(state, times));
  const gap = known.at === undefined ? 0 : at - known.at;
  // `concat` allocates no room to grow: every device keeps one.
  const gaps = gap > 0 ? known.gaps.slice(1 - GAPS).concat(gap) : known.gaps;
  return { times: times.text, timestamp: state.timestamp, at, gaps };
}

/** Uses the device's clock for both times, so a wrong clock does no harm. */
function ageOf(state: State, times: SectionTimes): number {
  const { earliest } = times;
  const sent = sentAt(state, times);
  return sent === undefined || earliest === undefined ? 0 : Math.max(0, sent - earliest);
}

/** The device's measuring interval; the request interval until enough measurements have been seen. */
export const measuringIntervalMs = ({ gaps }: Measuring, stateIntervalMs: number): number =>
  gaps.length === 0 ? stateIntervalMs : Math.max(...gaps);

/** Whether the last measurement is too old to tell what plays now; undefined if nothing was measured. */
export function isOld(measuring: Measuring, stateIntervalMs: number, now: number): boolean | undefined {
  if (measuring.at === undefined) return undefined;
  return now - measuring.at > STALE_AFTER * measuringIntervalMs(measuring, stateIntervalMs);
}
