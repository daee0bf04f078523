import type { Reading } from './reading.ts';

export const onAirStatuses = ['yes', 'no', 'unknown'] as const;
export type OnAirStatus = (typeof onAirStatuses)[number];

/** Explains the status. These values are part of filters and of the journal: do not change them. */
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
  /** Time of the last proof, in ms; undefined: now. */
  since?: number | undefined;
}

/** What is known of a device at one moment. Times are in milliseconds. */
export interface Evidence {
  connected: boolean;
  /** Time of the last message, and of the last report. */
  heardAt: number | undefined;
  reportedAt: number | undefined;
  report: 'unknown' | 'live' | 'stale';
  /** The last report's measurement is too old. */
  isOld: boolean;
  measuredAt: number | undefined;
  /** The last measurement of this session; null if there is none. */
  seen: Pick<Reading, 'status' | 'notPlaying'> | null;
  progress: Progress | undefined;
  /** The last two screenshots since playback began: identical, or identical and black. */
  pictures: 'black' | 'still' | undefined;
}

/**
 * Decides whether the device is playing (SPEC O1–O5). Only proof leads to `yes` or `no`; a device that does not respond
 * is `unknown`, no matter what it showed before.
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
  // The player claims to play, but its screenshot does not change: a still image is as likely as a frozen video.
  if (pictures === 'still' && !progress) return { status: 'unknown', why: 'still' };
  return { status: 'yes', why: 'playing' };
}

/** The playback position in one measurement. */
export interface MediaTime {
  /** Milliseconds, or a fraction of the length. */
  value: number;
  /** Precise enough that two equal values are no coincidence. */
  isPrecise: boolean;
  /** Length of the item, after which a loop starts over; null if unknown. */
  lengthMs: number | null;
  item: string | null;
}

/** How the media time moves between measurements. Times are in milliseconds. */
export interface Progress extends MediaTime {
  /** Time of the last measurement, and of the first with this value. */
  at: number;
  since: number;
  /** Consecutive gaps in which the media time should have advanced and did not. */
  stalls: number;
}

/**
 * A seek, a loop or buffering can produce the same value twice, so two gaps in a row are required. Whole seconds can
 * also repeat by coincidence, so they additionally require ten seconds.
 */
const STALLS = 2;
const STUCK_AFTER_MS = 10_000;
const MIN_GAP_MS = 1000;

export function isStuck(progress: Progress | undefined): boolean {
  if (progress === undefined || progress.stalls < STALLS) return false;
  return progress.isPrecise || progress.at - progress.since >= STUCK_AFTER_MS;
}

/** Undefined if the measurement has no media time. */
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
  // In a gap as long as the item, a loop can return to the same whole second: that proves nothing.
  const mayHaveLooped = !media.isPrecise && media.lengthMs !== null && gap >= media.lengthMs - MIN_GAP_MS;
  return mayHaveLooped ? before : { ...before, at, stalls: before.stalls + 1 };
}

/**
 * Whole seconds repeat with each loop of a short clip; a position with 12 to 14 digits does not. A time of 0 without a
 * length is no media time: still images report it, and so do players that do not know the time.
 */
export function mediaTimeOf({ position, timeMs, lengthMs, item }: Reading): MediaTime | undefined {
  if (position !== null && isPrecise(position)) return { value: position, isPrecise: true, lengthMs, item };
  const value = timeMs ?? position;
  if (value === null || (value === 0 && lengthMs === null)) return undefined;
  return { value, isPrecise: false, lengthMs, item };
}

const isPrecise = (share: number): boolean => !Number.isInteger(share * 1e6);
