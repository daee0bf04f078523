import { describe, expect, test } from 'vitest';
import { newDocument } from '../../../src/fleet/document.ts';
import { targetsOf } from '../../../src/fleet/targets.ts';
import { SendCommand } from '../../../src/protocol/admin.ts';
import type { VersionedDocument } from '../../../src/protocol/document.ts';

const device = (id: string, group: string | null, appVersion: string): VersionedDocument => ({
  version: 1,
  document: { ...newDocument(id, 0, 30_000), group, appVersion },
});
const all = [
  device('a', 'hall', '2.2'),
  device('b', 'hall', '2.3'),
  device('c', 'roof', '2.2'),
  device('d', null, '2.2'),
];
const targets = (request: Parameters<typeof targetsOf>[0], groups?: string[]) =>
  targetsOf(request, groups ? { groups } : {}, () => all, 0);

describe('C5 the targets of a command for many', () => {
  test('a filter selects', () => {
    expect(targets({ filter: 'version<2.3' })).toEqual(['a', 'c', 'd']);
    expect(targets({ filter: 'group:hall -id:b' })).toEqual(['a']);
  });

  test('A7 only devices within the token’s groups, however they are named', () => {
    expect(targets({ filter: 'version<2.3' }, ['roof'])).toEqual(['c']);
    expect(targets({ filter: '-group:roof' }, ['hall'])).toEqual(['a', 'b']);
    expect(targets({}, ['hall'])).toEqual(['a', 'b']);
    expect(() => targets({ filter: 'group:hall' }, ['roof'])).toThrow('No device matches this filter.');
  });

  test('F6 an invalid filter selects none, and its fault is reported with its position', () => {
    expect(() => targets({ filter: 'group:hall version<x' })).toThrow(
      expect.objectContaining({
        code: 'invalid_payload',
        details: [expect.objectContaining({ path: 'filter', offset: 19 })],
      }),
    );
  });

  test('a list, a group and all work as before', () => {
    expect(targets({ deviceIds: ['c', 'x', 'c'] })).toEqual(['c', 'x']);
    expect(targets({ group: 'hall' })).toEqual(['a', 'b']);
    expect(targets({})).toEqual(['a', 'b', 'c', 'd']);
    expect(() => targets({ group: 'hal' })).toThrow('No device is in the group "hal". There is "hall".');
    expect(() => targets({ group: 'hal' }, ['roof'])).toThrow(/"hal"\.$/);
  });

  test.each([{ filter: '' }, { filter: '  ' }, { filter: 'a', all: true }, { filter: 'x'.repeat(1001) }])(
    'a request with %j names no target, or too many',
    (target) => {
      expect(SendCommand.safeParse({ ...target, command: 'vlc:stop' }).success).toBe(false);
    },
  );
});
