import type { LiveDocument } from './live-document.ts';

interface Intervals {
  stateIntervalMs: number;
  reportTimeoutMs: number;
}

/** When a device is asked for its state. Times are moments of the clock, ms. */
export class Asking {
  readonly #intervals: Intervals;
  readonly #document: Pick<LiveDocument, 'receivedAt' | 'measuredAt' | 'measuringIntervalMs'>;
  /** By whom it is watched, and how often they want it asked. */
  #watchers: Map<string, number> | undefined;
  #askedAt = 0;
  /** A command waits for a measurement: it is asked for until one comes. */
  isProofWanted = false;
  /** When a command succeeded whose effect was not measured so far. */
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

  /** Returns whether the interval is another one now. */
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

  asked(now: number): void {
    this.#askedAt = now;
  }

  /** It was asked, and its answer has not come in time. */
  isMissed(now: number): boolean {
    return !this.#isAnswered && now - this.#askedAt >= this.#intervals.reportTimeoutMs;
  }

  /** What was measured before a command succeeded does not show its effect, though it comes after. */
  measured(at: number): void {
    if (at >= (this.effectAwaitedSince ?? 0)) this.effectAwaitedSince = undefined;
  }

  /**
   * When it is to be asked next. Where it said its last measurement again, that is when the next one is due: asked more
   * often, it would say the same each time. The longer that stays out, the more seldom it is asked. After a success it is
   * asked before that too, at growing gaps: who is asked seldom may measure more often than could be learnt.
   */
  nextAt(): number {
    const { receivedAt, measuringIntervalMs, measuredAt = 0 } = this.#document;
    const last = Math.max(receivedAt, this.#askedAt);
    if (this.isProofWanted) return last + SOON_MS;
    const since = this.effectAwaitedSince;
    const wantedAt = last + (since === undefined ? this.intervalMs : Math.max(SOON_MS, last - since));
    if (measuredAt >= receivedAt - MEASURED_ON_ASKING_MS) return wantedAt;
    const dueAt = measuredAt + measuringIntervalMs;
    if (since !== undefined && last < dueAt) return Math.min(wantedAt, dueAt);
    const sensibleAt = Math.max(dueAt, last + (last - dueAt) / BACK_OFF);
    const latestAt = last + Math.max(this.intervalMs, this.#intervals.stateIntervalMs);
    return Math.min(Math.max(wantedAt, sensibleAt), latestAt);
  }

  /** When it is to be looked at next: to be asked, or because its answer stays out. */
  nextLookAt(now: number): number {
    const missedAt = this.#askedAt + this.#intervals.reportTimeoutMs;
    return this.#isAnswered || missedAt <= now ? this.nextAt() : Math.min(this.nextAt(), missedAt);
  }

  get #isAnswered(): boolean {
    return this.#document.receivedAt >= this.#askedAt;
  }
}

/** Where a measurement is waited for. */
const SOON_MS = 1000;
const BACK_OFF = 4;
/** A measurement that was made because it was asked for is younger than this when it comes. */
const MEASURED_ON_ASKING_MS = 1000;
