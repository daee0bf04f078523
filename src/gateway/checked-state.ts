import { PICTURE_SECTION } from '../../machines/reading.ts';
import type { Metrics } from '../ports/metrics.ts';
import type { Json, JsonObject } from '../protocol/document.ts';
import { VigiaError } from '../protocol/errors.ts';
import { measure } from '../protocol/limits.ts';
import { isSnapshot } from '../protocol/snapshot.ts';
import { pictureOfState, type ReportedPicture } from './player-pictures.ts';

interface Deps {
  metrics: Pick<Metrics, 'report'>;
  settings: { maxStateBytes: number };
}

/**
 * A state within all limits, and its picture separately. The facts of a stored screenshot must not come from a player.
 */
export function checkedState({ ...state }: JsonObject, deps: Deps): { state: JsonObject; picture: ReportedPicture } {
  const picture = pictureOfState(state[PICTURE_SECTION]);
  if (picture.sent !== undefined || isSnapshot(state[PICTURE_SECTION])) delete state[PICTURE_SECTION];
  deps.metrics.report(measuredState(state, deps));
  return { state, picture };
}

/**
 * Checks that partial states do not grow the whole state beyond its limit. Unchanged sections are measured once, so
 * that a small change of a large state is cheap.
 * @throws VigiaError `payload_too_large`
 */
export function checkMerged(state: JsonObject, changes: JsonObject, { settings }: Deps): void {
  let bytes = 2;
  for (const key in state) if (!Object.hasOwn(changes, key)) bytes += key.length + 4 + bytesOf(state[key] as Json);
  for (const key in changes) bytes += key.length + 4 + bytesOf(changes[key] as Json);
  if (bytes <= settings.maxStateBytes) return;
  throw new VigiaError(
    'payload_too_large',
    `With these sections the state takes ${bytes} bytes; at most ${settings.maxStateBytes} are kept.`,
  );
}

const known = new WeakMap<object, number>();

function bytesOf(section: Json): number {
  if (typeof section !== 'object' || section === null) return Buffer.byteLength(JSON.stringify(section) ?? '');
  const bytes = known.get(section) ?? Buffer.byteLength(JSON.stringify(section));
  known.set(section, bytes);
  return bytes;
}

/** @throws VigiaError if it is too large or contains forbidden values */
function measuredState(state: JsonObject, { settings }: Deps): number {
  return measure(state, settings.maxStateBytes);
}
