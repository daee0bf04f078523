import type { ReportKind } from './measurement.ts';
import { type Observation, observationOf } from './observation.ts';
import { CACHE_MS, HANGING_MS, READ_SPREAD_MS, SETTLE_MS } from './policy.ts';
import type { Reading } from './reading.ts';

/** A report of the registered session, as far as it may prove anything. Times are milliseconds. */
export interface ProofReport {
  kind: ReportKind;
  reading: Reading;
  /** See `Observation`. */
  values?: Readonly<Record<string, unknown>> | undefined;
  /** When it was sent, and when the earliest of its sections was measured, by the device's clock. */
  sentAt: number | undefined;
  sectionsAt: number | undefined;
  /** When it came, and when it was measured, by the server's clock. */
  receivedAt: number;
  measuredAt: number;
}

/** What a measurement that was surely made after the last command shows. */
export interface Proof {
  seen: Observation;
  measuredAt: number;
  /** It was made at least so long after the player had the command. */
  sinceArrivalMs: number;
}

/** When a command of a device last ended, and when one ended that got no answer. */
export interface Endings {
  lastAt: number;
  silentAt: number;
}

export const NO_ENDINGS: Endings = Object.freeze({
  lastAt: Number.NEGATIVE_INFINITY,
  silentAt: Number.NEGATIVE_INFINITY,
});

/**
 * Decides which measurements were made after the last command, however late anything arrives (SPEC C1).
 *
 * From the moment a command leaves until a ping barrier shows that the player has it, no report counts. The first report
 * after that was sent after it, and its time of sending is the `floor`: sections measured later than the floor, by the
 * same clock, were measured after the command arrived. A cache may be older than the command, however new it is here.
 *
 * A command that got no answer may still take effect: until it cannot any more, nothing proves anything for the next one.
 */
export class ProofGate {
  #isUnderWay: object | undefined;
  #last: Arrival = { at: undefined, floor: undefined };
  #silent: Arrival | undefined;
  #latest: Proof | undefined;
  /** No command has left so far: there is none that a measurement could be older than. */
  #isUntouched = true;

  /** A new session: its first report sets the floor. `before`: what is known of commands of an earlier process, too. */
  begin(at: number, before: Endings = NO_ENDINGS): void {
    this.#isUnderWay = undefined;
    if (at - before.lastAt < CACHE_MS) this.#isUntouched = false;
    // What was under way arrived before, or never.
    if (this.#silent || at - before.silentAt < HANGING_MS)
      this.#silent = { at: this.#silent?.at ?? at, floor: undefined };
    this.#arrived(at);
  }

  /** A command leaves. Returns what is to be called once the player has it, and all that it said before has come. */
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

  /** A command ended. What was measured before proves nothing for the next one. */
  ended(wasSilent: boolean): void {
    this.#isUntouched = false;
    if (wasSilent) this.#silent = this.#isUnderWay ? { at: undefined, floor: undefined } : { ...this.#last };
    this.#last.floor = undefined;
    this.#latest = undefined;
  }

  /** Undefined: it proves nothing. */
  report({ kind, reading, values, sentAt, sectionsAt, receivedAt, measuredAt }: ProofReport): Proof | undefined {
    if (this.#isUnderWay) return undefined;
    const last = this.#last;
    const silent = this.#silent;
    const isFirst = last.floor === undefined;
    last.floor ??= sentAt ?? sectionsAt;
    if (silent) silent.floor ??= last.floor;
    if (kind !== 'measured') return undefined;
    // A report without section times is measured as it is sent.
    const at = sectionsAt === undefined ? sentAt : sectionsAt - READ_SPREAD_MS;
    if (silent && since(silent, at, receivedAt) < SETTLE_MS) return undefined;
    const isLater = sectionsAt === undefined || (!isFirst && (at as number) > (last.floor as number));
    if (isLater) this.#silent = undefined;
    if (!isLater && !this.#isUntouched) return undefined;
    const observation = observationOf(reading);
    const seen = values ? { ...observation, values } : observation;
    this.#latest = { seen, measuredAt, sinceArrivalMs: since(last, at, receivedAt) };
    return isLater ? this.#latest : undefined;
  }

  /** What a command that is sent now is compared with; null: nothing. */
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

/** When the player had a command at the latest: by the server's clock, and by the device's. */
interface Arrival {
  at: number | undefined;
  floor: number | undefined;
}

/** By both clocks, the shorter: any of them may be set meanwhile. `at`: by the device's. */
function since(arrival: Arrival, at: number | undefined, receivedAt: number): number {
  const byDevice = at === undefined ? Number.POSITIVE_INFINITY : at - (arrival.floor as number);
  return Math.max(0, Math.min(byDevice, receivedAt - (arrival.at ?? receivedAt)));
}
