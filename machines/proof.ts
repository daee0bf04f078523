import type { ReportKind } from './measurement.ts';
import { isSame, type Observation, observationOf } from './observation.ts';
import { CACHE_MS, HANGING_MS, READ_SPREAD_MS, SETTLE_MS } from './policy.ts';
import type { Reading } from './reading.ts';

/**
 * A report of the registered session, with the times that decide whether it proves anything. Times are in milliseconds.
 */
export interface ProofReport {
  kind: ReportKind;
  reading: Reading;
  /** See `Observation`. */
  values?: Readonly<Record<string, unknown>> | undefined;
  /** Time of sending, and of the earliest section's measurement, by the device's clock. */
  sentAt: number | undefined;
  sectionsAt: number | undefined;
  /** Time of arrival and of measurement, by the server's clock. */
  receivedAt: number;
  measuredAt: number;
}

/** A measurement that was certainly made after the last command. */
export interface Proof {
  seen: Observation;
  measuredAt: number;
  /** Minimum time between the command's arrival at the player and the measurement. */
  sinceArrivalMs: number;
}

/** When a command of the device last ended, and when one last ended without a response. */
export interface Endings {
  lastAt: number;
  silentAt: number;
}

export const NO_ENDINGS: Endings = Object.freeze({
  lastAt: Number.NEGATIVE_INFINITY,
  silentAt: Number.NEGATIVE_INFINITY,
});

/**
 * Decides which measurements were made after the last command, no matter how late anything arrives (SPEC C1).
 *
 * From the moment a command is sent until a ping barrier shows that the player has received it, no report counts. The
 * next report was sent after that, and its send time becomes the `floor`: sections whose time is later than the floor,
 * by the same clock, were measured after the command arrived. A cache can be older than the command even if it is new
 * to the server.
 *
 * A command without a response may still take effect. Until it no longer can, nothing proves the next command.
 */
export class ProofGate {
  #isUnderWay: object | undefined;
  #last: Arrival = { at: undefined, floor: undefined };
  #silent: Arrival | undefined;
  #latest: Proof | undefined;
  #tooEarlyMs: number | undefined;
  /** No command has been sent so far, so no measurement can be older than one. */
  #isUntouched = true;

  /**
   * Starts a session; its first report sets the floor.
   * @param before endings, including those of earlier processes
   */
  begin(at: number, before: Endings = NO_ENDINGS): void {
    this.#isUnderWay = undefined;
    if (at - before.lastAt < CACHE_MS) this.#isUntouched = false;
    // A command in transit either arrived before this session or is lost.
    if (this.#silent || at - before.silentAt < HANGING_MS)
      this.#silent = { at: this.#silent?.at ?? at, floor: undefined };
    this.#arrived(at);
  }

  /**
   * A command is sent. Returns a callback for when the player has received it and all its earlier messages have
   * arrived.
   */
  sent(): (at: number) => void {
    const command = {};
    this.#isUnderWay = command;
    this.#isUntouched = false;
    this.#latest = undefined;
    return (arrivedAt) => {
      if (this.#isUnderWay !== command) return;
      this.#isUnderWay = undefined;
      this.#arrived(arrivedAt);
    };
  }

  /** A command ended. Earlier measurements prove nothing for the next one. */
  ended(wasSilent: boolean): void {
    this.#isUntouched = false;
    if (wasSilent) this.#silent = this.#isUnderWay ? { at: undefined, floor: undefined } : { ...this.#last };
    this.#last.floor = undefined;
    this.#latest = undefined;
  }

  /**
   * By how much the last report was measured too early to prove anything. Undefined: it was not, or a later measurement
   * proves nothing either.
   */
  get tooEarlyMs(): number | undefined {
    return this.#tooEarlyMs;
  }

  /** Undefined if the report proves nothing. */
  report({ kind, reading, values, sentAt, sectionsAt, receivedAt, measuredAt }: ProofReport): Proof | undefined {
    this.#tooEarlyMs = undefined;
    if (this.#isUnderWay) return undefined;
    const last = this.#last;
    const silent = this.#silent;
    const isFirst = last.floor === undefined;
    last.floor ??= sentAt ?? sectionsAt;
    if (silent) silent.floor ??= last.floor;
    if (kind !== 'measured') return undefined;
    // A report without section times is measured when it is sent.
    const at = sectionsAt === undefined ? sentAt : sectionsAt - READ_SPREAD_MS;
    if (silent && since(silent, at, receivedAt) < SETTLE_MS) return undefined;
    const isLater = sectionsAt === undefined || (!isFirst && (at as number) > (last.floor as number));
    if (isLater) this.#silent = undefined;
    else this.#tooEarlyMs = (last.floor as number) - (at as number);
    if (!isLater && !this.#isUntouched) return undefined;
    const observation = observationOf(reading);
    const seen = values ? { ...observation, values } : observation;
    // Keeping the same object spares the garbage collector: most measurements of a device show the same.
    const kept = this.#latest && isSame(this.#latest.seen, seen) ? this.#latest.seen : seen;
    this.#latest = { seen: kept, measuredAt, sinceArrivalMs: since(last, at, receivedAt) };
    return isLater ? this.#latest : undefined;
  }

  /** The baseline for a command sent now; null if there is none. */
  baseline(now: number, maxAgeMs: number): Observation | null {
    const latest = this.#latest;
    return latest && now - latest.measuredAt <= maxAgeMs ? latest.seen : null;
  }

  #arrived(at: number): void {
    this.#last = { at, floor: undefined };
    if (this.#silent) this.#silent.at ??= at;
    this.#latest = undefined;
  }
}

/**
 * The latest possible time at which the player received a command, by the server's clock (`at`) and the device's
 * (`floor`).
 */
interface Arrival {
  at: number | undefined;
  floor: number | undefined;
}

/** Elapsed time by both clocks; the shorter one counts, since either may have been adjusted. `at` is device time. */
function since(arrival: Arrival, at: number | undefined, receivedAt: number): number {
  const byDevice = at === undefined ? Number.POSITIVE_INFINITY : at - (arrival.floor as number);
  return Math.max(0, Math.min(byDevice, receivedAt - (arrival.at ?? receivedAt)));
}
