import { decideOnAir, isStuck, mediaTimeOf, type Progress, progressed } from '../../machines/on-air.ts';
import { PICTURE_SECTION, type Reading } from '../../machines/reading.ts';
import type { Clock } from '../ports/clock.ts';
import type { DeviceDocument, JsonObject, OnAir } from '../protocol/document.ts';
import { isSnapshot } from '../protocol/snapshot.ts';
import { time } from './document.ts';

/** What of a device's time the document does not say, or not yet. Moments of the clock, ms. */
export interface Heard {
  heardAt: number | undefined;
  receivedAt: number;
  measuredAt: number | undefined;
  isOld: boolean;
}

/** Gathers from a session's measurements what tells whether the device is on air. */
export class OnAirWatch {
  #seen: Reading | null = null;
  #progress: Progress | undefined;
  /** The picture that was there before it began to play: it shows nothing of that. */
  #oldPicture: unknown;

  /** Another session begins: what the one before it said proves nothing of this one. */
  forget({ state }: DeviceDocument): void {
    this.#seen = null;
    this.#progress = undefined;
    this.#oldPicture = pictureIn(state);
  }

  /** @returns whether `judge` may find something else now, although the document has not changed */
  measured(reading: Reading, state: JsonObject, at: number): boolean {
    const before = this.#seen;
    const wasStuck = isStuck(this.#progress);
    this.#seen = reading;
    const isPlaying = reading.status === 'playing';
    if (isPlaying && before?.status !== 'playing') this.#oldPicture = pictureIn(state);
    this.#progress = isPlaying ? progressed(this.#progress, mediaTimeOf(reading), at) : undefined;
    return !before || isStuck(this.#progress) !== wasStuck;
  }

  /** What the document is to say, if that differs from what it says. */
  judge(
    { connection, report, state, onAir }: DeviceDocument,
    { heardAt, receivedAt, measuredAt, isOld }: Heard,
    at: number,
    clock: Pick<Clock, 'wall'>,
  ): OnAir | undefined {
    const verdict = decideOnAir({
      connected: connection.status === 'online',
      heardAt,
      reportedAt: receivedAt,
      report: report.status,
      isOld,
      measuredAt,
      seen: this.#seen,
      progress: this.#progress,
      pictures: pictureIn(state) === this.#oldPicture ? undefined : picturesOf(state),
    });
    const { status, why, since = at } = verdict;
    // Documents of earlier versions have no such part.
    if (onAir?.status === status && onAir.why === why) return undefined;
    // An answer may reach back to its evidence, but not behind the one before it.
    const from = time(clock.wall(Math.min(since, at)));
    const now = time(clock.wall(at));
    const isBehind = onAir !== undefined && from < onAir.since;
    // The one before it may lie in the future: the clock was set back since.
    return { status, since: !isBehind ? from : onAir.since < now ? onAir.since : now, why };
  }
}

/** Names the latest picture. */
function pictureIn({ [PICTURE_SECTION]: picture }: JsonObject): unknown {
  if (typeof picture !== 'object' || picture === null || Array.isArray(picture)) return undefined;
  return picture.url ?? picture.takenAt;
}

function picturesOf({ [PICTURE_SECTION]: picture }: JsonObject): 'black' | 'still' | undefined {
  // Players may say anything in its place, or nothing. One black picture may be the moment between two films.
  if (!isSnapshot(picture) || !picture.sameAsBefore) return undefined;
  return picture.black ? 'black' : 'still';
}
