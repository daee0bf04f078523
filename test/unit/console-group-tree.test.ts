import { expect, test } from 'vitest';
import { groupChoices, groupTree } from '../../src/console/core/group-tree.ts';
import { linesOf } from '../../src/console/pages/wall/lines.ts';

const devices: Record<string, { group: string | null; isBad: boolean }> = {
  lobby: { group: 'Mendoza/Centro', isBad: true },
  alone: { group: null, isBad: false },
  office: { group: 'Mendoza', isBad: false },
  door: { group: 'Mendoza/Centro', isBad: false },
  roof: { group: 'Mendoza/Norte', isBad: true },
  hall: { group: 'Salta/Sur/Uno', isBad: false },
};
const ids = Object.keys(devices);
const tree = groupTree(ids, (id) => devices[id]);

test('Q8 a group with `/` in its name counts its subgroups; one without devices and with one subgroup is shown with it', () => {
  expect(tree.map(({ path, depth, own, ids, inTrouble }) => [path, depth, own.join(), ids.join(), inTrouble])).toEqual([
    ['Mendoza', 0, 'office', 'office,lobby,door,roof', 2],
    ['Mendoza/Centro', 1, 'lobby,door', 'lobby,door', 1],
    ['Mendoza/Norte', 1, 'roof', 'roof', 1],
    [null, 0, 'alone', 'alone', 0],
    ['Salta/Sur/Uno', 0, 'hall', 'hall', 0],
  ]);
  expect(tree.map(({ name, hasSubgroups }) => [name, hasSubgroups])).toEqual([
    ['Mendoza', true],
    ['Centro', false],
    ['Norte', false],
    [null, false],
    ['Salta/Sur/Uno', false],
  ]);
});

test('Q8 a collapsed group hides its subgroups', () => {
  const shown = (...closed: (string | null)[]) =>
    linesOf(ids, tree, 10, new Set(closed)).map(({ head, ids }) => (head ? String(head.path) : ids.join()));
  expect(shown('Mendoza')).toEqual(['Mendoza', 'null', 'alone', 'Salta/Sur/Uno', 'hall']);
  expect(shown('Mendoza/Centro', null)).toEqual([
    'Mendoza',
    'office',
    'Mendoza/Centro',
    'Mendoza/Norte',
    'roof',
    'null',
    'Salta/Sur/Uno',
    'hall',
  ]);
});

test('the groups to choose from include parents', () => {
  expect(groupChoices(['b/c/d', 'a', 'b/c', 'b'])).toEqual(['a', 'b', 'b/', 'b/c', 'b/c/', 'b/c/d']);
});
