import type { Reading } from './reading.ts';

export const onAirStatuses = ['yes', 'no', 'unknown'] as const;
export type OnAirStatus = (typeof onAirStatuses)[number];

/** The word beside the answer. It stays as it is: people filter by it, and the journal keeps it. */
export type OnAirReason =
  | 'playing'
  | 'paused'
  | 'stopped'
  | 'unavailable'
  | 'not playing'
  | 'stuck'
  | 'black'
  | 'still'
  | 'not told'
  | 'no report'
  | 'not measured'
  | 'not connected';

export interface Verdict {
  status: OnAirStatus;
  why: OnAirReason;
  /** When its last proof was seen, in ms; undefined: just now. */
  since?: number | undefined;
}

/** What is known of a device at one moment. Times are milliseconds. */
export interface Evidence {
  connected: boolean;
  /** When the device was last heard of at all, and when it last told its state. */
  heardAt: number | undefined;
  reportedAt: number | undefined;
  report: 'unknown' | 'live' | 'stale';
  /** What it reports was measured too long ago, and when. */
  isOld: boolean;
  measuredAt: number | undefined;
  /** What was measured in this session; null: nothing so far. */
  seen: Reading | null;
  progress: Progress | undefined;
  /** The latest two pictures since it plays: the same, or the same and black. */
  pictures: 'black' | 'still' | undefined;
}

/**
 * Is it playing (SPEC O1–O5)? Only what is proven is a yes or a no: nobody knows what a device shows that does not
 * answer, so that is 'unknown', however well it played before.
 */
export function decideOnAir(evidence: Evidence): Verdict {
  const { connected, heardAt, reportedAt, report, isOld, measuredAt, seen, progress, pictures } = evidence;
  if (!connected) return { status: 'unknown', why: 'not connected', since: heardAt };
  if (report === 'stale' && isOld) return { status: 'unknown', why: 'not measured', since: measuredAt };
  if (report === 'stale') return { status: 'unknown', why: 'no report', since: reportedAt };
  if (report === 'unknown' || !seen) return { status: 'unknown', why: 'no report' };
  const { status } = seen;
  if (status === 'unavailable') return { status: 'no', why: 'unavailable' };
  if (status === 'unknown')
    return seen.notPlaying ? { status: 'no', why: 'not playing' } : { status: 'unknown', why: 'not told' };
  if (status !== 'playing') return { status: 'no', why: status };
  if (isStuck(progress)) return { status: 'no', why: 'stuck', since: progress?.since };
  if (pictures === 'black') return { status: 'no', why: 'black' };
  // Its word alone, and a picture that speaks against it: a still image is as likely as a frozen film.
  if (pictures === 'still' && !progress) return { status: 'unknown', why: 'still' };
  return { status: 'yes', why: 'playing' };
}

/** Where the media is, as one measurement tells it. */
export interface MediaTime {
  /** Milliseconds, or a share of the whole. */
  value: number;
  /** It has so many digits that it does not come twice by chance. */
  isPrecise: boolean;
  /** Of the medium, where it is known: it begins anew after that. */
  lengthMs: number | null;
  item: string | null;
}

/** How the media time has moved from measurement to measurement. Times are milliseconds. */
export interface Progress extends MediaTime {
  /** Of the last measurement, and of the first that told this value. */
  at: number;
  since: number;
  /** Gaps between two measurements, since then, in which it should have moved and did not. */
  stalls: number;
}

/**
 * A seek, a loop or a moment of buffering makes the same value appear twice. So it takes two gaps in a row. Whole seconds
 * can also be the same by chance: for them it takes ten seconds, too.
 */
const STALLS = 2;
const STUCK_AFTER_MS = 10_000;
const MIN_GAP_MS = 1000;

export function isStuck(progress: Progress | undefined): boolean {
  if (progress === undefined || progress.stalls < STALLS) return false;
  return progress.isPrecise || progress.at - progress.since >= STUCK_AFTER_MS;
}

/** The media time as one more measurement tells it; undefined where it tells none. */
export function progressed(
  before: Progress | undefined,
  media: MediaTime | undefined,
  at: number,
): Progress | undefined {
  if (!media) return undefined;
  if (!before || before.value !== media.value || before.item !== media.item || before.isPrecise !== media.isPrecise) {
    const { value, isPrecise, lengthMs, item } = media;
    return { value, isPrecise, lengthMs, item, at, since: at, stalls: 0 };
  }
  const gap = at - before.at;
  if (gap < MIN_GAP_MS) return before;
  // In a gap as long as the medium a whole second comes round to where it was: that proves nothing, either way.
  const mayHaveLooped = !media.isPrecise && media.lengthMs !== null && gap >= media.lengthMs - MIN_GAP_MS;
  return mayHaveLooped ? before : { ...before, at, stalls: before.stalls + 1 };
}

/**
 * Whole seconds come round again with each loop of a short clip; the 12 to 14 digits of a position do not. A time of 0 of
 * a medium without a length is none: that is how still images look, and players that know no media time.
 */
export function mediaTimeOf({ position, timeMs, lengthMs, item }: Reading): MediaTime | undefined {
  if (position !== null && isPrecise(position)) return { value: position, isPrecise: true, lengthMs, item };
  const value = timeMs ?? position;
  if (value === null || (value === 0 && lengthMs === null)) return undefined;
  return { value, isPrecise: false, lengthMs, item };
}

const isPrecise = (share: number): boolean => !Number.isInteger(share * 1e6);
