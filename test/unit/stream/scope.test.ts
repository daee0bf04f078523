import { describe, expect, test } from 'vitest';
import { covers, scopeKey } from '../../../src/stream/scope.ts';
import { deviceDocument } from '../../support/http-harness.ts';

const device = (id: string, group: string | null) => deviceDocument(id, { group });
const all = [device('1', 'a'), device('2', 'b'), device('3', null)];
const covered = (...args: Parameters<typeof covers>) => all.filter(covers(...args)).map(({ id }) => id);

describe('S1, A7 scopes', () => {
  test.each([
    [{ all: true }, undefined, ['1', '2', '3']],
    [{ groups: ['a', 'c'] }, undefined, ['1']],
    [{ devices: ['2', '3'] }, undefined, ['2', '3']],
    [{ all: true }, ['a'], ['1']],
    [{ groups: ['a', 'b'] }, ['b', 'c'], ['2']],
    [{ devices: ['1', '3'] }, ['a'], ['1']],
    [{ all: true }, [], []],
  ] as const)('%j for a token with the groups %j contains %j', (scope, within, ids) => {
    expect(covered(structuredClone(scope) as never, within)).toEqual(ids);
    expect(covers(structuredClone(scope) as never, within)(undefined)).toBe(false);
  });

  test('equal scopes have equal keys, and different ones different keys', () => {
    expect(scopeKey({ devices: ['b', 'a', 'b'] })).toBe(scopeKey({ devices: ['a', 'b'] }));
    expect(scopeKey({ all: true }, ['b', 'a', 'b'])).toBe(scopeKey({ all: true }, ['a', 'b']));
    const keys = [
      scopeKey({ all: true }),
      scopeKey({ devices: [] }),
      scopeKey({ devices: ['a'] }),
      scopeKey({ devices: ['b'] }),
      scopeKey({ groups: ['a'] }),
      scopeKey({ all: true }, []),
      scopeKey({ all: true }, ['a']),
      scopeKey({ all: true }, ['b']),
      scopeKey({ groups: ['a'] }, ['b']),
    ];
    expect(new Set(keys).size).toBe(keys.length);
  });
});
