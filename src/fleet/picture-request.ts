import { type Clock, momentOf } from '../ports/clock.ts';
import { VigiaError } from '../protocol/errors.ts';
import type { Snapshot } from '../protocol/snapshot.ts';

/** A player takes a second or two; a picture that has not come by then does not come. */
const PATIENCE_MS = 15_000;

/** For one that most likely sends none. */
const SHORT_PATIENCE_MS = 1000;
const KEPT = 'The player sends no screenshots when asked, as far as we know. The command vlc:snapshot takes one.';

interface Waiter {
  resolve(snapshot: Snapshot): void;
  reject(error: VigiaError): void;
}

/**
 * A new picture that was asked for (SPEC P5, P10). However many ask, the player is asked once, and the request
 * always ends: with a picture that came after it, or with why there is none.
 */
export class PictureRequest {
  readonly #clock: Clock;
  #waiters: Waiter[] = [];
  #askedAt = 0;
  #timer: unknown;
  /** A picture has come, at any time. */
  #hasSent = false;
  /** None has, not even when it was asked for. Fielded players of the first generation are such. */
  #isSilent = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * @param isUnlikely players of its kind never send one
   * @throws VigiaError `unavailable`, or why the picture that came is none
   */
  wait(ask: () => void, isUnlikely: boolean): Promise<Snapshot> {
    if (this.#waiters.length === 0) {
      const isShort = !this.#hasSent && (isUnlikely || this.#isSilent);
      const message = isShort ? KEPT : `The device sent no picture within ${PATIENCE_MS / 1000} s.`;
      this.#askedAt = this.#clock.now();
      ask();
      this.#timer = this.#clock.setTimeout(
        () => {
          this.#isSilent = !this.#hasSent;
          this.failed(new VigiaError('unavailable', message));
        },
        isShort ? SHORT_PATIENCE_MS : PATIENCE_MS,
      );
    }
    return new Promise((resolve, reject) => void this.#waiters.push({ resolve, reject }));
  }

  /** One that had arrived before is not the one that was asked for. */
  arrived(snapshot: Snapshot): void {
    this.#sent();
    if (momentOf(this.#clock, snapshot.takenAt) < this.#askedAt) return;
    for (const { resolve } of this.#end()) resolve(snapshot);
  }

  /** `arrivedAt`: when the picture came that was not taken. */
  failed(error: VigiaError, arrivedAt = Number.POSITIVE_INFINITY): void {
    if (Number.isFinite(arrivedAt)) this.#sent();
    if (arrivedAt < this.#askedAt) return;
    for (const { reject } of this.#end()) reject(error);
  }

  deviceLeft(): void {
    // It may be another program that comes back.
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
