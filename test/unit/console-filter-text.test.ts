import { expect, it } from 'vitest';
import { filterTextOf } from '../../src/console/core/filter-text.ts';
import type { DeviceDocument } from '../../src/protocol/document.ts';
import { matcherOf } from '../../src/protocol/filter/match.ts';
import { parseFilter } from '../../src/protocol/filter/parse.ts';

const all = { q: '', screenStatuses: [], group: '', label: '' };

it('N1 the console’s search and group form a filter; its statuses and labels do not', () => {
  expect(filterTextOf(all)).toBe('');
  expect(filterTextOf({ ...all, q: ' version<2 ' })).toBe('version<2');
  expect(filterTextOf({ ...all, q: 'up', group: 'lobby' })).toBe('up group=lobby');
  expect(filterTextOf({ ...all, q: 'up', screenStatuses: ['offline'] })).toBeUndefined();
  expect(filterTextOf({ ...all, label: 'city=Mendoza' })).toBeUndefined();
});

const groups = ['lobby', 'Lobby', 'a', 'a,b', 'the "east" wing', '-x', 'back\\slash'];

it.each(groups)('N1 the filter for the group %s selects no other', (group) => {
  const matches = matcherOf(parseFilter(filterTextOf({ ...all, group }) ?? ''));
  const found = [...groups, null].filter((name) => matches({ group: name } as DeviceDocument, 0));
  expect(found).toEqual([group]);
});
