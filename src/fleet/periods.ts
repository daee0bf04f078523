import type { Boundaries, Boundary } from '../ports/periods.ts';
import type { DeviceDocument } from '../protocol/document.ts';

const NEVER = 'never_connected';

/**
 * The boundaries between periods caused by a change of a document (SPEC T1–T3). `at`: time of the change (ms). A period
 * that ended earlier ends there: a lost device was connected until its last message.
 */
export function boundariesOf(
  after: DeviceDocument | undefined,
  earlier: DeviceDocument | undefined,
  at: number,
): Boundaries {
  // A device that never connected has no periods. Its first connection starts them.
  if (after?.connection.reason === NEVER) return {};
  const before = earlier?.connection.reason === NEVER ? undefined : earlier;
  if (!after) return { connection: { at, row: null }, onAir: { at, row: null }, playback: { at, row: null } };
  const group = after.group ?? '';
  const moved = group !== (before?.group ?? '');
  const found: Boundaries = {};
  if (moved || !before || connectionDiffers(after, before)) {
    const { status, reason = null, node, since } = after.connection;
    // A new session of a device that stays online is no boundary.
    const from = moved || before?.connection.status === status ? at : Date.parse(since);
    found.connection = {
      at: Math.min(from, at),
      row: { status, reason: status === 'online' ? null : reason, node, group },
    };
  }
  const answered = after.onAir.status !== before?.onAir?.status || after.onAir.why !== before.onAir.why;
  const since = Math.min(answered ? Date.parse(after.onAir.since) : at, at);
  if (moved || answered) {
    found.onAir = { at: since, row: { status: after.onAir.status, why: after.onAir.why, group } };
  }
  const playback = playbackBoundary(after, before, moved, since);
  if (playback) found.playback = playback;
  return found;
}

function connectionDiffers({ connection: a }: DeviceDocument, { connection: b }: DeviceDocument): boolean {
  return a.status !== b.status || a.node !== b.node || (a.status !== 'online' && a.reason !== b.reason);
}

/** An item counts as played exactly while the device is on air. */
function playbackBoundary(
  after: DeviceDocument,
  before: DeviceDocument | undefined,
  moved: boolean,
  at: number,
): Boundary<{ item: string; playlist: string }> | undefined {
  const isOn = after.onAir.status === 'yes';
  const wasOn = before?.onAir?.status === 'yes';
  if (!isOn) return wasOn || !before ? { at, row: null } : undefined;
  if (wasOn && !moved && after.playback === before?.playback) return undefined;
  const now = played(after);
  const was = wasOn && before ? played(before) : undefined;
  if (!moved && was && was.item === now.item && was.playlist === now.playlist) return undefined;
  return { at, row: { ...now, group: after.group ?? '' } };
}

/** Names are keys, so their length is limited. '' if the player does not report one. */
const MAX_NAME = 256;

const played = ({ playback }: DeviceDocument) => named(playback?.item, playback?.playlist);

export function named(item: string | null | undefined, playlist: string | null | undefined) {
  return { item: (item ?? '').slice(0, MAX_NAME), playlist: (playlist ?? '').slice(0, MAX_NAME) };
}
