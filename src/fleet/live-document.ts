import {
  isOld,
  kindOf,
  type Measuring,
  measure,
  measuringIntervalMs,
  notMeasured,
  type ReportKind,
} from '../../machines/measurement.ts';
import {
  deviceClock,
  nothingRead,
  type Playback,
  playbackOf,
  type Reading,
  read,
  sectionTimes,
  sentAt,
} from '../../machines/reading.ts';
import { type Clock, momentOf } from '../ports/clock.ts';
import type { ShownDesired } from '../protocol/desired.ts';
import type {
  Blocked,
  DeviceDocument,
  Json,
  JsonObject,
  Time,
  Update,
  VersionedDocument,
} from '../protocol/document.ts';
import { diff, keepPicture, time } from './document.ts';
import { shared } from './sharing.ts';
import { leap } from './surroundings.ts';
import { type TickRules, Ticks } from './ticking.ts';

/** A clock that jumps by more is a change; less is drift, and is told with other changes. */
const SKEW_JUMP_MS = 5000;
/** A clock that was never set begins in 1970; none is off by a hundred years. */
const MAX_SKEW_MS = 100 * 365 * 86_400_000;

/** What a report was. */
export interface TakenReport {
  kind: ReportKind;
  /** What it says of what plays. */
  reading: Reading;
  /** When it was sent, and when the earliest of its sections was measured, by the device's clock. */
  sentAt: number | undefined;
  sectionsAt: number | undefined;
  /** The document differs from the published one in more than ticks, or its ticks are due. */
  isDue: boolean;
}

/**
 * A device's document, its version, and what moved since without being published.
 *
 * Changes are made to a draft; `commit` makes of all of them one version and one patch, or nothing where nothing
 * differs. What rides along (SPEC D3: `lastSeenAt`; A5: ticks) is kept beside and goes with the next commit.
 */
export class LiveDocument {
  #version: number;
  #document: DeviceDocument;
  #draft: DeviceDocument | undefined;
  readonly #ticks: Ticks;
  #ticksPublishedAt = 0;
  #measuring: Measuring = notMeasured;
  readonly #stateIntervalMs: number;
  readonly #clock: Pick<Clock, 'now' | 'wall'>;
  #lastSeenAt: number | undefined;
  #receivedAt: number | undefined;
  #timestamp: unknown;
  #clockSkewMs: number | undefined;
  #hasSkewJumped = false;

  /** The last version that was told is unknown: the next one is told whole, for nobody has what a patch would change. */
  #leapt: boolean;
  /** All versions after this one were given here. */
  #since: number;

  constructor(
    { version, document }: VersionedDocument,
    {
      tickRules,
      stateIntervalMs,
      clock,
    }: { tickRules: TickRules; stateIntervalMs: number; clock: Pick<Clock, 'now' | 'wall'> },
    leapt = false,
  ) {
    this.#clock = clock;
    this.#leapt = leapt;
    this.#version = version;
    this.#since = version;
    this.#document = document;
    this.#ticks = new Ticks(tickRules);
    this.#stateIntervalMs = stateIntervalMs;
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
    return this.#ticks.apply(this.latest.state);
  }

  get receivedAt(): number {
    return this.#receivedAt ?? 0;
  }

  /** When what plays was last measured, a moment of the clock; what was before this session counts too. */
  get measuredAt(): number | undefined {
    const { measuredAt } = this.#document.report;
    return this.#measuring.at ?? (measuredAt == null ? undefined : momentOf(this.#clock, measuredAt));
  }

