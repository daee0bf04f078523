import type { Observation } from '../../machines/observation.ts';
import { observe } from '../../machines/observation.ts';
import {
  decideOnAir,
  isStuck,
  type MediaTime,
  mediaLength,
  mediaTime,
  mediaTimeOf,
  type Progress,
  progressed,
} from '../../machines/on-air.ts';
import type { DeviceDocument, JsonObject, OnAir } from '../protocol/document.ts';
import { time } from './document.ts';

/**
 * Gathers from a session's reports what tells whether the device is on air. Most reports do no more than move the media
 * time: they cost the compare of one number.
 */
export class OnAirWatch {
  #seen: Observation | null = null;
  #progress: Progress | undefined;
  /** In the last report that was seen whole. */
  #media: MediaTime | undefined;
  #lengthMs: number | undefined;
  /** The picture that was there before it began to play: it shows nothing of that. */
  #oldPicture: unknown;

  /** Another session begins: what the one before it said proves nothing of this one. */
  forget({ state }: DeviceDocument): void {
    this.#seen = null;
    this.#progress = undefined;
    this.#oldPicture = pictureIn(state);
  }

  /**
   * A report with a word on the playback. `isNews`: it tells more than ticks.
   * @returns whether `judge` may find something else now, although the report is no news
   */
  reported(state: JsonObject, isNews: boolean, at: number): boolean {
    const before = this.#seen;
    if (isNews || !before) this.#seen = observe(state) ?? {};
    const { playback, item } = this.#seen as Observation;
    if (playback === 'playing' && before?.playback !== 'playing') this.#oldPicture = pictureIn(state);
    this.#media = mediaTime(state, item);
    this.#lengthMs = mediaLength(state);
    return this.#moved(this.#media, at) || !before;
  }

  /** Has it reported in this session? What only ticks tells nothing before. */
  get hasSeen(): boolean {
    return this.#seen !== null;
  }

  /** A report that is the last one again but for ticks. The media time: if it is one of them. Returns what `reported` does. */
  ticked(value: number | undefined, at: number): boolean {
    if (this.#seen?.playback !== 'playing') return false;
    return this.#moved(value === undefined ? this.#media : mediaTimeOf(value, this.#lengthMs, this.#seen.item), at);
  }

  #moved(media: MediaTime | undefined, at: number): boolean {
    const wasStuck = isStuck(this.#progress);
    this.#progress = this.#seen?.playback === 'playing' ? progressed(this.#progress, media, at) : undefined;
    return isStuck(this.#progress) !== wasStuck;
  }

  /** What the document is to say, if that differs from what it says. Times are milliseconds. */
  judge(
    { connection, report, state, onAir }: DeviceDocument,
    { heardAt, receivedAt }: { heardAt: number | undefined; receivedAt: number },
    at: number,
  ): OnAir | undefined {
    const verdict = decideOnAir({
      connected: connection.status === 'online',
      heardAt,
      reportedAt: receivedAt,
      report: report.status,
      seen: this.#seen,
      progress: this.#progress,
      pictures: pictureIn(state) === this.#oldPicture ? undefined : picturesOf(state),
    });
    const { status, why, since = at } = verdict;
    // Documents of earlier versions have no such part.
    if (onAir?.status === status && onAir.why === why) return undefined;
    // An answer may reach back to its evidence, but not behind the one before it.
    const from = onAir ? Math.max(Math.min(since, at), Date.parse(onAir.since)) : Math.min(since, at);
    return { status, since: time(from), why };
  }
}

/** Names the latest picture. */
function pictureIn({ snapshot }: JsonObject): unknown {
  if (typeof snapshot !== 'object' || snapshot === null || Array.isArray(snapshot)) return undefined;
  return snapshot.url ?? snapshot.takenAt;
}

function picturesOf({ snapshot }: JsonObject): 'black' | 'still' | undefined {
  const { black, sameAsBefore } = snapshot as JsonObject;
  // One black picture may be the moment between two films.
  if (sameAsBefore !== true) return undefined;
  return black === true ? 'black' : 'still';
}
