import type { DeviceDocument, JsonObject } from '../../protocol/document.ts';

/** What a screen shows, as it said itself; both generations of players have their words for it. */
export interface Playing {
  item: string | undefined;
  playlist: string | undefined;
  /** `playing`, `paused`, `stopped`, or what else the player calls it. */
  doing: string | undefined;
  fullscreen: boolean;
  /** Seconds, as of the last report. */
  time: number | undefined;
  length: number | undefined;
}

/** A player may send anything: only what is a text is shown, and only what is a number is counted with. */
export function playingOf(state: JsonObject): Playing {
  const vlc = objectIn(state.vlc);
  const length = numberIn(vlc.length) ?? numberIn(vlc.duration);
  const share = numberIn(vlc.position);
  return {
    item: textIn(vlc.item) ?? fileName(textIn(vlc.filename) ?? textIn(state.currentMedia)),
    playlist: textIn(objectIn(state.activePlaylist).name),
    doing:
      textIn(vlc.state) ?? (typeof state.playing === 'boolean' ? (state.playing ? 'playing' : 'stopped') : undefined),
    fullscreen: vlc.fullscreen === true,
    time: numberIn(vlc.time) ?? (share !== undefined && length !== undefined ? share * length : undefined),
    length: length !== undefined && length > 0 ? length : undefined,
  };
}

/**
 * How much of the item is over, from 0 to 1. Between two reports it is reckoned on, as far as the item goes, for a screen
 * that is proven to play; of any other it is what was last said.
 */
export function progressOf({ state, onAir, report }: DeviceDocument, now: number): number | undefined {
  const { time, length } = playingOf(state);
  if (time === undefined || length === undefined) return undefined;
  const isMoving = onAir.status === 'yes' && report.status === 'live' && report.receivedAt !== null;
  const since = isMoving ? (now - Date.parse(report.receivedAt as string)) / 1000 : 0;
  return Math.min(1, Math.max(0, (time + Math.max(0, since)) / length));
}

/** Where the last picture's thumbnail is. */
export function thumbnailOf(state: JsonObject): string | undefined {
  const url = textIn(objectIn(state.snapshot).thumbnailUrl);
  return url?.startsWith('/api/') ? url : undefined;
}

const objectIn = (value: unknown): JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : {};
const textIn = (value: unknown) => (typeof value === 'string' && value !== '' ? value : undefined);
const numberIn = (value: unknown) => (typeof value === 'number' && Number.isFinite(value) ? value : undefined);
const fileName = (path: string | undefined) => path?.split('/').findLast(Boolean) ?? path;
