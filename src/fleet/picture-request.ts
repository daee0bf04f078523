import { type Clock, momentOf } from '../ports/clock.ts';
import { VigiaError } from '../protocol/errors.ts';
import type { Snapshot } from '../protocol/snapshot.ts';

/** Players need a second or two. A later screenshot does not arrive at all. */
const TIMEOUT_MS = 15_000;

/** For players that probably never send one. */
const SHORT_TIMEOUT_MS = 1000;
const KEPT = 'The player sends no screenshots when asked, as far as we know. The command vlc:snapshot takes one.';

interface Waiter {
  resolve(snapshot: Snapshot): void;
  reject(error: VigiaError): void;
}

/**
 * A screenshot request (SPEC P5, P10). The player is asked once for all waiting callers, and the request always ends:
 * with a screenshot that arrived after it, or with an error.
 */
export class PictureRequest {
  readonly #clock: Clock;
  #waiters: Waiter[] = [];
  #askedAt = 0;
  #timer: unknown;
  /** The player has sent a screenshot at some time. */
  #hasSent = false;
  /** The player sent none when asked, as fielded players of the first generation. */
  #isSilent = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * @param isUnlikely players of this kind never send one
   * @throws VigiaError `unavailable`, or the reason why the screenshot was refused
   */
  wait(ask: () => void, isUnlikely: boolean): Promise<Snapshot> {
    if (this.#waiters.length === 0) {
      const isShort = !this.#hasSent && (isUnlikely || this.#isSilent);
      const message = isShort ? KEPT : `The device sent no picture within ${TIMEOUT_MS / 1000} s.`;
      this.#askedAt = this.#clock.now();
      ask();
      this.#timer = this.#clock.setTimeout(
        () => {
          this.#isSilent = !this.#hasSent;
          this.failed(new VigiaError('unavailable', message));
        },
        isShort ? SHORT_TIMEOUT_MS : TIMEOUT_MS,
      );
    }
    return new Promise((resolve, reject) => void this.#waiters.push({ resolve, reject }));
  }

  /** A screenshot taken before the request does not answer it. */
  arrived(snapshot: Snapshot): void {
    this.#sent();
    if (momentOf(this.#clock, snapshot.takenAt) < this.#askedAt) return;
    for (const { resolve } of this.#end()) resolve(snapshot);
  }

  /** `arrivedAt`: when the refused screenshot arrived. */
  failed(error: VigiaError, arrivedAt = Number.POSITIVE_INFINITY): void {
    if (Number.isFinite(arrivedAt)) this.#sent();
    if (arrivedAt < this.#askedAt) return;
    for (const { reject } of this.#end()) reject(error);
  }

  deviceLeft(): void {
    // A different program may come back.
    this.#isSilent = false;
    if (this.#waiters.length === 0) return;
    this.failed(new VigiaError('unavailable', 'The device left before its picture came.'));
  }

  #sent(): void {
    this.#hasSent = true;
    this.#isSilent = false;
  }

  #end(): Waiter[] {
    const ended = this.#waiters;
    this.#waiters = [];
    this.#clock.clearTimeout(this.#timer);
    return ended;
  }
}
