import fc from 'fast-check';
import { expect, test } from 'vitest';
import { newDocument } from '../../src/fleet/document.ts';
import type { DeviceDocument } from '../../src/protocol/document.ts';
import { fieldOf, operatorsOf } from '../../src/protocol/filter/fields.ts';
import { type Filter, FilterError, type Term } from '../../src/protocol/filter/filter.ts';
import { matcherOf } from '../../src/protocol/filter/match.ts';
import { parseFilter } from '../../src/protocol/filter/parse.ts';
import { printFilter } from '../../src/protocol/filter/print.ts';
import { fold } from '../../src/protocol/search.ts';

const seed = Number(process.env.SEED ?? 20_261_129);
const KEYS = ['id', 'name', 'group', 'status', 'version', 'volume', 'seen', 'blocked', 'label.city', 'label.a b"\\:'];

const word = fc.oneof(
  fc.string({ unit: 'binary', minLength: 1 }),
  fc.constantFrom('-', '!', '"', 'name:', '-x:', 'a,b', '\\', ' '),
);
const valueFor: Record<string, fc.Arbitrary<string>> = {
  text: fc.oneof(word, fc.constant('')),
  version: fc.constantFrom('2.3', 'v10.0.1-beta.2'),
  choice: fc.constantFrom('online', 'OFFLINE'),
  number: fc.integer({ min: -999, max: 999 }).map(String),
  age: fc.constantFrom('1h', '0.5w', '30M'),
};
const condition = fc.constantFrom(...KEYS).chain((key): fc.Arbitrary<Term> => {
  const field = fieldOf(key);
  if (!field) throw new Error(key);
  const value = key === 'blocked' ? fc.constantFrom('yes', 'no') : (valueFor[field.kind] as fc.Arbitrary<string>);
  return fc.constantFrom(...operatorsOf[field.kind]).chain((operator) =>
    fc.record(
      {
        not: fc.boolean(),
        key: fc.constant(key),
        operator: fc.constant(operator),
        values: fc.array(operator === '~' ? value.filter((it) => it !== '') : value, {
          minLength: 1,
          maxLength: operator === ':' ? 4 : 1,
        }),
      },
      { noNullPrototype: true },
    ),
  );
});
const text = fc.record({ not: fc.boolean(), text: word }, { noNullPrototype: true });
const filter: fc.Arbitrary<Filter> = fc.record(
  { terms: fc.array(fc.oneof(condition, text)) },
  { noNullPrototype: true },
);
const typed = fc
  .array(
    fc.oneof(word, fc.constantFrom(...KEYS, ':', '=', '~', '<', '>=', '!=', ',', '"', ' ', '-', '2.3', '1h', 'online')),
  )
  .map((parts) => parts.join(''));

test(`F2 a printed filter parses to the same filter (seed ${seed})`, () => {
  fc.assert(
    fc.property(filter, (it) => {
      expect(parseFilter(printFilter(it))).toEqual(it);
    }),
    { seed, numRuns: 2000 },
  );
});

test(`F6 any input parses, or gives an error with a position; and what parses can be evaluated (seed ${seed})`, () => {
  const device = newDocument('0f3c', 0, 30_000);
  fc.assert(
    fc.property(typed, (it) => {
      try {
        const read = parseFilter(it);
        expect(parseFilter(printFilter(read))).toEqual(read);
        matcherOf(read)(device, 1);
      } catch (error) {
        expect(error).toBeInstanceOf(FilterError);
        const { offset } = error as FilterError;
        expect(offset).toBeGreaterThanOrEqual(0);
        expect(offset).toBeLessThanOrEqual(it.length);
      }
    }),
    { seed, numRuns: 3000 },
  );
});

test(`F5 text that is no condition, negation or quote is searched as plain words, as before (seed ${seed})`, () => {
  const plain = fc.array(fc.string({ unit: 'binary' })).map((parts) => parts.join(' '));
  const isPlain = (q: string) => q.split(/\s+/).every((it) => !/^[-!"]/.test(it) && !/^[a-z.]+[:=~<>!]/i.test(it));
  fc.assert(
    fc.property(plain.filter(isPlain), fc.string({ unit: 'binary' }), (q, name) => {
      const device: DeviceDocument = { ...newDocument('0f3c', 0, 30_000), name: `${name}${q}` };
      const words = fold(q).split(/\s+/).filter(Boolean);
      const told = ['0f3c', device.name ?? ''].map((it) => fold(it.slice(0, 256)));
      const isFound = words.every((part) => told.some((it) => it.includes(part)));
      expect(matcherOf(parseFilter(q))(device, 0)).toBe(isFound);
    }),
    { seed, numRuns: 1000 },
  );
});
