import type { Ticking } from './ticking.ts';

const [QUOTE, COMMA, BACKSLASH, LIST, LIST_END, OBJECT, OBJECT_END] = [34, 44, 92, 91, 93, 123, 125];

/**
 * Finds the single values that tick in the bytes of a state (of a list or an object that ticks, each one). One for all
 * states: it is there so that a look makes nothing but its answer.
 */
export class TickFinder {
  readonly #ticking: Ticking;
  /** By a glance at a key: may it be one that ticks? Most are not, and no text is made of them. */
  readonly #suspects = new Uint8Array(256);
  #bytes: Buffer = Buffer.alloc(0);
  #at = 0;
  /** The section, and the key in it; of a list an empty one. */
  readonly #keys = ['', ''];
  #depth = 0;
  #found: number[] = [];
  #wanted: readonly (string | undefined)[] = [];
  #which: number[] = [];

  constructor(ticking: Ticking) {
    this.#ticking = ticking;
    for (const key of ticking.keys) {
      const bytes = Buffer.from(key);
      this.#suspects[glance(bytes, 0, bytes.length)] = 1;
    }
  }

  /**
   * Where they begin and end, one after the other; and which of them are at the wanted paths (`key` or `section/key`), by
   * their index, or -1.
   * @param bytes begin with an object, which was parsed before: so it is known to be valid
   */
  find(bytes: Buffer, wanted: readonly (string | undefined)[]): { at: number[]; which: number[] } {
    this.#bytes = bytes;
    this.#at = 0;
    this.#depth = 0;
    this.#found = [];
    this.#wanted = wanted;
    this.#which = wanted.map(() => -1);
    this.#space();
    this.#object(undefined, false);
    return { at: this.#found, which: this.#which };
  }

  /** @param ticking the keys that tick in here; undefined: these are the sections */
  #object(ticking: ReadonlySet<string> | undefined, ticks: boolean): void {
    this.#at++;
    for (this.#space(); this.#code() !== OBJECT_END; this.#next()) {
      const key = this.#key(ticking === undefined || ticks);
      this.#space();
      // The colon.
      this.#at++;
      this.#space();
      this.#enter(key);
      if (ticking) this.#value(ticking, ticks || ticking.has(key));
      else this.#value(this.#ticking.keysOf(key), this.#ticking.isTopLevel(key));
      this.#depth--;
    }
    this.#at++;
  }

  #list(ticking: ReadonlySet<string>, ticks: boolean): void {
    this.#at++;
    this.#enter('');
    for (this.#space(); this.#code() !== LIST_END; this.#next()) this.#value(ticking, ticks);
    this.#depth--;
    this.#at++;
  }

  #value(ticking: ReadonlySet<string>, ticks: boolean): void {
    const code = this.#code();
    if (code === OBJECT) this.#object(ticking, ticks);
    else if (code === LIST) this.#list(ticking, ticks);
    else {
      const start = this.#at;
      if (code === QUOTE) this.#at = skipText(this.#bytes, start);
      else this.#at = skipScalar(this.#bytes, start);
      if (ticks) this.#note(start);
    }
  }

  #enter(key: string): void {
    if (this.#depth < this.#keys.length) this.#keys[this.#depth] = key;
    this.#depth++;
  }

  #note(start: number): void {
    const [section, key] = this.#keys;
    const path = this.#depth === 1 ? section : this.#depth === 2 ? `${section}/${key}` : '';
    for (let i = 0; i < this.#wanted.length; i++) {
      if (this.#wanted[i] === path) this.#which[i] = this.#found.length / 2;
    }
    this.#found.push(start, this.#at);
  }

  #code(): number {
    return this.#bytes[this.#at] as number;
  }

  #space(): void {
    while (this.#code() <= 32) this.#at++;
  }

  /** Past the comma, if there is one. */
  #next(): void {
    this.#space();
    if (this.#code() === COMMA) this.#at++;
    this.#space();
  }

  /** The key that begins here, as it is written; an empty one, which never ticks, if it is not wanted and surely none that does. */
  #key(isWanted: boolean): string {
    const start = this.#at + 1;
    this.#at = skipText(this.#bytes, this.#at);
    const end = this.#at - 1;
    const suspect = isWanted || this.#suspects[glance(this.#bytes, start, end)] === 1;
    return suspect ? this.#bytes.toString('utf8', start, end) : '';
  }
}

/** Past the closing quote. */
function skipText(bytes: Buffer, start: number): number {
  let at = start + 1;
  for (let byte = bytes[at]; byte !== QUOTE; byte = bytes[++at]) if (byte === BACKSLASH) at++;
  return at + 1;
}

/** Where a comma, a bracket or a space is. */
function skipScalar(bytes: Buffer, start: number): number {
  let at = start;
  for (let byte = bytes[at] as number; !endsScalar(byte); byte = bytes[++at] as number);
  return at;
}

const endsScalar = (byte: number): boolean => byte === COMMA || byte === LIST_END || byte === OBJECT_END || byte <= 32;

/** A number below 256 by the length, the first and the last byte. */
const glance = (bytes: Buffer, start: number, end: number): number =>
  start === end ? 0 : (31 * (end - start) + 7 * (bytes[start] as number) + (bytes[end - 1] as number)) & 255;
