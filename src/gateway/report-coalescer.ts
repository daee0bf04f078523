import type { Clock } from '../ports/clock.ts';
import type { WorkQueue } from './work-queue.ts';

/** A report that may wait. */
export interface Waiting {
  process(): void;
  /** Whether the older report can be dropped: this one replaces it, or has merged its content. */
  supersedes(older: Waiting): boolean;
}

/** Reports of one device that may wait; if they cannot be conflated, they are processed before another one waits. */
const MAX_WAITING_PER_DEVICE = 4;
/** Reports wait no longer than this when nobody flushes them, unless more arrive than can be processed. */
const MAX_WAIT_MS = 150;
/** A coalescer with this many reports is flushed, unless this many other items wait in the queue. */
const HIGH_WATERMARK = 1000;
/** While anything waits in the queue, reports wait this long. */
const MAX_QUEUE_DELAY_MS = 3000;

/**
 * Collects the reports of all players until the pipeline's next tick, and then processes them one after the other.
 * Processed one by one as they arrive, each report would find cold CPU caches and cost half as much again; network cards
 * coalesce interrupts for the same reason. The first report after a pause is processed at once, so that on a quiet server
 * nothing waits.
 *
 * When more reports arrive than can be processed, they are conflated: a newer state replaces the waiting state of the same
 * device, and newer sections replace older ones. Otherwise the waiting reports would get older and older, and the sockets,
 * which always have something to read, would delay timers for minutes.
 */
export class ReportCoalescer {
  readonly #queue: Pick<WorkQueue, 'size'>;
  readonly #clock: Pick<Clock, 'now'>;
  readonly #superseded: () => void;
  /** For each device in the order of arrival. */
  #waiting = new Map<string, Waiting[]>();
  #count = 0;
  #since = 0;
  #timer: NodeJS.Timeout | undefined;

  /** @param superseded called for each report that was replaced by a newer one and is never processed */
  constructor(queue: Pick<WorkQueue, 'size'>, clock: Pick<Clock, 'now'>, superseded: () => void) {
    this.#queue = queue;
    this.#clock = clock;
    this.#superseded = superseded;
  }

  add(deviceId: string, report: Waiting): void {
    if (!this.#timer) {
      this.#startTimer();
      report.process();
      return;
    }
    if (this.#isFull) this.flush();
    const waiting = this.#waiting.get(deviceId);
    if (waiting && this.#isFull) {
      if (this.#conflate(waiting, report)) return;
      if (waiting.length >= MAX_WAITING_PER_DEVICE) this.#flushDevice(deviceId);
    }
    if (this.#count === 0) this.#since = this.#clock.now();
    this.#count++;
    const others = this.#waiting.get(deviceId);
    if (others) others.push(report);
    else this.#waiting.set(deviceId, [report]);
    if (this.#isFull) this.flush();
  }

  /** Processes the reports of this device; undefined: of all devices, because it may be any of them. */
  flushOf = (deviceId: string | undefined): void => {
    if (deviceId === undefined) this.#flushAll();
    else this.#flushDevice(deviceId);
  };

  /** Processes all reports, unless the queue has to be worked off first. */
  flush(): void {
    const { size } = this.#queue;
    const isRecent = this.#clock.now() - this.#since < MAX_QUEUE_DELAY_MS;
    // Reports that wait in the queue are not conflated any more, so they wait here. Not for ever: they would be late by
    // more and more.
    if (size > HIGH_WATERMARK || (size > 0 && isRecent)) return;
    this.#flushAll();
  }

  #flushDevice(deviceId: string): void {
    const waiting = this.#waiting.get(deviceId);
    if (!waiting) return;
    this.#waiting.delete(deviceId);
    this.#count -= waiting.length;
    for (const report of waiting) report.process();
  }

  #conflate(waiting: Waiting[], report: Waiting): boolean {
    const before = waiting.length;
    while (waiting.length > 0 && report.supersedes(waiting.at(-1) as Waiting)) {
      waiting.pop();
      this.#superseded();
    }
    if (waiting.length === before) return false;
    waiting.push(report);
    this.#count -= before - waiting.length;
    return true;
  }

  get #isFull(): boolean {
    return this.#count >= HIGH_WATERMARK;
  }

  #flushAll(): void {
    if (this.#count === 0) return;
    const waiting = this.#waiting;
    this.#waiting = new Map();
    this.#count = 0;
    this.#timer?.refresh();
    for (const reports of waiting.values()) for (const report of reports) report.process();
  }

  #startTimer(): void {
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      if (this.#count > 0) this.#startTimer();
      this.flush();
    }, MAX_WAIT_MS).unref();
  }
}
