import { isPlaceholder, type SectionTimes, type State, sentAt } from './reading.ts';

/**
 * A report is not a measurement (SPEC P3a). Fielded players send a cache again and again with a fresh `timestamp`; only
 * the times in its sections tell when it was measured. Times are milliseconds.
 */
export interface Measuring {
  /** The section times and the `timestamp` of the last report that measured anything. */
  times: string;
  timestamp: unknown;
  /** When that was measured, by the server's clock; undefined: nothing was measured in this session. */
  at: number | undefined;
  /** Between the last few measurements. */
  gaps: readonly number[];
}

/** `measured`: what plays was measured anew. `repeated`: the last measurement again. `empty`: nothing was measured for it. */
export type ReportKind = 'measured' | 'repeated' | 'empty';

export const notMeasured: Measuring = Object.freeze({ times: '', timestamp: undefined, at: undefined, gaps: [] });

/** The longest of the last few gaps counts: one early measurement, after a command, says nothing of the monitor. */
const GAPS = 4;
/** A measurement that is older than so many intervals is old, though reports come. */
const STALE_AFTER = 3;

/** What kind of report this is, given whether its player section differs from that of the report before it. */
export function kindOf(known: Measuring, state: State, times: SectionTimes, playerChanged: boolean): ReportKind {
  if (isPlaceholder(state)) return 'empty';
  if (playerChanged || times.text !== known.times) return 'measured';
  if (times.text !== '') return 'repeated';
  // No section says when it was measured: each time of sending is a measurement, and so is a report without any.
  return sentAt(state, times) !== undefined && state.timestamp === known.timestamp ? 'repeated' : 'measured';
}

export function measure(known: Measuring, state: State, times: SectionTimes, receivedAt: number): Measuring {
  // A clock that says the year 9999 makes no measurement older than time itself.
  const at = Math.max(0, receivedAt - ageOf(state, times));
  const gap = known.at === undefined ? 0 : at - known.at;
  const gaps = gap > 0 ? [...known.gaps.slice(1 - GAPS), gap] : known.gaps;
  return { times: times.text, timestamp: state.timestamp, at, gaps };
}

/** By the device's own clock, so that a wrong one does not matter. */
function ageOf(state: State, times: SectionTimes): number {
  const { earliest } = times;
  const sent = sentAt(state, times);
  return sent === undefined || earliest === undefined ? 0 : Math.max(0, sent - earliest);
}

/** How often the device measures; until that has been seen, how often it is asked. */
export const measuringIntervalMs = ({ gaps }: Measuring, stateIntervalMs: number): number =>
  gaps.length === 0 ? stateIntervalMs : Math.max(...gaps);

/** Is the last measurement too old to tell what plays now? Undefined: nothing was measured. */
export function isOld(measuring: Measuring, stateIntervalMs: number, now: number): boolean | undefined {
  if (measuring.at === undefined) return undefined;
  return now - measuring.at > STALE_AFTER * measuringIntervalMs(measuring, stateIntervalMs);
}
