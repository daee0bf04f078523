import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { newDocument } from '../../../src/fleet/document.ts';
import { boundariesOf } from '../../../src/fleet/periods.ts';
import type { DeviceDocument } from '../../../src/protocol/document.ts';

const T0 = Date.UTC(2026, 2, 1);
const iso = (ms: number) => new Date(ms).toISOString();

const fresh = { ...newDocument('d1', T0, 30_000), group: 'lobby' };
const { reason: _, ...connection } = fresh.connection;
const online: DeviceDocument = {
  ...fresh,
  connection: { ...connection, status: 'online', since: iso(T0), node: 'n1', lastSeenAt: iso(T0) },
  report: { status: 'live', receivedAt: iso(T0), measuredAt: iso(T0), intervalMs: 30_000 },
  onAir: { status: 'yes', since: iso(T0), why: 'playing' },
  playback: { status: 'playing', item: 'a.mp4', playlist: 'Morning', fullscreen: null, volume: null },
};
const playing = { item: 'a.mp4', playlist: 'Morning', group: 'lobby' };
const change = (more: Partial<DeviceDocument>) => boundariesOf({ ...online, ...more }, online, T0 + 60_000);

describe('T1–T3 the boundaries that a change makes', () => {
  test('T3 the first connection is the start; before it, nothing is missed', () => {
    expect(boundariesOf(fresh, undefined, T0)).toEqual({});
    expect(boundariesOf({ ...fresh, group: 'roof' }, fresh, T0)).toEqual({});
    expect(boundariesOf(online, fresh, T0)).toEqual({
      connection: { at: T0, row: { status: 'online', reason: null, node: 'n1', group: 'lobby' } },
      onAir: { at: T0, row: { status: 'yes', why: 'playing', group: 'lobby' } },
      playback: { at: T0, row: playing },
    });
  });

  test('a removed device ends them all', () => {
    const end = { at: T0, row: null };
    expect(boundariesOf(undefined, online, T0)).toEqual({ connection: end, onAir: end, playback: end });
  });

  test('a change that concerns none of them makes none', () => {
    expect(change({ name: 'x' })).toEqual({});
    expect(change({ state: { ...online.state, system: { load: 2 } } })).toEqual({});
    expect(change({ connection: { ...online.connection, sessionId: 's2', since: iso(T0 + 1000) } })).toEqual({});
  });

  test('T1 another item, or another playlist, begins at the report that names it', () => {
    expect(change({ playback: { ...online.playback, item: 'b.mp4' } })).toEqual({
      playback: { at: T0 + 60_000, row: { ...playing, item: 'b.mp4' } },
    });
    expect(change({ playback: { ...online.playback, playlist: 'Evening' } })).toEqual({
      playback: { at: T0 + 60_000, row: { ...playing, playlist: 'Evening' } },
    });
  });

  test('T6 names are truncated to 256 characters', () => {
    const long = (letter: string) => letter.repeat(300);
    expect(change({ playback: { ...online.playback, item: long('i'), playlist: long('p') } })).toEqual({
      playback: {
        at: T0 + 60_000,
        row: { ...playing, item: long('i').slice(0, 256), playlist: long('p').slice(0, 256) },
      },
    });
  });

  test.each<[string, object, object, boolean]>([
    ['another status', { status: 'online' }, { status: 'offline' }, true],
    ['another instance', { status: 'online', node: 'n1' }, { status: 'online', node: 'n2' }, true],
    ['another reason', { status: 'offline', reason: 'left' }, { status: 'offline', reason: 'other' }, true],
    ['the same reason', { status: 'offline', reason: 'left' }, { status: 'offline', reason: 'left' }, false],
    ['a reason while online', { status: 'online' }, { status: 'online', reason: 'other' }, false],
  ])('T3 a connection with %s: a boundary or none', (_, was, is, isBoundary) => {
    const of = (more: object) => ({ ...online, connection: { ...online.connection, node: null, ...more } });
    const { connection } = boundariesOf(of(is) as DeviceDocument, of(was) as DeviceDocument, T0 + 60_000);
    expect(connection !== undefined).toBe(isBoundary);
    if (connection) expect(connection.row).toMatchObject({ ...is, group: 'lobby' });
  });

  test('T2 a pause ends the playback', () => {
    const onAir = { status: 'no', why: 'paused', since: iso(T0 + 60_000) } as const;
    expect(change({ onAir, playback: { ...online.playback, status: 'paused' } })).toEqual({
      onAir: { at: T0 + 60_000, row: { status: 'no', why: 'paused', group: 'lobby' } },
      playback: { at: T0 + 60_000, row: null },
    });
  });

  test('T2 a loss ends playback and on air at the last report; the connection when the loss was noticed', () => {
    const connection = { ...online.connection, status: 'reconnecting' as const, reason: 'no_heartbeat', node: null };
    expect(
      change({
        connection: { ...connection, since: iso(T0 + 60_000) },
        onAir: { status: 'unknown', why: 'not connected', since: iso(T0 + 25_000) },
      }),
    ).toEqual({
      connection: {
        at: T0 + 60_000,
        row: { status: 'reconnecting', reason: 'no_heartbeat', node: null, group: 'lobby' },
      },
      onAir: { at: T0 + 25_000, row: { status: 'unknown', why: 'not connected', group: 'lobby' } },
      playback: { at: T0 + 25_000, row: null },
    });
  });

  test('another group is a boundary of all', () => {
    const found = change({ group: 'roof' });
    expect(Object.values(found).map(({ at, row }) => [at, row?.group])).toEqual(Array(3).fill([T0 + 60_000, 'roof']));
  });

  test('names are bounded; missing values are empty', () => {
    const long = { ...online.playback, item: 'x'.repeat(1000), playlist: null };
    expect(change({ playback: long }).playback?.row).toEqual({ ...playing, item: 'x'.repeat(256), playlist: '' });
    expect(change({ playback: { ...online.playback, item: null } }).playback?.row).toMatchObject({ item: '' });
  });

  test('no boundary lies in the future', () => {
    fc.assert(
      fc.property(fc.integer({ min: -1e6, max: 1e6 }), (shift) => {
        const since = iso(T0 + shift);
        const after = { ...online, onAir: { status: 'no', why: 'paused', since } as const };
        for (const { at } of Object.values(boundariesOf(after, online, T0))) expect(at).toBeLessThanOrEqual(T0);
      }),
    );
  });
});
