import { mediaPath } from '../../machines/on-air.ts';
import type { DeviceDocument, JsonObject, Time, Update, VersionedDocument } from '../protocol/document.ts';
import { deviceTime } from '../protocol/player.ts';
import { diff, keepPicture, time } from './document.ts';
import type { LastReport, Readings, ReportMatcher } from './report-matcher.ts';
import { shared } from './sharing.ts';
import { leap } from './surroundings.ts';
import type { Ticks } from './ticking.ts';

/** A clock that jumps by more is news; less is drift, and rides along. */
const SKEW_IS_NEWS_MS = 5000;

/** How a report compares with what is known: news of its own, ticks whose time has come, or ticks that wait. */
export type Novelty = 'news' | 'ticks' | 'held';

/**
 * A device's document, its version, and what moved since without being news.
 *
 * Changes are made to a draft; `commit` makes of all of them one version and one patch, or nothing where nothing
 * differs. What rides along (CONTRACT §3: `lastSeenAt`; A5: ticks) is kept beside and goes with the next commit.
 */
export class LiveDocument {
  #version: number;
  #document: DeviceDocument;
  #draft: DeviceDocument | undefined;
  /** Ticks that came since, for the state that was told. */
  readonly #ticks: Ticks = [];
  #ticked = false;
  /** The last report, if it said no more than the state that was told and ticks. */
  #last: LastReport | undefined;
  /** Its ticks are known by their place alone so far. */
  #unread = false;
  #stateToldAt = 0;
  #lastSeenAt: number | undefined;
  #receivedAt: number | undefined;
  #timestamp: unknown;
  #clockSkewMs: number | undefined;
  readonly #matcher: ReportMatcher;

  /** The last version that was told is unknown: the next one is told whole, for nobody has what a patch would change. */
  #leapt: boolean;
  /** All versions after this one were given here. */
  #since: number;

  constructor({ version, document }: VersionedDocument, matcher: ReportMatcher, leapt = false) {
    this.#leapt = leapt;
    this.#version = version;
    this.#since = version;
    this.#document = document;
    this.#matcher = matcher;
  }

