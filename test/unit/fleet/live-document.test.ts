import jsonPatch from 'fast-json-patch';
import { describe, expect, test } from 'vitest';
import { newDocument } from '../../../src/fleet/document.ts';
import { LiveDocument } from '../../../src/fleet/live-document.ts';
import { TickRules } from '../../../src/fleet/ticking.ts';
import type { JsonObject } from '../../../src/protocol/document.ts';
import { manualClock } from '../../support/manual-clock.ts';

const START = Date.UTC(2026, 0, 1);
const INTERVAL_MS = 30_000;
const TICK_INTERVAL_MS = 300_000;

function live() {
  const document = newDocument('d1', START, INTERVAL_MS);
  const it = new LiveDocument(
    { version: 7, document },
    { tickRules: new TickRules(), stateIntervalMs: INTERVAL_MS, clock: manualClock(START) },
  );
  const say = (state: JsonObject, at: number) => {
    const { kind, isDue } = it.report(state, START + at, TICK_INTERVAL_MS);
    return { kind, isDue, update: it.commit(START + at) };
  };
  return { it, say };
}

describe('one version, one patch', () => {
  test('many changes become one version, whose patch turns the old document into the new one', () => {
    const { it } = live();
    const before = structuredClone(it.published.document);
    it.amend({ name: 'Lobby' });
    it.amend({ labels: { 'a/b': '~' } });
    const update = it.commit(START);
    expect(update).toMatchObject({ deviceId: 'd1', version: 8, at: '2026-01-01T00:00:00.000Z' });
    if (!update || !('patch' in update)) throw new Error('no patch');
    expect(jsonPatch.applyPatch(before, update.patch, true).newDocument).toEqual(it.published.document);
  });

  test('A2 a change without effect is none', () => {
    const { it } = live();
    expect(it.commit(START)).toBeUndefined();
    it.amend({ name: null, labels: {} });
    expect(it.commit(START)).toBeUndefined();
    expect(it.published.version).toBe(7);
  });

  test('D3 lastSeenAt is no change by itself, and is piggybacked on others', () => {
    const { it } = live();
    it.seen(START + 5000);
    it.amend({});
    expect(it.commit(START + 5000)).toBeUndefined();
    expect(it.published.document.connection.lastSeenAt).toBeNull();
    it.amend({ name: 'Lobby' });
    it.commit(START + 6000);
    expect(it.published.document.connection.lastSeenAt).toBe('2026-01-01T00:00:05.000Z');
  });
});

describe('D1 versions published elsewhere', () => {
  const LATER = START + 60_000;

  test('with later versions: it continues beyond them, and is published whole though nothing has changed', () => {
    const { it } = live();
    it.advanceVersionPast(9, false, LATER);
    expect(it.commit(LATER)).toMatchObject({ version: 60_001, document: it.published.document });
    it.advanceVersionPast(60_001, false, LATER);
    expect(it.commit(LATER), 'it is there already').toBeUndefined();
  });

  test('with other content for the same versions: it continues beyond its own, unless it continued from them', () => {
    const { it } = live();
    it.advanceVersionPast(7, true, LATER);
    expect(it.commit(LATER)).toBeUndefined();
    for (const name of ['a', 'b']) {
      it.amend({ name });
      it.commit(LATER);
    }
    it.advanceVersionPast(8, false, LATER);
    expect(it.commit(LATER)).toBeUndefined();
    it.advanceVersionPast(8, true, LATER);
    expect(it.commit(LATER)).toMatchObject({ version: 60_001, document: { name: 'b' } });
  });
});

