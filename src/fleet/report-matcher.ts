import type { Ticking } from './ticking.ts';
import { TickFinder } from './ticks-in.ts';

/**
 * The last report of a device, and where in it values tick.
 *
 * As bytes, outside of the heap: texts that are kept from one report to the next, for thousands of devices, are what
 * garbage collectors are worst at, and cost more than is saved by not parsing.
 */
export interface LastReport {
  bytes: Buffer;
  length: number;
  /** Begin and end of each tick. */
  ticks: number[];
  /** The ticks that are looked at in each report, by their index; -1: there is none such. */
  timestamp: number;
  mediaTime: number;
}

/** What a report says in these two. */
export interface Readings {
  timestamp: unknown;
  mediaTime: number | undefined;
}

/** So that what is kept of a device is bounded. Longer reports, and stranger ones, are parsed each time. */
const MAX_BYTES = 16_384;
const MAX_TICKS = 64;
/** Reports grow by a digit now and then. */
const SPARE_BYTES = 64;

/**
 * Recognises reports that are the last one again but for ticks. A player writes all its reports with the same code:
 * unless there is news they differ in the values that tick and nowhere else, and to see that takes a tenth of parsing
 * and comparing them. One for all devices, with the room that it works in.
 */
export class ReportMatcher {
  readonly ticking: Ticking;
  readonly #finder: TickFinder;
  /** The report that was looked at last. It ends with a zero, which ends whatever is read there. */
  readonly #bytes = Buffer.alloc(MAX_BYTES + 1);
  #length = 0;
  #ticks: number[] = [];

  constructor(ticking: Ticking) {
    this.ticking = ticking;
    this.#finder = new TickFinder(ticking);
  }

  /**
   * What reports are compared with from now on. Undefined: ones like this have to be parsed.
   * @param json an object, which was parsed before: so it is known to be valid
   * @param mediaPath of the number that tells the media time
   * @param last is written over
   */
  learn(json: string, mediaPath: string | undefined, last?: LastReport): LastReport | undefined {
    if (!this.#take(json)) return undefined;
    const { at, which } = this.#finder.find(this.#bytes, ['timestamp', mediaPath]);
    if (at.length > 2 * MAX_TICKS) return undefined;
    this.#ticks = at;
    const learnt = last ?? { bytes: Buffer.alloc(0), length: 0, ticks: [], timestamp: -1, mediaTime: -1 };
    [learnt.timestamp, learnt.mediaTime] = which as [number, number];
    this.keep(learnt);
    return learnt;
  }

  /** Undefined: the report differs in more than ticks. */
  match({ bytes, length, ticks, timestamp, mediaTime }: LastReport, json: string): Readings | undefined {
    if (!this.#take(json)) return undefined;
    const now = this.#bytes;
    let [from, at] = [0, 0];
    for (let i = 0; i < ticks.length; i += 2) {
      const fixed = (ticks[i] as number) - from;
      if (at + fixed > this.#length || bytes.compare(now, at, at + fixed, from, from + fixed) !== 0) return undefined;
      at += fixed;
      this.#ticks[i] = at;
      at = scalarEnd(now, at);
      if (at < 0) return undefined;
      this.#ticks[i + 1] = at;
      from = ticks[i + 1] as number;
    }
    if (bytes.compare(now, at, this.#length, from, length) !== 0) return undefined;
    this.#ticks.length = ticks.length;
    const media = this.#read(mediaTime);
    // Another kind of value: what tells the media time now is not known here.
    if (mediaTime >= 0 && typeof media !== 'number') return undefined;
    return { timestamp: this.#read(timestamp), mediaTime: media as number | undefined };
  }

  /** Makes the report that was just matched the last one. */
  keep(last: LastReport): void {
    if (last.bytes.length < this.#length) last.bytes = Buffer.allocUnsafeSlow(this.#length + SPARE_BYTES);
    this.#bytes.copy(last.bytes, 0, 0, this.#length);
    last.length = this.#length;
    [last.ticks, this.#ticks] = [this.#ticks, last.ticks];
  }

  #take(json: string): boolean {
    // A character takes up to three bytes.
    if (json.length * 3 > MAX_BYTES && Buffer.byteLength(json) > MAX_BYTES) return false;
    this.#length = this.#bytes.write(json);
    this.#bytes[this.#length] = 0;
    return true;
  }

  #read(tick: number): unknown {
    if (tick < 0) return undefined;
    return JSON.parse(this.#bytes.toString('utf8', this.#ticks[2 * tick], this.#ticks[2 * tick + 1]));
  }
}

const [QUOTE, PLUS, MINUS, DOT, ZERO, NINE, E, BACKSLASH, SMALL_E] = [34, 43, 45, 46, 48, 57, 69, 92, 101];
const WORDS = ['true', 'false', 'null'].map((word) => Buffer.from(word));

/** Where the number, word or plain text ends that begins here (RFC 8259); -1: none does. */
function scalarEnd(bytes: Buffer, start: number): number {
  if (bytes[start] === QUOTE) return textEnd(bytes, start + 1);
  const whole = bytes[start] === MINUS ? start + 1 : start;
  let at = bytes[whole] === ZERO ? whole + 1 : digitsEnd(bytes, whole);
  if (at === whole) {
    const word = WORDS.find((it) => it.compare(bytes, start, start + it.length) === 0);
    return word && whole === start ? start + word.length : -1;
  }
  if (bytes[at] === DOT) {
    const end = digitsEnd(bytes, at + 1);
    if (end === at + 1) return -1;
    at = end;
  }
  if (bytes[at] === SMALL_E || bytes[at] === E) {
    const sign = bytes[at + 1] === PLUS || bytes[at + 1] === MINUS ? at + 2 : at + 1;
    const end = digitsEnd(bytes, sign);
    if (end === sign) return -1;
    at = end;
  }
  return at;
}

function digitsEnd(bytes: Buffer, start: number): number {
  let at = start;
  while ((bytes[at] as number) >= ZERO && (bytes[at] as number) <= NINE) at++;
  return at;
}

/** Texts with escapes are left to the parser. */
function textEnd(bytes: Buffer, start: number): number {
  for (let at = start; ; at++) {
    const byte = bytes[at] as number;
    if (byte === QUOTE) return at + 1;
    if (byte < 32 || byte === BACKSLASH) return -1;
  }
}
