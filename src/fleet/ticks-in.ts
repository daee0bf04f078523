import type { Ticking } from './ticking.ts';

const [QUOTE, COMMA, BACKSLASH, LIST, LIST_END, OBJECT, OBJECT_END] = [34, 44, 92, 91, 93, 123, 125];

/**
 * Finds the single values that tick in the text of a state (of a list or an object that ticks, each one). One for all
 * texts: it is there so that a look makes nothing but its answer.
 */
export class TickFinder {
  readonly #ticking: Ticking;
  #json = '';
  #at = 0;
  /** The keys on the way to where it is; of a list an empty one. */
  readonly #keys: string[] = [];
  #depth = 0;
  #found: number[] = [];
  #wanted: readonly (string | undefined)[] = [];
  #which: number[] = [];

  constructor(ticking: Ticking) {
    this.#ticking = ticking;
  }

  /**
   * Where they begin and end, one after the other; and which of them are at the wanted paths (`section/key`), by their
   * index, or -1.
   * @param json an object, which was parsed before: so it is known to be valid
   */
  find(json: string, wanted: readonly (string | undefined)[]): { at: number[]; which: number[] } {
    this.#json = json;
    this.#at = 0;
    this.#depth = 0;
    this.#found = [];
    this.#wanted = wanted;
    this.#which = wanted.map(() => -1);
    this.#space();
    this.#object(undefined, false);
    this.#json = '';
    return { at: this.#found, which: this.#which };
  }

  /** @param ticking the keys that tick in here; undefined: these are the sections */
  #object(ticking: ReadonlySet<string> | undefined, ticks: boolean): void {
    this.#at++;
    for (this.#space(); this.#code() !== OBJECT_END; this.#next()) {
      const key = this.#text();
      this.#space();
      // The colon.
      this.#at++;
      this.#space();
      this.#keys[this.#depth++] = key;
      if (ticking) this.#value(ticking, ticks || ticking.has(key));
      else this.#value(this.#ticking.keysOf(key), this.#ticking.isTopLevel(key));
      this.#depth--;
    }
    this.#at++;
  }

  #list(ticking: ReadonlySet<string>, ticks: boolean): void {
    this.#at++;
    this.#keys[this.#depth++] = '';
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
      if (code === QUOTE) this.#skipText();
      else while (!endsScalar(this.#code())) this.#at++;
      if (ticks) this.#note(start);
    }
  }

  #note(start: number): void {
    const path = this.#keys.slice(0, this.#depth).join('/');
    for (let i = 0; i < this.#wanted.length; i++) {
      if (this.#wanted[i] === path) this.#which[i] = this.#found.length / 2;
    }
    this.#found.push(start, this.#at);
  }

  #code(): number {
    return this.#json.charCodeAt(this.#at);
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

  #text(): string {
    const start = this.#at + 1;
    this.#skipText();
    return this.#json.slice(start, this.#at - 1);
  }

  #skipText(): void {
    for (this.#at++; this.#code() !== QUOTE; this.#at++) if (this.#code() === BACKSLASH) this.#at++;
    this.#at++;
  }
}

/** A comma, a bracket, a space. */
const endsScalar = (code: number): boolean => code === COMMA || code === LIST_END || code === OBJECT_END || code <= 32;