  /** What the stream has told. */
  get told(): VersionedDocument {
    return { version: this.#version, document: this.#document };
  }

  /** What the next commit will tell, riders aside. */
  get latest(): DeviceDocument {
    return this.#draft ?? this.#document;
  }

  get latestState(): JsonObject {
    this.#read();
    return this.#withTicks(this.latest.state);
  }

  get receivedAt(): number {
    return this.#receivedAt ?? 0;
  }

  /** When the device was last heard of, in ms; what was before this process counts too. */
  get heardAt(): number | undefined {
    const { lastSeenAt } = this.#document.connection;
    return this.#lastSeenAt ?? (lastSeenAt === null ? undefined : Date.parse(lastSeenAt));
  }

  /**
   * Up to this version it was told of elsewhere: the next commit is beyond that, and whole. `isOtherwise`: what was told
   * there is not what was told here with the same versions.
   */
  leapPast(version: number, isOtherwise: boolean, at: number): void {
    if (version <= (isOtherwise ? this.#since : this.#version)) return;
    this.#version = leap(Math.max(version, this.#version), at);
    this.#since = this.#version;
    this.#leapt = true;
    this.amend({});
  }

  amend(change: Partial<DeviceDocument>): void {
    this.#draft = { ...this.latest, ...change };
  }

  /** Replaces one section of the state. The ticks that wait go with it, for they are counted along the state as it was. */
  amendState(section: string, value: JsonObject): void {
    this.amend({ state: { ...this.latestState, [section]: value } });
    this.#ticked = false;
    this.#last = undefined;
  }

  seen(at: number): void {
    this.#lastSeenAt = at;
  }

  /** Takes a report in by its text if it is the last one again, but for ticks that wait. Undefined: it has more to say. */
  repeats(json: string, at: number, intervalMs: number): Readings | undefined {
    if (!this.#last || at - this.#stateToldAt >= intervalMs) return undefined;
    const readings = this.#matcher.match(this.#last, json);
    if (!readings) return undefined;
    const skewMs = this.#skewOf(readings.timestamp, at);
    if (this.#isJump(skewMs)) return undefined;
    this.#heard(at, readings.timestamp, skewMs);
    this.#matcher.keep(this.#last);
    this.#unread = true;
    return readings;
  }

  /**
   * Takes a state in (and may change it: it must be nobody else's), and the device's own `timestamp` of it. News become
   * the draft; ticks go with the next commit, which is due if the answer is 'ticks'.
   * @param json its text, if the state is all that it says
   */
  report(state: JsonObject, timestamp: unknown, at: number, intervalMs: number, json?: string): Novelty {
    const skewMs = this.#skewOf(timestamp, at);
    const jumped = this.#isJump(skewMs);
    this.#heard(at, timestamp, skewMs);
    keepPicture(state, this.latest.state);
    const { state: told } = this.#document;
    this.#unread = false;
    this.#ticked = this.#matcher.ticking.only(told, state, this.#ticks);
    if (json !== undefined) this.#last = this.#matcher.learn(json, mediaPath(state), this.#last);
    else if (!this.#ticked) this.#last = undefined;
    if (!this.#ticked) this.amend({ state: shared(told, state) as JsonObject });
    if (!this.#ticked || jumped) return 'news';
    return at - this.#stateToldAt >= intervalMs ? 'ticks' : 'held';
  }

  commit(at: number): Update | undefined {
    const draft = this.#draft;
    if (!draft) return undefined;
    this.#draft = undefined;
    this.#read();
    const now = time(at);
    const stamp = (ms: number | undefined, known: Time | null) =>
      ms === undefined ? known : ms === at ? now : time(ms);
    const after = this.#withRiders(draft, stamp);
    const patch = diff(this.#document, after);
    if (!patch && !this.#leapt) return undefined;
    if (after.state !== this.#document.state) this.#stateToldAt = at;
    this.#document = after;
    this.#ticked = false;
    this.#version++;
    const head = { deviceId: after.id, version: this.#version, at: now };
    if (patch && !this.#leapt) return { ...head, patch };
    this.#leapt = false;
    return { ...head, document: after };
  }

  #withRiders(
    draft: DeviceDocument,
    stamp: (ms: number | undefined, known: Time | null) => Time | null,
  ): DeviceDocument {
    const { connection, report } = draft;
    return {
      ...draft,
      state: this.#withTicks(draft.state),
      connection: {
        ...connection,
        lastSeenAt: stamp(this.#lastSeenAt, connection.lastSeenAt),
        clockSkewMs: this.#clockSkewMs ?? connection.clockSkewMs,
      },
      report: { ...report, receivedAt: stamp(this.#receivedAt, report.receivedAt) },
    };
  }

  #withTicks(state: JsonObject): JsonObject {
    return this.#ticked ? this.#matcher.ticking.apply(state, this.#ticks) : state;
  }

  /** Reads the ticks that were only matched so far. */
  #read(): void {
    if (!this.#unread || !this.#last) return;
    this.#unread = false;
    const state = JSON.parse(this.#last.bytes.toString('utf8', 0, this.#last.length)) as JsonObject;
    keepPicture(state, this.#document.state);
    this.#ticked = this.#matcher.ticking.only(this.#document.state, state, this.#ticks);
  }

  #heard(at: number, timestamp: unknown, skewMs: number | undefined): void {
    // It may have been held for a moment, and the device heard of since.
    this.#lastSeenAt = Math.max(at, this.#lastSeenAt ?? at);
    this.#receivedAt = at;
    if (skewMs === undefined) return;
    this.#timestamp = timestamp;
    this.#clockSkewMs = skewMs;
  }

  #skewOf(timestamp: unknown, at: number): number | undefined {
    const theirs = deviceTime(timestamp);
    // One that was said before is no reading of a clock: it would seem to fall behind with every report.
    if (theirs === undefined || timestamp === this.#timestamp) return undefined;
    return Math.round(theirs - at);
  }

  #isJump(skewMs: number | undefined): boolean {
    if (skewMs === undefined) return false;
    const told = this.#document.connection.clockSkewMs;
    return told === null || Math.abs(told - skewMs) >= SKEW_IS_NEWS_MS;
  }
}
