import { PICTURE_SECTION } from '../../machines/reading.ts';
import type { Metrics } from '../ports/metrics.ts';
import type { JsonObject } from '../protocol/document.ts';
import { measure } from '../protocol/limits.ts';
import { isSnapshot } from '../protocol/snapshot.ts';
import { pictureOfState, type ReportedPicture } from './player-pictures.ts';

interface Deps {
  metrics: Pick<Metrics, 'report'>;
  settings: { maxStateBytes: number };
}

/** A state within all limits, and its picture apart. What a stored picture is like is not for a player to say. */
export function checkedState({ ...state }: JsonObject, deps: Deps): { state: JsonObject; picture: ReportedPicture } {
  const picture = pictureOfState(state[PICTURE_SECTION]);
  if (picture.sent !== undefined || isSnapshot(state[PICTURE_SECTION])) delete state[PICTURE_SECTION];
  deps.metrics.report(measuredState(state, deps));
  return { state, picture };
}

/** @throws VigiaError where it is too large, or holds what no state may */
export function measuredState(state: JsonObject, { settings }: Deps): number {
  return measure(state, settings.maxStateBytes);
}
