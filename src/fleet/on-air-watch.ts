import { decideOnAir, isStuck, mediaTimeOf, type Progress, progressed } from '../../machines/on-air.ts';
import { PICTURE_SECTION, type PlaybackStatus, type Reading } from '../../machines/reading.ts';
import type { Clock } from '../ports/clock.ts';
import type { DeviceDocument, JsonObject, OnAir } from '../protocol/document.ts';
import { isSnapshot } from '../protocol/snapshot.ts';
import { time } from './document.ts';

/** Times of a device that its document does not contain, or not yet. `clock.now()` ms. */
export interface Heard {
  heardAt: number | undefined;
  receivedAt: number;
  measuredAt: number | undefined;
  isOld: boolean;
}

/** Derives from a session's measurements whether the device is on air. */
export class OnAirWatch {
  #seen: { status: PlaybackStatus; notPlaying: boolean } | null = null;
  #progress: Progress | undefined;
  /** The screenshot taken before playback began: it shows nothing of it. */
  #oldPicture: unknown;

  /** A new session begins: earlier measurements prove nothing about it. */
  forget({ state }: DeviceDocument): void {
    this.#seen = null;
    this.#progress = undefined;
    this.#oldPicture = pictureIn(state);
  }

  /** @returns whether the verdict may have changed although the document has not */
  measured(reading: Reading, state: JsonObject, at: number): boolean {
    const before = this.#seen;
    const wasStuck = isStuck(this.#progress);
    const { status, notPlaying } = reading;
    if (before?.status !== status || before.notPlaying !== notPlaying) this.#seen = { status, notPlaying };
    const isPlaying = status === 'playing';
    if (isPlaying && before?.status !== 'playing') this.#oldPicture = pictureIn(state);
    this.#progress = isPlaying ? progressed(this.#progress, mediaTimeOf(reading), at) : undefined;
    return !before || isStuck(this.#progress) !== wasStuck;
  }

  /** The new `onAir` part of the document. Undefined if it has not changed. */
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
    // Documents of earlier versions have no `onAir`.
    if (onAir?.status === status && onAir.why === why) return undefined;
    // A verdict may be dated back to its evidence, but not before the previous verdict.
    const from = time(clock.wall(Math.min(since, at)));
    const now = time(clock.wall(at));
    const isBehind = onAir !== undefined && from < onAir.since;
    // The previous verdict may lie in the future, if the clock was set back since.
    return { status, since: !isBehind ? from : onAir.since < now ? onAir.since : now, why };
  }
}

/** Identifies the latest screenshot. */
function pictureIn({ [PICTURE_SECTION]: picture }: JsonObject): unknown {
  if (typeof picture !== 'object' || picture === null || Array.isArray(picture)) return undefined;
  return picture.url ?? picture.takenAt;
}

function picturesOf({ [PICTURE_SECTION]: picture }: JsonObject): 'black' | 'still' | undefined {
  // Players may send anything here. A single black screenshot may be the gap between two films.
  if (!isSnapshot(picture) || !picture.sameAsBefore) return undefined;
  return picture.black ? 'black' : 'still';
}