  get measuringIntervalMs(): number {
    return measuringIntervalMs(this.#measuring, this.#stateIntervalMs);
  }

  /** Is the last measurement too old to tell what plays? Undefined: nothing was measured in this session. */
  isOld(now: number): boolean | undefined {
    return isOld(this.#measuring, this.#stateIntervalMs, now);
  }

  /** A new session: how often it measures is learnt anew. */
  beginSession(): void {
    this.#measuring = notMeasured;
  }

  /** When the device was last heard of, a moment of the clock; what was before this process counts too. */
  get heardAt(): number | undefined {
    const { lastSeenAt } = this.#document.connection;
    return this.#lastSeenAt ?? (lastSeenAt === null ? undefined : momentOf(this.#clock, lastSeenAt));
  }

  /**
   * Up to this version it was told of elsewhere: the next commit is beyond that, and whole. `isOtherwise`: what was told
   * there is not what was told here with the same versions.
   */
  leapPast(version: number, isOtherwise: boolean, wall: number): void {
    if (version <= (isOtherwise ? this.#since : this.#version)) return;
    this.#version = leap(Math.max(version, this.#version), wall);
    this.#since = this.#version;
    this.#leapt = true;
    this.amend({});
  }

  amend(change: Partial<DeviceDocument>): void {
    this.#draft = { ...this.latest, ...change };
  }

  /** Undefined: it is not blocked. */
  noteBlocked(blocked: Blocked | undefined): void {
    const { blocked: known, ...rest } = this.latest;
    if (known !== blocked) this.#draft = blocked ? { ...rest, blocked } : rest;
  }

  /** Undefined: nothing is wanted of it. */
  noteDesired(desired: ShownDesired | undefined): void {
    const { desired: known, ...rest } = this.latest;
    if (known !== desired) this.#draft = desired ? { ...rest, desired } : rest;
  }

  /** Replaces one section of the state. */
  amendState(section: string, value: JsonObject): void {
    this.amend({ state: { ...this.latest.state, [section]: value } });
    this.#ticks.published(new Set([section]));
  }

  seen(at: number): void {
    this.#lastSeenAt = at;
  }

  /**
   * Takes a state in (and may change it: it must be nobody else's). What differs in more than ticks becomes the draft;
   * ticks are published with it after `tickIntervalMs`.
   */
  report(state: JsonObject, at: number, tickIntervalMs: number): TakenReport {
    const jumped = this.#heard(state.timestamp, at);
    keepPicture(state, this.latest.state);
    const { state: published } = this.latest;
    const comparison = this.#ticks.compare(published, state);
    const times = sectionTimes(state);
    const sent = sentAt(state, times);
    const kind = kindOf(this.#measuring, state, times, comparison.playerChanged);
    const taken = { kind, sentAt: sent, sectionsAt: times.earliest };
    // It measured nothing, and may hold nothing: what is known stays.
    if (kind === 'empty') return { ...taken, reading: nothingRead, isDue: jumped };
    const reading = read(state);
    if (kind === 'measured') {
      this.#measuring = measure(this.#measuring, state, times, at);
      this.#ticks.learn(comparison);
    } else if (!comparison.changed) return { ...taken, reading, isDue: jumped };
    const material = this.#ticks.hold(comparison);
    const ticksAreDue = at - this.#ticksPublishedAt >= tickIntervalMs;
    if (material.size > 0 || (ticksAreDue && comparison.differences.length > 0)) {
      this.#publish(state, ticksAreDue ? undefined : material);
      this.#notePlayback(reading);
      if (ticksAreDue) this.#ticksPublishedAt = at;
      return { ...taken, reading, isDue: true };
    }
    return { ...taken, reading, isDue: jumped };
  }

  /** A state was refused, or taken again after that. */
  noteRefused(refused: DeviceDocument['report']['refused'] | undefined): void {
    const { refused: known, ...report } = this.latest.report;
    if (known?.code !== refused?.code) this.amend({ report: refused ? { ...report, refused } : report });
  }

  /** Ticks are published with the next report. */
  publishTicksSoon(): void {
    this.#ticksPublishedAt = 0;
  }

  /** Whole sections, so that what belongs together stays together; undefined: all. */
  #publish(state: JsonObject, sections: ReadonlySet<string> | undefined): void {
    const { state: published } = this.latest;
    if (sections) {
      for (const key in published)
        if (!sections.has(key) && Object.hasOwn(state, key)) state[key] = published[key] as Json;
    }
    this.amend({ state: shared(published, state) as JsonObject });
    this.#ticks.published(sections);
  }

  #notePlayback(reading: Reading): void {
    const playback = playbackOf(reading);
    if (differs(playback, this.latest.playback)) this.amend({ playback });
  }

  commit(at: number): Update | undefined {
    if (this.#hasSkewJumped) this.amend({});
    const draft = this.#draft;
    if (!draft) return undefined;
    this.#draft = undefined;
    const now = time(this.#clock.wall(at));
    const stamp = (ms: number | undefined, known: Time | null) =>
      ms === undefined ? known : ms === at ? now : time(this.#clock.wall(ms));
    const after = this.#withRiders(draft, stamp);
    const patch = diff(this.#document, after, this.#hasSkewJumped);
    this.#hasSkewJumped = false;
    if (!patch && !this.#leapt) return undefined;
    this.#document = after;
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
      connection: {
        ...connection,
        lastSeenAt: stamp(this.#lastSeenAt, connection.lastSeenAt),
        clockSkewMs: this.#clockSkewMs ?? connection.clockSkewMs,
      },
      report: {
        ...report,
        receivedAt: stamp(this.#receivedAt, report.receivedAt),
        measuredAt: stamp(this.#measuring.at, report.measuredAt ?? null),
      },
    };
  }

  /** Returns whether the device's clock has jumped. */
  #heard(timestamp: unknown, at: number): boolean {
    // It may have been held for a moment, and the device heard of since.
    this.#lastSeenAt = Math.max(at, this.#lastSeenAt ?? at);
    this.#receivedAt = at;
    const theirs = deviceClock(timestamp);
    // One that was said before is no reading of a clock: it would seem to fall behind with every report.
    if (theirs === undefined || timestamp === this.#timestamp) return false;
    const skewMs = Math.round(theirs - this.#clock.wall(at));
    // Not what a clock says, but an uptime, or the largest number that the player has.
    if (Math.abs(skewMs) > MAX_SKEW_MS) return false;
    // Two reports have to agree: where each says something else, that is no jump of a clock.
    const isSteady = this.#clockSkewMs !== undefined && Math.abs(skewMs - this.#clockSkewMs) < SKEW_JUMP_MS;
    this.#timestamp = timestamp;
    this.#clockSkewMs = skewMs;
    const told = this.#document.connection.clockSkewMs;
    if (told === null || (isSteady && Math.abs(told - skewMs) >= SKEW_JUMP_MS)) this.#hasSkewJumped = true;
    return this.#hasSkewJumped;
  }
}

/** Documents of earlier versions have no such part. */
function differs(a: Playback, b: Playback | undefined): boolean {
  return b === undefined || (Object.keys(a) as (keyof Playback)[]).some((key) => a[key] !== b[key]);
}
