import { type Playback, playbackOf, read } from '../../../machines/reading.ts';
import type { DeviceDocument, JsonObject } from '../../protocol/document.ts';

/** What a screen plays. Documents of the past, before there was such a part, have it in their state alone. */
export const playingOf = ({ playback, state }: DeviceDocument): Playback => playback ?? playbackOf(read(state));

/**
 * How much of the item is over, from 0 to 1. After the measurement it is reckoned on, as far as the item goes, for a screen
 * that is proven to play; of any other it is what was measured.
 */
export function progressOf({ state, onAir, report }: DeviceDocument, now: number): number | undefined {
  const { position, timeMs, lengthMs } = read(state);
  const share = position ?? (timeMs === null || lengthMs === null ? null : timeMs / lengthMs);
  if (share === null) return undefined;
  const isMoving = onAir.status === 'yes' && report.status === 'live' && report.measuredAt !== null;
  const passedMs = isMoving ? Math.max(0, now - Date.parse(report.measuredAt as string)) : 0;
  return Math.min(1, Math.max(0, share + (lengthMs === null ? 0 : passedMs / lengthMs)));
}

/** Where the last picture's thumbnail is. */
export function thumbnailOf({ snapshot }: JsonObject): string | undefined {
  const url = (snapshot as { thumbnailUrl?: unknown } | null | undefined)?.thumbnailUrl;
  return typeof url === 'string' && url.startsWith('/api/') ? url : undefined;
}
