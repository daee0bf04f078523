import { describe, expect, test } from 'vitest';
import { createTicking, DEFAULT_TICKING_PATHS } from '../../../src/fleet/ticking.ts';
import type { JsonObject } from '../../../src/protocol/document.ts';

const ticksOnly = createTicking(DEFAULT_TICKING_PATHS);

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
    expect(createTicking([])({ timestamp: 1 }, { timestamp: 2 })).toBe(false);
    expect(createTicking(['a/b'])({ a: { b: 1 } }, { a: { b: 2 } })).toBe(true);
    expect(createTicking(['a/b', '*/c'])({ a: { c: 1 } }, { a: { c: 2 } })).toBe(true);
  });
});
