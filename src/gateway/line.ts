import type { Sure } from '../fleet/surroundings.ts';
import type { Gathering, Held } from './gathering.ts';
import type { Pace } from './pace.ts';

/** What all players wait for. */
export interface Turns {
  pace: Pace;
  gathering: Gathering;
  /** Waited for before anything is taken in. */
  sure: Sure;
}

/** Takes a message in. Never rejects. */
type Take = () => Promise<void> | undefined;

export interface Report {
  take: Take;
  /** See `Held`. */
  supersedes(older: Report): boolean;
}

class Waiting implements Held {
  readonly report: Report;
  readonly take: () => void;

  constructor(report: Report, take: () => void) {
    this.report = report;
    this.take = take;
  }

  supersedes(older: Held): boolean {
    return older instanceof Waiting && this.report.supersedes(older.report);
  }
}

/** So much may wait for its turn before a report that is not held. Where more does, the senders are to wait. */
const MOST_REPORTS = 1000;

/** What one player brings, taken in in the order in which it came. */
export class Line {
  readonly #turns: Turns;
  readonly #deviceId: () => string | undefined;
  /** Set while a message that was begun is not done (its device is being fetched): those after it wait. */
  #last: Promise<void> | undefined;

  /** @param deviceId undefined: it is not known yet */
  constructor(turns: Turns, deviceId: () => string | undefined) {
    this.#turns = turns;
    this.#deviceId = deviceId;
  }

  add(take: Take): void {
    this.#turns.gathering.flushOf(this.#deviceId());
    this.#turns.pace.run(() => this.#begin(take));
  }

  /** The same for a report, which may be held for a moment, if it is known whose it is. */
  report(report: Report, mayBeHeld: boolean): void {
    const { gathering, pace } = this.#turns;
    const deviceId = this.#deviceId();
    if (mayBeHeld && deviceId !== undefined) {
      gathering.take(deviceId, new Waiting(report, () => void pace.run(() => this.#begin(report.take))));
      return;
    }
    // The device may have another socket, whose reports are to keep their place.
    gathering.flushOf(deviceId);
    pace.run(() => this.#begin(report.take), MOST_REPORTS);
  }

  /** Once all that came before is taken in. */
  after(then: () => void): void {
    this.add(() => void then());
  }

  /** It left, whether or not it is certain who holds its device. */
  end(leave: () => void): void {
    this.#turns.gathering.flushOf(this.#deviceId());
    this.#turns.pace.run(() => {
      if (this.#last) void this.#last.then(leave);
      else leave();
    });
  }

  #begin(take: Take): void {
    const wait = this.#last ?? this.#turns.sure();
    const left = wait ? wait.then(take) : take();
    if (!left) return;
    this.#last = left;
    void left.then(() => {
      if (this.#last === left) this.#last = undefined;
    });
  }
}
