import { type Playback, playbackOf, read } from '../../../machines/reading.ts';
import type { DeviceDocument, JsonObject } from '../../protocol/document.ts';
import { isSnapshot, type Snapshot } from '../../protocol/snapshot.ts';

/** What a screen plays. Documents of the past, before there was such a part, have it in their state alone. */
export const playingOf = ({ playback, state }: DeviceDocument): Playback => playback ?? playbackOf(read(state));

/**
 * How much of the item is over, from 0 to 1. After the measurement it is reckoned on, as far as the item goes, for a screen
 * that is proven to play; of any other it is what was measured, and of one that is not connected nothing is known.
 */
export function progressOf({ state, onAir, report, connection }: DeviceDocument, now: number): number | undefined {
  if (connection.status !== 'online') return undefined;
  const { position, timeMs, lengthMs } = read(state);
  const share = position ?? (timeMs === null || lengthMs === null ? null : timeMs / lengthMs);
  if (share === null) return undefined;
  const isMoving = onAir.status === 'yes' && report.status === 'live' && report.measuredAt !== null;
  const passedMs = isMoving ? Math.max(0, now - Date.parse(report.measuredAt as string)) : 0;
  return Math.min(1, Math.max(0, share + (lengthMs === null ? 0 : passedMs / lengthMs)));
}

/** The last picture that the server has, never one that a device says it has. */
export function pictureOf({ snapshot }: JsonObject): Snapshot | undefined {
  return isSnapshot(snapshot) ? snapshot : undefined;
}
