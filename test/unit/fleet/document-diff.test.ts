import jsonPatch from 'fast-json-patch';
import { expect, test } from 'vitest';
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
