import type { Clock } from '../ports/clock.ts';
import type { Pace } from './pace.ts';

/** A report that may be held. */
export interface Held {
  take(): void;
  /** Does it stand for an older one of its device, too? It may have taken in what that one said. */
  supersedes(older: Held): boolean;
}

/** Of one device; what does not conflate is taken in before more of it is held. */
const MOST_HELD_OF_ONE = 4;
/** Nothing is held for longer, however seldom batches go out, unless more comes than can be taken in. */
const HELD_MS = 150;
/** A gathering that is full ends; and none does while more than this waits for its turn already. */
const MOST_HELD = 1000;
/** Where anything waits for its turn, what is held waits for so long. */
const BEHIND_MS = 1000;

/**
 * Reports of all players, held until a batch goes to the admins, and then taken in one after the other. Each by itself
 * would find that the processor's caches have forgotten everything since the last one, and cost half as much again:
 * network cards gather their interrupts for the same reason. What comes after a pause is taken at once, so that where
 * little comes nothing waits.
 *
 * Where more comes than can be taken in, reports are conflated: a newer state of a device takes the place of what waits of
 * it, and newer sections that of older ones. Else those that wait would be ever older, and the sockets, which all have something to read, would keep the
 * timers from their turn for minutes.
 */
export class Gathering {
  readonly #pace: Pick<Pace, 'waiting'>;
  readonly #clock: Pick<Clock, 'now'>;
  readonly #overtaken: () => void;
  /** Of each device in the order in which they came. */
  #held = new Map<string, Held[]>();
  #count = 0;
  #since = 0;
  #end: NodeJS.Timeout | undefined;

  /** @param overtaken a report will never be taken in, for a newer one took its place */
  constructor(pace: Pick<Pace, 'waiting'>, clock: Pick<Clock, 'now'>, overtaken: () => void) {
    this.#pace = pace;
    this.#clock = clock;
    this.#overtaken = overtaken;
  }

  take(deviceId: string, report: Held): void {
    if (!this.#end) {
      this.#begin();
      report.take();
      return;
    }
    if (this.#isFull) this.flush();
    const waiting = this.#held.get(deviceId);
    if (waiting && this.#isFull) {
      if (this.#conflated(waiting, report)) return;
      if (waiting.length >= MOST_HELD_OF_ONE) this.#flushOne(deviceId);
    }
    if (this.#count === 0) this.#since = this.#clock.now();
    this.#count++;
    const held = this.#held.get(deviceId);
    if (held) held.push(report);
    else this.#held.set(deviceId, [report]);
    if (this.#isFull) this.flush();
  }

  /** Takes in what is held of this device. Undefined: of all, for whoever it is, it may be one of them. */
  flushOf = (deviceId: string | undefined): void => {
    if (deviceId === undefined) this.#flushAll();
    else this.#flushOne(deviceId);
  };

  /** Takes in what is held, and holds what comes next; but first what waits already is to be done. */
  flush = (): void => {
    const { waiting } = this.#pace;
    const isSoon = this.#clock.now() - this.#since < BEHIND_MS;
    // Beyond that it would be late by ever more, and what waits for its turn is not conflated.
    if (waiting > MOST_HELD || (waiting > 0 && isSoon)) return;
    this.#flushAll();
  };

  #flushOne(deviceId: string): void {
    const waiting = this.#held.get(deviceId);
    if (!waiting) return;
    this.#held.delete(deviceId);
    this.#count -= waiting.length;
    for (const report of waiting) report.take();
  }

  #conflated(waiting: Held[], report: Held): boolean {
    const before = waiting.length;
    while (waiting.length > 0 && report.supersedes(waiting.at(-1) as Held)) {
      waiting.pop();
      this.#overtaken();
    }
    if (waiting.length === before) return false;
    waiting.push(report);
    this.#count -= before - waiting.length;
    return true;
  }

  get #isFull(): boolean {
    return this.#count >= MOST_HELD;
  }

  #flushAll(): void {
    if (this.#count === 0) return;
    const held = this.#held;
    this.#held = new Map();
    this.#count = 0;
    this.#end?.refresh();
    for (const waiting of held.values()) for (const report of waiting) report.take();
  }

  #begin(): void {
    this.#end = setTimeout(() => {
      this.#end = undefined;
      if (this.#count > 0) this.#begin();
      this.flush();
    }, HELD_MS).unref();
  }
}
