import { type Playback, playbackOf, read } from '../../../machines/reading.ts';
import type { DeviceDocument, JsonObject } from '../../protocol/document.ts';
import { isSnapshot, type Snapshot } from '../../protocol/snapshot.ts';

/** The playback. Old documents from the history have it only in their state. */
export const playingOf = ({ playback, state }: DeviceDocument): Playback => playback ?? playbackOf(read(state));

/**
 * The played share of the item, 0 to 1. Extrapolated from the measurement if the screen is proven to play; undefined if
 * the device is offline.
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

/** The last screenshot stored on the server. Values that only the device claims are ignored. */
export function pictureOf({ snapshot }: JsonObject): Snapshot | undefined {
  return isSnapshot(snapshot) ? snapshot : undefined;
}
