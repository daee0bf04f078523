import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { shared } from '../../../src/fleet/sharing.ts';
import { DEFAULT_TICKING_PATHS, Ticking } from '../../../src/fleet/ticking.ts';
import type { JsonObject } from '../../../src/protocol/document.ts';

const ticking = new Ticking(DEFAULT_TICKING_PATHS);
const ticksOnly = (before: JsonObject, after: JsonObject) => ticking.only(before, after, []);

describe('A5 ticks are no news', () => {
  test.each<[string, JsonObject, JsonObject]>([
    ['nothing', {}, {}],
    [
      'the same',
      { vlc: { state: 'playing', list: [1, { a: null }] } },
      { vlc: { state: 'playing', list: [1, { a: null }] } },
    ],
    ['the time of the report', { timestamp: 1 }, { timestamp: '2026-01-01T00:00:00Z' }],
    ['the place in the media', { vlc: { time: 1, position: 0.1 } }, { vlc: { time: 2, position: 0.2 } }],
    ['uptime in any section', { anything: { uptime: 1 } }, { anything: { uptime: 2 } }],
    [
      '… at any depth of it',
      { system: { cpus: [{ load: 1 }, { load: 2 }] } },
      { system: { cpus: [{ load: 3 }, { load: 2 }] } },
    ],
    ['a tick of another shape', { system: { load: [1, 2, 3] } }, { system: { load: 4 } }],
  ])('%s', (_, before, after) => {
    expect(ticksOnly(before, after)).toBe(true);
    expect(ticksOnly(after, before)).toBe(true);
  });

  test.each<[string, JsonObject, JsonObject]>([
    ['what else changes', { vlc: { state: 'playing' } }, { vlc: { state: 'paused' } }],
    ['beside a tick', { vlc: { time: 1, state: 'playing' } }, { vlc: { time: 2, state: 'paused' } }],
    ['a tick that begins', { vlc: {} }, { vlc: { time: 1 } }],
    ['a first timestamp', {}, { timestamp: 1 }],
    ['a section that begins', {}, { vlc: { time: 1 } }],
    ['a tick of another section', { storage: { time: 1 } }, { storage: { time: 2 } }],
    ['free space on a disk', { storage: { free: 1 } }, { storage: { free: 2 } }],
    ['a longer list', { vlc: { list: [1] } }, { vlc: { list: [1, 2] } }],
    ['a list in place of an object', { vlc: { list: [] } }, { vlc: { list: {} } }],
    ['null in place of an object', { vlc: { item: {} } }, { vlc: { item: null } }],
    ['another key of as many', { vlc: { a: 1 } }, { vlc: { b: 1 } }],
    ['a key with a name of JavaScript’s', { vlc: {} }, { vlc: { toString: 1 } }],
  ])('but %s is', (_, before, after) => {
    expect(ticksOnly(before, after)).toBe(false);
    expect(ticksOnly(after, before)).toBe(false);
  });

  test('the paths are configuration: none, and everything is news', () => {
    expect(new Ticking([]).only({ timestamp: 1 }, { timestamp: 2 }, [])).toBe(false);
    expect(new Ticking(['a/b']).only({ a: { b: 1 } }, { a: { b: 2 } }, [])).toBe(true);
    expect(new Ticking(['a/b', '*/c']).only({ a: { c: 1 } }, { a: { c: 2 } }, [])).toBe(true);
  });
});

describe('A5 ticks that wait', () => {
  test('applied to the state they belong to, they give the state that was reported; the rest of it is shared', () => {
    fc.assert(
      fc.property(states, fc.func(fc.integer()), (before, tick) => {
        const after = withOtherTicks(before, tick);
        const ticks: JsonObject[string][] = ['left over from before'];
        expect(ticking.only(before, after, ticks)).toBe(true);
        expect(ticking.apply(before, ticks)).toEqual(after);
      }),
    );
    const storage = { total: 1 };
    expect(ticking.apply({ storage, vlc: { time: 1 } }, [2])).toEqual({ storage, vlc: { time: 2 } });
    expect(ticking.apply({ storage, vlc: { time: 1 } }, [2]).storage).toBe(storage);
  });

  test('what is equal is shared, and nothing else changes by it', () => {
    fc.assert(
      fc.property(states, states, (before, after) => {
        const wanted = structuredClone(after);
        const result = shared(before, after);
        expect(result).toEqual(wanted);
        if (isDeepStrictEqual(before, wanted)) expect(result).toBe(before);
      }),
    );
    const items = [{ id: 1 }, { id: 2 }];
    const told = { playlist: { index: 0, items }, storage: { total: 1 } };
    const result = shared(told, { playlist: { index: 1, items: structuredClone(items) }, storage: { total: 1 } });
    expect(result).toEqual({ playlist: { index: 1, items }, storage: { total: 1 } });
    expect((result as typeof told).playlist.items).toBe(items);
    expect((result as typeof told).storage).toBe(told.storage);
  });
});

/** Few keys and values, so that equal parts are common. */
const states = fc.letrec<{ state: JsonObject; value: JsonObject[string] }>((tie) => ({
  state: fc.dictionary(fc.constantFrom('vlc', 'system', 'timestamp', 'time', 'load', 'uptime', 'x'), tie('value'), {
    maxKeys: 4,
  }) as fc.Arbitrary<JsonObject>,
  value: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom(0, 1, 'a', null, true),
    tie('state'),
    fc.array(tie('value'), { maxLength: 3 }),
  ),
})).state;

function withOtherTicks(state: JsonObject, tick: (...path: unknown[]) => number): JsonObject {
  const visit = (value: JsonObject[string], section: string, path: string): JsonObject[string] => {
    if (Array.isArray(value)) return value.map((item, i) => visit(item, section, `${path}/${i}`));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, inner]) => {
        const at = `${path}/${key}`;
        const ticks = DEFAULT_TICKING_PATHS.includes(`${section}/${key}`) || DEFAULT_TICKING_PATHS.includes(`*/${key}`);
        return [key, ticks ? tick(at) : visit(inner, section, at)];
      }),
    );
  };
  return Object.fromEntries(
    Object.entries(state).map(([key, value]) => [
      key,
      DEFAULT_TICKING_PATHS.includes(key) ? tick(key) : visit(value, key, key),
    ]),
  );
}
