import type { Clock } from '../ports/clock.ts';

export interface Reporter {
  readonly intervalMs: number;
  readonly lastHeardOrAskedAt: number;
  reportOverdue(): void;
}

/** A dead man's switch for reports. It looks at them only when it is due, so that a report costs nothing here. */
export class OverdueTimer {
  readonly #reporter: Reporter;
  readonly #clock: Clock;
  #timer: unknown;

  constructor(reporter: Reporter, clock: Clock) {
    this.#reporter = reporter;
    this.#clock = clock;
  }

  arm(ms: number): void {
    this.stop();
    this.#timer = this.#clock.setTimeout(() => {
      const left = this.#reporter.lastHeardOrAskedAt + this.#reporter.intervalMs - this.#clock.now();
      if (left <= 0) this.#reporter.reportOverdue();
      this.arm(left > 0 ? left : this.#reporter.intervalMs);
    }, ms);
  }

  stop(): void {
    this.#clock.clearTimeout(this.#timer);
  }
}
