import type { DeviceDocument, JsonObject, Time, Update, VersionedDocument } from '../protocol/document.ts';
import { deviceTime } from '../protocol/player.ts';
import { diff, keepPicture, time } from './document.ts';
import { shared } from './sharing.ts';
import type { Ticking, Ticks } from './ticking.ts';

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
  #stateToldAt = 0;
  #lastSeenAt: number | undefined;
  #receivedAt: number | undefined;
  #timestamp: unknown;
  #clockSkewMs: number | undefined;
  readonly #ticking: Ticking;

  /** The last version that was told is unknown: the next one is told whole, for nobody has what a patch would change. */
  #leapt: boolean;

  constructor({ version, document }: VersionedDocument, ticking: Ticking, leapt = false) {
    this.#leapt = leapt;
    this.#version = version;
    this.#document = document;
    this.#ticking = ticking;
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

  amend(change: Partial<DeviceDocument>): void {
    this.#draft = { ...this.latest, ...change };
  }

  /** Replaces one section of the state. The ticks that wait go with it, for they are counted along the state as it was. */
  amendState(section: string, value: JsonObject): void {
    this.amend({ state: { ...this.latestState, [section]: value } });
    this.#ticked = false;
  }

  seen(at: number): void {
    this.#lastSeenAt = at;
  }

  /**
   * Takes a state in (and may change it: it must be nobody else's), and the device's own `timestamp` of it. News become
   * the draft; ticks go with the next commit, which is due if the answer is 'ticks'.
   */
  report(state: JsonObject, timestamp: unknown, at: number, intervalMs: number): Novelty {
    this.#lastSeenAt = at;
    this.#receivedAt = at;
    keepPicture(state, this.latest.state);
    const { state: told } = this.#document;
    const jumped = this.#clockJumped(timestamp, at);
    this.#ticked = this.#ticking.only(told, state, this.#ticks);
    if (!this.#ticked) this.amend({ state: shared(told, state) as JsonObject });
    if (!this.#ticked || jumped) return 'news';
    return at - this.#stateToldAt >= intervalMs ? 'ticks' : 'held';
  }

  commit(at: number): Update | undefined {
    const draft = this.#draft;
    if (!draft) return undefined;
    this.#draft = undefined;
    const now = time(at);
    const stamp = (ms: number | undefined, known: Time | null) =>
      ms === undefined ? known : ms === at ? now : time(ms);
    const after = this.#withRiders(draft, stamp);
    const patch = diff(this.#document, after);
    if (!patch) return undefined;
    if (after.state !== this.#document.state) this.#stateToldAt = at;
    this.#document = after;
    this.#ticked = false;
    this.#version++;
    const head = { deviceId: after.id, version: this.#version, at: now };
    if (!this.#leapt) return { ...head, patch };
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
    return this.#ticked ? this.#ticking.apply(state, this.#ticks) : state;
  }

  #clockJumped(timestamp: unknown, at: number): boolean {
    const theirs = deviceTime(timestamp);
    // One that was said before is no reading of a clock: it would seem to fall behind with every report.
    if (theirs === undefined || timestamp === this.#timestamp) return false;
    this.#timestamp = timestamp;
    this.#clockSkewMs = Math.round(theirs - at);
    const told = this.#document.connection.clockSkewMs;
    return told === null || Math.abs(told - this.#clockSkewMs) >= SKEW_IS_NEWS_MS;
  }
}
