import jsonPatch from 'fast-json-patch';
import { describe, expect, test } from 'vitest';
import { diff, newDocument } from '../../../src/fleet/document.ts';
import type { DeviceDocument, JsonObject } from '../../../src/protocol/document.ts';

const documentWith = (state: JsonObject): DeviceDocument => ({ ...newDocument('a', 0, 1000), state });

test.each<[string, (n: number) => JsonObject]>([
  ['a list of numbers', (n) => ({ list: Array.from({ length: 5000 }, (_, i) => i + n), vlc: { volume: n } })],
  ['a list that grows', (n) => ({ 'a/b~c': Array.from({ length: 5000 + n }, (_, i) => ({ id: i + n, on: true })) })],
  ['thousands of sections', (n) => Object.fromEntries(Array.from({ length: 5000 }, (_, i) => [`k${i}`, i + n]))],
  ['sections that come and go', (n) => ({ [`section-${n}`]: Array(2000).fill(0) })],
])('A1 a change of %s is a patch that is no larger than the state, and right', (_, state) => {
  const [before, after] = [documentWith(state(0)), documentWith(state(1))];
  const patch = diff(before, after);
  expect(JSON.stringify(patch).length).toBeLessThan(JSON.stringify(after).length * 1.1);
  expect(jsonPatch.applyPatch(structuredClone(before), structuredClone(patch ?? [])).newDocument).toEqual(after);
});

describe('A1 a patch of more than a thousand operations', () => {
  const numbers = (count: number, n: number) => Array.from({ length: count }, (_, i) => i + n);
  const opsOf = (before: DeviceDocument, after: DeviceDocument) =>
    (diff(before, after) ?? []).map(({ op, path }) => `${op} ${path}`).sort();

  test('replaces the sections that differ in more than a hundred values, and them alone', () => {
    const of = (n: number) => documentWith({ long: numbers(1000, n), short: numbers(100, n), 'a/b': numbers(101, n) });
    const ops = opsOf(of(0), { ...of(1), name: 'Hall' });
    expect(ops.filter((it) => it.startsWith('replace /state/short/'))).toHaveLength(100);
    expect(ops.filter((it) => !it.startsWith('replace /state/short/'))).toEqual([
      'replace /name',
      'replace /state/a~1b',
      'replace /state/long',
    ]);
  });

  test('replaces the whole state if more than a thousand sections differ', () => {
    const of = (count: number, n: number) =>
      documentWith(Object.fromEntries(numbers(count, 0).map((i) => [`k${i}`, { a: n, b: n }])));
    expect(opsOf(of(1001, 0), { ...of(1001, 1), name: 'Hall' })).toEqual(['replace /name', 'replace /state']);
    expect(opsOf(of(1000, 0), of(1000, 1))).toHaveLength(2000);
  });

  test('is as it is up to there', () => {
    const of = (n: number) => documentWith({ list: numbers(1000, n) });
    expect(opsOf(of(0), of(1))).toHaveLength(1000);
  });
});
