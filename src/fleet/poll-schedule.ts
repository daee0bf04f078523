import type { LiveDocument } from './live-document.ts';

interface Intervals {
  stateIntervalMs: number;
  reportTimeoutMs: number;
}

/** Decides when a device is polled for its state. Times are `clock.now()` ms. */
export class PollSchedule {
  readonly #intervals: Intervals;
  readonly #document: Pick<LiveDocument, 'receivedAt' | 'measuredAt' | 'measuringIntervalMs'>;
  /** Each watcher's requested polling interval. */
  #watchers: Map<string, number> | undefined;
  #polledAt = 0;
  #proofAt = Number.POSITIVE_INFINITY;
  /** A command waits for a measurement: the device is polled until one arrives. */
  needsProof = false;
  /** When a command succeeded whose effect has not been measured yet. */
  effectAwaitedSince: number | undefined;

  constructor(intervals: Intervals, document: Pick<LiveDocument, 'receivedAt' | 'measuredAt' | 'measuringIntervalMs'>) {
    this.#intervals = intervals;
    this.#document = document;
  }

  get isWatched(): boolean {
    return this.#watchers !== undefined;
  }

  get intervalMs(): number {
    return this.#watchers ? Math.min(...this.#watchers.values()) : this.#intervals.stateIntervalMs;
  }

  /** Returns whether the interval has changed. */
  watch(by: string, intervalMs: number): boolean {
    const before = this.intervalMs;
    this.#watchers = (this.#watchers ?? new Map()).set(by, intervalMs);
    return this.intervalMs !== before;
  }

  unwatch(by: string): boolean {
    const before = this.intervalMs;
    if (!this.#watchers?.delete(by)) return false;
    if (this.#watchers.size === 0) this.#watchers = undefined;
    return this.intervalMs !== before;
  }

  polled(now: number): void {
    this.#polledAt = now;
    this.#proofAt = Number.POSITIVE_INFINITY;
  }

  /** The answer to the last poll was measured this much too early to prove anything. Undefined: it was not. */
  tooEarly(ms: number | undefined): void {
    this.#proofAt = ms === undefined ? Number.POSITIVE_INFINITY : this.#polledAt + ms + JITTER_MS;
  }

  /** Whether the answer to the last poll is overdue. */
  isMissed(now: number): boolean {
    return !this.#isAnswered && now - this.#polledAt >= this.#intervals.reportTimeoutMs;
  }

  /** A measurement made before the command succeeded does not show its effect, even if it arrives later. */
  measured(at: number): void {
    if (at >= (this.effectAwaitedSince ?? 0)) this.effectAwaitedSince = undefined;
  }

  /**
   * When to poll next. For a proof, every second, and once as much later as the last measurement was too early: a device
   * that measures when it is polled then proves something within the second that a toggle waits. If the device repeated
   * its last measurement, wait until its next one is due: earlier polls would return the same. The longer the next one is
   * overdue, the less often the device is polled. After a successful command it is also polled earlier, at growing
   * intervals, because a rarely polled device may measure more often than was learnt.
   */
  nextAt(): number {
    const at = this.#exactAt();
    const isHurried = this.needsProof || this.effectAwaitedSince !== undefined || this.intervalMs < GROUPED_FROM_MS;
    return isHurried ? at : Math.ceil(at / GROUP_MS) * GROUP_MS;
  }

  #exactAt(): number {
    const { receivedAt, measuringIntervalMs, measuredAt = 0 } = this.#document;
    const last = Math.max(receivedAt, this.#polledAt);
    if (this.needsProof) return Math.min(last + SOON_MS, this.#proofAt);
    const since = this.effectAwaitedSince;
    const wantedAt = last + (since === undefined ? this.intervalMs : Math.max(SOON_MS, last - since));
    if (measuredAt >= receivedAt - MEASURED_ON_POLL_MS) return wantedAt;
    const dueAt = measuredAt + measuringIntervalMs;
    if (since !== undefined && last < dueAt) return Math.min(wantedAt, dueAt);
    const sensibleAt = Math.max(dueAt, last + (last - dueAt) / BACK_OFF);
    const latestAt = last + Math.max(this.intervalMs, this.#intervals.stateIntervalMs);
    return Math.min(Math.max(wantedAt, sensibleAt), latestAt);
  }

  /** The next time to poll, or to check whether an answer is overdue. */
  nextLookAt(now: number): number {
    const missedAt = this.#polledAt + this.#intervals.reportTimeoutMs;
    return this.#isAnswered || missedAt <= now ? this.nextAt() : Math.min(this.nextAt(), missedAt);
  }

  get #isAnswered(): boolean {
    return this.#document.receivedAt >= this.#polledAt;
  }
}

/** Devices that are polled together answer together, which costs the server a tenth less than one after the other. */
const GROUP_MS = 200;
/** With shorter intervals, the delay would be noticeable. */
const GROUPED_FROM_MS = 10_000;
/** Polling interval while a measurement is needed. */
const SOON_MS = 1000;
/** A device may measure this much sooner after one poll than after another. */
const JITTER_MS = 50;
const BACK_OFF = 4;
/** A measurement younger than this on arrival was made in response to the poll. */
const MEASURED_ON_POLL_MS = 1000;
