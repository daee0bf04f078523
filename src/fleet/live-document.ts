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
import { skipVersions } from './device-context.ts';
import { diff, keepPicture, time } from './document.ts';
import { shared } from './sharing.ts';
import { type TickRules, Ticks } from './ticking.ts';

/** A larger jump of a device's clock is a change of its own. Smaller drift is piggybacked. */
const SKEW_JUMP_MS = 5000;
/** A clock that was never set starts in 1970, but no clock is off by a hundred years. */
const MAX_SKEW_MS = 100 * 365 * 86_400_000;

/** The classification of a report. */
export interface TakenReport {
  kind: ReportKind;
  /** What the report says about playback. */
  reading: Reading;
  /** When it was sent, and when its earliest section was measured, by the device's clock. */
  sentAt: number | undefined;
  sectionsAt: number | undefined;
  /** There is a material change, or the volatile values are due. */
  isDue: boolean;
}

/**
 * A device's document, its version, and its unpublished changes.
 *
 * Changes are made to a draft. `commit` turns them into one version and one patch, or nothing if nothing differs.
 * Piggybacked fields (SPEC D3: `lastSeenAt`; A5: volatile values) are kept separately and published with the next
 * commit.
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

  /** The last published version is unknown, so the next one must contain the whole document instead of a patch. */
  #versionsSkipped: boolean;
  /** All versions after this one were assigned here. */
  #since: number;

  constructor(
    { version, document }: VersionedDocument,
    {
      tickRules,
      stateIntervalMs,
      clock,
    }: { tickRules: TickRules; stateIntervalMs: number; clock: Pick<Clock, 'now' | 'wall'> },
    versionsSkipped = false,
  ) {
    this.#clock = clock;
    this.#versionsSkipped = versionsSkipped;
    this.#version = version;
    this.#since = version;
    this.#document = document;
    this.#ticks = new Ticks(tickRules);
    this.#stateIntervalMs = stateIntervalMs;
  }

  /** The document as published. */
  get published(): VersionedDocument {
    return { version: this.#version, document: this.#document };
  }

  /** The document as of the next commit, without piggybacked fields. */
  get latest(): DeviceDocument {
    return this.#draft ?? this.#document;
  }

  get latestState(): JsonObject {
    return this.#ticks.apply(this.latest.state);
  }

  get receivedAt(): number {
    return this.#receivedAt ?? 0;
  }

  /** When playback was last measured (`clock.now()` ms), possibly before this session. */
  get measuredAt(): number | undefined {
    const { measuredAt } = this.#document.report;
    return this.#measuring.at ?? (measuredAt == null ? undefined : momentOf(this.#clock, measuredAt));
  }

  get measuringIntervalMs(): number {
    return measuringIntervalMs(this.#measuring, this.#stateIntervalMs);
  }

  /** Whether the last measurement is too old to tell what plays. Undefined: nothing was measured in this session. */
  isOld(now: number): boolean | undefined {
    return isOld(this.#measuring, this.#stateIntervalMs, now);
  }

  /** A new session begins: its measuring interval must be learnt again. */
  beginSession(): void {
    this.#measuring = notMeasured;
  }

  /** When the device was last heard (`clock.now()` ms), possibly before this process started. */
  get heardAt(): number | undefined {
    const { lastSeenAt } = this.#document.connection;
    return this.#lastSeenAt ?? (lastSeenAt === null ? undefined : momentOf(this.#clock, lastSeenAt));
  }

  /**
   * Another instance published up to this version: the next commit gets a higher version and contains the whole
   * document.
   * `diverged`: the other instance published other content with the same versions.
   */
  advanceVersionPast(version: number, diverged: boolean, wall: number): void {
    if (version <= (diverged ? this.#since : this.#version)) return;
    this.#version = skipVersions(Math.max(version, this.#version), wall);
    this.#since = this.#version;
    this.#versionsSkipped = true;
    this.amend({});
  }

  amend(change: Partial<DeviceDocument>): void {
    this.#draft = { ...this.latest, ...change };
  }

  /** Undefined: the device is not blocked. */
  noteBlocked(blocked: Blocked | undefined): void {
    const { blocked: known, ...rest } = this.latest;
    if (known !== blocked) this.#draft = blocked ? { ...rest, blocked } : rest;
  }

  /** Undefined: there is no desired state. */
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
   * Applies a state, which must not be shared: it may be modified. Material changes go to the draft; volatile values
   * are published with them, or after `tickIntervalMs`.
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
    // An empty report contains no measurement: the known state stays.
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

  /** A state was refused, or (undefined) accepted again. */
  noteRefused(refused: DeviceDocument['report']['refused'] | undefined): void {
    const { refused: known, ...report } = this.latest.report;
    if (known?.code !== refused?.code) this.amend({ report: refused ? { ...report, refused } : report });
  }

  /** Publishes the volatile values with the next report. */
  publishTicksSoon(): void {
    this.#ticksPublishedAt = 0;
  }

  /** Publishes whole sections, so that their values stay consistent. Undefined: all sections. */
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
    if (!patch && !this.#versionsSkipped) return undefined;
    this.#document = after;
    this.#version++;
    const head = { deviceId: after.id, version: this.#version, at: now };
    if (patch && !this.#versionsSkipped) return { ...head, patch };
    this.#versionsSkipped = false;
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
    // The report may have waited, and newer messages may have been processed first.
    this.#lastSeenAt = Math.max(at, this.#lastSeenAt ?? at);
    this.#receivedAt = at;
    const theirs = deviceClock(timestamp);
    // A repeated timestamp does not show the current time: the clock would seem to fall behind with every report.
    if (theirs === undefined || timestamp === this.#timestamp) return false;
    const skewMs = Math.round(theirs - this.#clock.wall(at));
    // This is no clock time, but for example an uptime or a maximum value.
    if (Math.abs(skewMs) > MAX_SKEW_MS) return false;
    // A jump needs two reports that agree; otherwise the timestamps are just unreliable.
    const isSteady = this.#clockSkewMs !== undefined && Math.abs(skewMs - this.#clockSkewMs) < SKEW_JUMP_MS;
    this.#timestamp = timestamp;
    this.#clockSkewMs = skewMs;
    const published = this.#document.connection.clockSkewMs;
    if (published === null || (isSteady && Math.abs(published - skewMs) >= SKEW_JUMP_MS)) this.#hasSkewJumped = true;
    return this.#hasSkewJumped;
  }
}

/** Documents of earlier versions have no `playback`. */
function differs(a: Playback, b: Playback | undefined): boolean {
  return b === undefined || (Object.keys(a) as (keyof Playback)[]).some((key) => a[key] !== b[key]);
}
