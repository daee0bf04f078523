import fc from 'fast-check';
import type { Operation } from 'fast-json-patch';
import { expect, test } from 'vitest';
import { decodePatch, encodePatch, UnknownPathError } from '../../src/adapters/database/journal/patch-codec.ts';

const seed = Number(process.env.SEED ?? 20_261_129);
/** Paths, some of which have numbers. */
const KNOWN = ['', '/', '/report/receivedAt', '/a~1b/~0c', '/list/0', '/a/__proto__/b'];
const idOf = (path: string) => (KNOWN.includes(path) ? KNOWN.indexOf(path) + 1 : undefined);
const pathOf = (id: number) => KNOWN[id - 1];

const path = fc.oneof(fc.constantFrom(...KNOWN), fc.string({ unit: 'binary' }), fc.constant('/never/seen'));
/** Times as JavaScript formats them, and texts that only resemble them. */
const time = fc.oneof(
  fc.date({ noInvalidDate: true, min: new Date(0), max: new Date('9999-12-31') }).map((it) => it.toISOString()),
  fc.constantFrom(
    '2026-02-30T00:00:00.000Z',
    '2026-01-01T24:00:00.000Z',
    '2026-01-01 00:00:00.0000Z',
    '+010000-01-01T00:00:00.000Z',
    '-000001-01-01T00:00:00.000Z',
    'xxxxxxxxxxxxxxxxxxxxxxxZ',
  ),
);
const value = fc.oneof(time, fc.jsonValue(), fc.double({ noNaN: true, noDefaultInfinity: true }), fc.integer());
const operation = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({ op: fc.constant('replace'), path, value }, { noNullPrototype: true }),
  },
  fc.record({ op: fc.constantFrom('add', 'test'), path, value }, { noNullPrototype: true }),
  fc.record({ op: fc.constant('remove'), path }, { noNullPrototype: true }),
  fc.record({ op: fc.constantFrom('move', 'copy'), from: path, path }, { noNullPrototype: true }),
  // These never occur, but must be preserved all the same.
  fc.record({ op: fc.constant('replace'), path }, { noNullPrototype: true }),
  fc.record({ op: fc.constant('replace'), path, value, more: value }, { noNullPrototype: true }),
) as fc.Arbitrary<Operation>;
const moment = fc.integer({ min: 0, max: 8.64e15 });

test(`H1 an encoded patch decodes to the same, letter by letter (seed ${seed})`, () => {
  fc.assert(
    fc.property(fc.array(operation), moment, (patch, at) => {
      const decoded = decodePatch(encodePatch(patch, at, idOf), at, pathOf);
      expect(JSON.stringify(decoded)).toBe(JSON.stringify(patch));
    }),
    { numRuns: 2000, seed },
  );
});

test('an unknown path number is an error', () => {
  const text = encodePatch([{ op: 'replace', path: '/list/0', value: 1 }], 0, idOf);
  expect(() => decodePatch(text, 0, () => undefined)).toThrow(UnknownPathError);
});

test('times are stored as the difference from the moment of the change, other values unchanged', () => {
  const at = Date.UTC(2026, 10, 29);
  const patch: Operation[] = [
    { op: 'replace', path: '/report/receivedAt', value: '2026-11-28T23:59:59.700Z' },
    { op: 'replace', path: '/list/0', value: 'clip.mp4' },
    { op: 'replace', path: '/new', value: '2026-11-28T23:59:59.700Z' },
    { op: 'remove', path: '/list/0' },
  ];
  expect(encodePatch(patch, at, idOf)).toBe(
    '[-3,-300,5,"clip.mp4","/new","2026-11-28T23:59:59.700Z",{"op":"remove","path":"/list/0"}]',
  );
});