describe('A5, P3a reports', () => {
  const measured = (n: number, vlc: JsonObject = {}): JsonObject => ({
    timestamp: new Date(START + n * INTERVAL_MS).toISOString(),
    system: { freeMem: 1000 - n, timestamp: new Date(START + n * INTERVAL_MS - 50).toISOString() },
    vlc: { playing: true, currentItem: 'a.mp4', position: n / 7, ...vlc },
  });
  const paths = (update: ReturnType<LiveDocument['commit']>) =>
    update && 'patch' in update ? update.patch.map(({ path }) => path).sort() : undefined;

  /** It has enough measurements for its ticks to be learnt. */
  function learnt() {
    const device = live();
    for (let n = 0; n < 6; n++) device.say(measured(n), n * INTERVAL_MS);
    return device;
  }

  test('ticks are held, and are published by themselves after the interval', () => {
    const { it, say } = learnt();
    const { version, document } = it.published;
    for (let n = 6; n < 10; n++) expect(say(measured(n), n * INTERVAL_MS)).toMatchObject({ isDue: false });
    expect(it.published).toEqual({ version, document });
    expect(it.latestState).toEqual(measured(9));
    expect(say(measured(10), 10 * INTERVAL_MS)).toMatchObject({ isDue: true, update: { version: version + 1 } });
    expect(it.published.document.state).toEqual(measured(10));
  });

  test('a change is published with the ticks of its section, and the derived fields', () => {
    const { say } = learnt();
    const { update } = say(measured(6, { currentItem: 'b.mp4' }), 6 * INTERVAL_MS);
    expect(paths(update)).toEqual([
      '/connection/lastSeenAt',
      '/playback/item',
      '/report/measuredAt',
      '/report/receivedAt',
      '/state/vlc/currentItem',
      '/state/vlc/position',
    ]);
  });

  test('P3a the same measurement again changes only lastSeenAt', () => {
    const { it, say } = learnt();
    const { document } = it.published;
    const again = { ...measured(5), timestamp: new Date(START + 5 * INTERVAL_MS + 2000).toISOString() };
    expect(say(again, 5 * INTERVAL_MS + 2000)).toEqual({ kind: 'repeated', isDue: false, update: undefined });
    expect(it.latestState).toEqual(measured(5));
    expect(it.published.document).toEqual(document);
    it.amend({ name: 'Lobby' });
    it.commit(START + 5 * INTERVAL_MS + 3000);
    expect(it.published.document.report.measuredAt).toBe(new Date(START + 5 * INTERVAL_MS - 50).toISOString());
  });

  test.each<JsonObject>([{}, { playing: false, currentMedia: {}, volume: 100, timestamp: START, deviceId: 'd1' }])(
    'P3a %j replaces nothing that was measured',
    (nothing) => {
      const { it, say } = learnt();
      const { version, document } = it.published;
      expect(say(nothing, 6 * INTERVAL_MS)).toMatchObject({ kind: 'empty', update: undefined });
      expect(it.published).toEqual({ version, document });
    },
  );

  test('a clock that jumps is a change, once two reports agree; one that drifts is none', () => {
    const { it, say } = live();
    const sayAt = (at: number, skewMs: number) => say({ timestamp: START + at + skewMs }, at);
    sayAt(0, 0);
    const say2 = (at: number, skewMs: number) => say({ timestamp: START + at + skewMs, vlc: { state: 'paused' } }, at);
    say2(0, 0);
    for (let i = 1; i <= 8; i++) say2(i * 1000, i * 100);
    const { version } = it.published;
    expect(say2(9000, -60_000).update, 'one report').toBeUndefined();
    expect(paths(say2(10_000, -60_010).update)).toEqual([
      '/connection/clockSkewMs',
      '/connection/lastSeenAt',
      '/report/measuredAt',
      '/report/receivedAt',
    ]);
    expect(it.published.version).toBe(version + 1);
    expect(it.published.document.connection.clockSkewMs).toBe(-60_010);
  });

  test.each(['2026-01-01T01:00:00', 12_345, '9999-12-31T23:59:59Z', '2026-02-30T00:00:00Z'])(
    'P11 %s shows no skew, and leaves the known one',
    (timestamp) => {
      const { it, say } = live();
      say({ timestamp, vlc: { state: 'playing' } }, 0);
      expect(it.published.document.connection.clockSkewMs).toBeNull();
      say({ timestamp: START + 1000 + 7000, vlc: { state: 'paused' } }, 1000);
      for (let i = 2; i < 6; i++) say({ timestamp, vlc: { state: i % 2 ? 'paused' : 'playing' } }, i * 1000);
      expect(it.published.document.connection.clockSkewMs).toBe(7000);
    },
  );

  test('P11 a buffered report counts from its arrival, and does not move the last-seen time back', () => {
    const { it } = live();
    it.seen(START + 100);
    it.report({ vlc: { state: 'playing' } }, START + 50, TICK_INTERVAL_MS);
    it.commit(START + 150);
    const { connection, report } = it.published.document;
    expect(report.receivedAt).toBe(new Date(START + 50).toISOString());
    expect(connection.lastSeenAt).toBe(new Date(START + 100).toISOString());
  });

  test('P12 a refused state is shown, and disappears with the next state', () => {
    const { it } = live();
    const at = new Date(START).toISOString();
    it.noteRefused({ code: 'payload_too_large', at });
    expect(it.commit(START)).toBeDefined();
    expect(it.published.document.report.refused).toEqual({ code: 'payload_too_large', at });
    it.noteRefused({ code: 'payload_too_large', at: new Date(START + 1).toISOString() });
    expect(it.commit(START + 1), 'again').toBeUndefined();
    it.noteRefused(undefined);
    it.commit(START + 2);
    expect(it.published.document.report).not.toHaveProperty('refused');
  });
});
