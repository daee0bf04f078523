import { expect, test } from 'vitest';
import { Watchers } from '../../../src/fleet/watchers.ts';

test('a device is watched at the shortest interval of its watchers, until the last has left', () => {
  const watchers = new Watchers();
  expect(watchers.set('d', 'ana', 5000)).toBe(true);
  expect(watchers.set('d', 'ben', 2000)).toBe(true);
  expect(watchers.set('d', 'ben', 2000), 'nothing has changed').toBe(false);
  expect(watchers.set('e', 'ana', 7000)).toBe(true);
  expect([...watchers.all()]).toEqual([
    ['d', 2000],
    ['e', 7000],
  ]);
  expect(watchers.set('d', 'ben', 9000)).toBe(true);
  expect([...watchers.all()][0]).toEqual(['d', 5000]);
  expect([...watchers.of('d')]).toEqual([
    ['ana', 5000],
    ['ben', 9000],
  ]);
  expect(watchers.delete('d', 'eve'), 'she did not watch it').toBe(false);
  expect(watchers.delete('unknown', 'ana')).toBe(false);
  expect(watchers.delete('d', 'ana')).toBe(true);
  expect(watchers.delete('d', 'ana')).toBe(false);
  expect(watchers.delete('d', 'ben')).toBe(true);
  expect(watchers.of('d').size).toBe(0);
  expect([...watchers.all()]).toEqual([['e', 7000]]);
});
