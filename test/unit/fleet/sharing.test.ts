import { expect, test } from 'vitest';
import { shared } from '../../../src/fleet/sharing.ts';
import type { Json, JsonObject } from '../../../src/protocol/document.ts';

const state = (): JsonObject => ({
  vlc: { state: 'playing', list: [{ id: 1 }, { id: 2 }] },
  system: { uptime: 1, disks: [] },
  note: null,
});

test('a state that repeats the last one is the last one', () => {
  const before = state();
  expect(shared(before, state())).toBe(before);
});

test('equal parts of a changed one are those of the last one, at any depth', () => {
  const before = state();
  const after = { ...state(), system: { uptime: 2, disks: [] } } as JsonObject;
  const made = shared(before, after) as JsonObject;
  expect(made).toEqual({ ...state(), system: { uptime: 2, disks: [] } });
  expect(made).not.toBe(before);
  expect(made.vlc).toBe(before.vlc);
  expect((made.system as JsonObject).disks).toBe((before.system as JsonObject).disks);
});

test.each<[string, Json, Json]>([
  ['a key more', { a: {} }, { a: {}, b: {} }],
  ['a key less', { a: {}, b: {} }, { a: {} }],
  ['another key', { a: { x: 1 } }, { b: { x: 1 } }],
  ['a value instead of an object', { a: {} }, { a: 1 }],
  ['an object instead of a value', { a: 1 }, { a: {} }],
  ['null instead of an object', { a: {} }, { a: null }],
  ['an object instead of null', { a: null }, { a: {} }],
  ['a list instead of an object', { a: {} }, { a: [] }],
  ['an object instead of a list', { a: [] }, { a: {} }],
  ['an undefined before', undefined as never, { a: 1 }],
  ['a longer list', { a: [{}] }, { a: [{}, {}] }],
  ['a shorter list', { a: [{}, {}] }, { a: [{}] }],
])('%s is a change', (_, before, after) => {
  const expected = structuredClone(after);
  const known = structuredClone(before);
  const made = shared(before, after);
  expect(made).toEqual(expected);
  expect(made).not.toBe(before);
  expect(before, 'which is not modified').toEqual(known);
});
