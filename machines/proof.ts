import type { ReportKind } from './measurement.ts';
import { type Observation, observationOf } from './observation.ts';
import { SETTLE_MS } from './policy.ts';
import type { Reading } from './reading.ts';

/** A report of the registered session, as far as it may prove anything. Times are milliseconds. */
export interface ProofReport {
  kind: ReportKind;
  reading: Reading;
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

/**
 * Decides which measurements were made after the last command, however late anything arrives (SPEC C1).
 *
 * From the moment a command leaves until a ping barrier shows that the player has it, no report counts. The first report
 * after that was sent after it, and its time of sending is the `floor`: sections measured later than the floor, by the
 * same clock, were measured after the command arrived. A cache may be older than the command, however new it is here.
 */
export class ProofGate {
  #isUnderWay: object | undefined;
  #leftAt = 0;
  #arrivedAt = 0;
  #floor: number | undefined;
  /** Until then a toggle that got no answer may still take effect. */
  #settledAt = 0;
  #latest: Proof | undefined;
  /** No command has left so far: there is none that a measurement could be older than. */
  #isUntouched = true;

  /** A new session: its first report sets the floor. */
  begin(at: number): void {
    this.#isUnderWay = undefined;
    this.#arrivedAt = at;
    this.#forget();
  }

  /** A command leaves. Returns what is to be called once the player has it, and all that it said before has come. */
  sent(at: number): (at: number) => void {
    const command = {};
    this.#isUnderWay = command;
    this.#leftAt = at;
    this.#isUntouched = false;
    this.#forget();
    return (arrivedAt) => {
      if (this.#isUnderWay !== command) return;
      this.#isUnderWay = undefined;
      this.#arrivedAt = arrivedAt;
    };
  }

  /** A command ended. What was measured before proves nothing for the next one. */
  ended(wasSilent: boolean): void {
    if (wasSilent) this.#settledAt = this.#leftAt + SETTLE_MS;
    this.#isUntouched = false;
    this.#forget();
  }

  /** Undefined: it proves nothing. */
  report({ kind, reading, sentAt, sectionsAt, receivedAt, measuredAt }: ProofReport): Proof | undefined {
    if (this.#isUnderWay) return undefined;
    const isFirst = this.#floor === undefined;
    this.#floor ??= sentAt ?? sectionsAt;
    // A report without section times is measured as it is sent.
    const at = sectionsAt ?? sentAt;
    if (kind !== 'measured') return undefined;
    const byDevice = at === undefined ? Number.POSITIVE_INFINITY : at - (this.#floor as number);
    const sinceArrivalMs = Math.max(0, Math.min(byDevice, receivedAt - this.#arrivedAt));
    const proof = { seen: observationOf(reading), measuredAt, sinceArrivalMs };
    const isLater = sectionsAt === undefined || (!isFirst && sectionsAt > (this.#floor as number));
    if (isLater || this.#isUntouched) this.#latest = proof;
    return isLater ? proof : undefined;
  }

  /** What a command that is sent now is compared with; null: nothing. */
  baseline(now: number, maxAgeMs: number): Observation | null {
    const latest = this.#latest;
    if (!latest || now - latest.measuredAt > maxAgeMs || latest.measuredAt < this.#settledAt) return null;
    return latest.seen;
  }

  #forget(): void {
    this.#floor = undefined;
    this.#latest = undefined;
  }
}
