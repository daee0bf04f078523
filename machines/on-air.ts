import type { Observation } from './observation.ts';

export const onAirStatuses = ['yes', 'no', 'unknown'] as const;
export type OnAirStatus = (typeof onAirStatuses)[number];

/** The word beside the answer. It stays as it is: people filter by it, and the journal keeps it. */
export type OnAirReason =
  | 'playing'
  | 'paused'
  | 'stopped'
  | 'not playing'
  | 'stuck'
  | 'black'
  | 'still'
  | 'not told'
  | 'no report'
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
  /** What it said of the playback in this session; null: not a word so far. */
  seen: Observation | null;
  progress: Progress | undefined;
  /** The latest two pictures since it plays: the same, or the same and black. */
  pictures: 'black' | 'still' | undefined;
}

/**
 * Is it playing (SPEC O1–O6)? Only what is proven is a yes or a no: nobody knows what a device shows that does not
 * answer, so that is 'unknown', however well it played before.
 */
export function decideOnAir({ connected, heardAt, reportedAt, report, seen, progress, pictures }: Evidence): Verdict {
  if (!connected) return { status: 'unknown', why: 'not connected', since: heardAt };
  if (report === 'stale') return { status: 'unknown', why: 'no report', since: reportedAt };
  if (report === 'unknown' || !seen) return { status: 'unknown', why: 'no report' };
  if (seen.playback === undefined) return { status: 'unknown', why: 'not told' };
  if (seen.playback !== 'playing') return { status: 'no', why: seen.playback };
  if (isStuck(progress)) return { status: 'no', why: 'stuck', since: progress?.since };
  if (pictures === 'black') return { status: 'no', why: 'black' };
  // Its word alone, and a picture that speaks against it: a still image is as likely as a frozen film.
  if (pictures === 'still' && !progress) return { status: 'unknown', why: 'still' };
  return { status: 'yes', why: 'playing' };
}

/** Where the media is. */
export interface MediaTime {
  value: number;
  /** Of the medium in ms, where it is known: it begins anew after that. */
  lengthMs: number | undefined;
  item: string | undefined;
}

/** How the media time has moved from report to report. */
export interface Progress extends MediaTime {
  /** Of the last report, and of the first that told this value. */
  at: number;
  since: number;
  /** Gaps between two reports, since then, in which it should have moved and did not. */
  stalls: number;
}

/**
 * A seek, a loop or a moment of buffering makes the same value appear twice. So it takes two gaps in a row, and ten
 * seconds: what is that long on one frame is not playing.
 */
const STALLS = 2;
const STUCK_AFTER_MS = 10_000;

export function isStuck(progress: Progress | undefined): boolean {
  return progress !== undefined && progress.stalls >= STALLS && progress.at - progress.since >= STUCK_AFTER_MS;
}

/** The media time as one more report tells it; undefined where it tells none. */
export function progressed(
  before: Progress | undefined,
  media: MediaTime | undefined,
  at: number,
): Progress | undefined {
  if (!media) return undefined;
  if (!before || before.value !== media.value || before.item !== media.item) {
    return { value: media.value, lengthMs: media.lengthMs, item: media.item, at, since: at, stalls: 0 };
  }
  const gap = at - before.at;
  // In a gap as long as the medium it may have come round to where it was: that proves nothing, either way. And
  // media times come in whole seconds.
  if (gap < MIN_GAP_MS || (media.lengthMs !== undefined && gap >= media.lengthMs - MIN_GAP_MS)) return before;
  return { ...before, at, stalls: before.stalls + 1 };
}

const MIN_GAP_MS = 1000;

/** Keys for the time, in seconds or not: it only matters whether they move. */
const TIME_KEYS = ['time', 'currentTime', 'elapsed', 'position'] as const;

type State = Readonly<Record<string, unknown>>;

/** Both generations: `vlc.time` … `vlc.position`, `vlc.length` in seconds. */
export function mediaTime(state: State, item: string | undefined): MediaTime | undefined {
  const vlc = inVlc(state);
  const key = timeKey(vlc);
  return key && mediaTimeOf(vlc[key] as number, mediaLength(state), item);
}

/** A time of 0 of a medium without a length is none: that is how still images and players that know no media time look. */
export function mediaTimeOf(
  value: number,
  lengthMs: number | undefined,
  item: string | undefined,
): MediaTime | undefined {
  return value === 0 && lengthMs === undefined ? undefined : { value, lengthMs, item };
}

/** Where a state tells the media time. */
export function mediaPath(state: State): string | undefined {
  const key = timeKey(inVlc(state));
  return key && `vlc/${key}`;
}

export function mediaLength(state: State): number | undefined {
  const { length, duration } = inVlc(state);
  const seconds = length ?? duration;
  return typeof seconds === 'number' && seconds > 0 ? seconds * 1000 : undefined;
}

const inVlc = ({ vlc }: State): Record<string, unknown> =>
  typeof vlc === 'object' && vlc !== null ? (vlc as Record<string, unknown>) : {};

const timeKey = (vlc: Record<string, unknown>) => TIME_KEYS.find((key) => typeof vlc[key] === 'number');
