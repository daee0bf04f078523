import { seeded } from '../support/seeded.ts';

/** Texts that often cause faults: NUL, control characters, lone surrogates, JavaScript property names, escapes, paths. */
const TEXTS = [
  '',
  '.',
  '..',
  '\0',
  'a\0b',
  '\ud800',
  'a\udfffb',
  '\ufffd',
  '\u2028',
  '\x7f\x1b[31m',
  '💡'.repeat(50),
  'é',
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  '%00',
  '%ff',
  '%E0%A4%A',
  '../../etc/passwd',
  "'; drop table devices; --",
  '[object Object]',
  'NaN',
  '-1',
  '1e999',
  '0x10',
  '2026-02-30T25:61:00Z',
  '0000-01-01T00:00:00Z',
  '+275760-09-13T00:00:00.001Z',
  'x'.repeat(300),
  'x'.repeat(5000),
];
const NUMBERS = [0, -0, 1, -1, 0.5, 2 ** 31, -(2 ** 31) - 1, 2 ** 53, 1e21, 8.64e15, 8.64e15 + 1, -8.64e15 - 1, 1e308];

/** Pseudo-random values, deterministic for a seed. */
export class Random {
  readonly below: (limit: number) => number;

  constructor(seed: number) {
    this.below = seeded(seed);
  }

  chance(one: number): boolean {
    return this.below(one) === 0;
  }

  pick<T>(from: readonly T[]): T {
    return from[this.below(from.length)] as T;
  }

  bytes(most: number): Buffer {
    return Buffer.from(Array.from({ length: this.below(most + 1) }, () => this.below(256)));
  }

  text(): string {
    if (this.chance(3)) return this.bytes(12).toString('latin1');
    if (this.chance(4)) return this.pick(TEXTS) + this.pick(TEXTS);
    return this.pick(TEXTS);
  }

  /** Any JSON, including the result of JSON.stringify for other values. */
  json(depth = 4): unknown {
    const kind = this.below(depth > 0 ? 8 : 5);
    if (kind === 0) return this.pick(NUMBERS);
    if (kind === 1) return this.text();
    if (kind === 2) return this.pick([true, false, null]);
    if (kind === 3) return this.below(1000);
    if (kind === 4) return this.pick([[], {}, '', null]);
    if (kind === 5) return Array.from({ length: this.below(5) }, () => this.json(depth - 1));
    return Object.fromEntries(Array.from({ length: this.below(6) }, () => [this.text(), this.json(depth - 1)]));
  }

  /** A copy with some parts replaced, removed or added. */
  mutated<T>(value: T, one = 6): unknown {
    if (this.chance(one * 4)) return this.json(2);
    if (Array.isArray(value)) return value.map((it) => this.mutated(it, one));
    if (typeof value !== 'object' || value === null) return this.chance(one) ? this.json(1) : value;
    const entries = Object.entries(value)
      .filter(() => !this.chance(one * 2))
      .map(([key, it]) => [this.chance(one * 3) ? this.text() : key, this.mutated(it, one)]);
    if (this.chance(one)) entries.push([this.text(), this.json(2)]);
    return Object.fromEntries(entries);
  }

  /** The same with bytes replaced, inserted or removed. */
  damaged(bytes: Buffer): Buffer {
    const parts: Buffer[] = [];
    let from = 0;
    for (let count = this.below(5); count > 0; count--) {
      const at = from + this.below(Math.max(1, bytes.length - from));
      parts.push(bytes.subarray(from, at), this.bytes(this.chance(4) ? 30 : 2));
      from = at + this.below(3);
    }
    return Buffer.concat([...parts, bytes.subarray(from)]);
  }
}
