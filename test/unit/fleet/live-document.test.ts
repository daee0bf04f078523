import jsonPatch from 'fast-json-patch';
import { describe, expect, test } from 'vitest';
import { newDocument } from '../../../src/fleet/document.ts';
import { LiveDocument } from '../../../src/fleet/live-document.ts';
import { ReportMatcher } from '../../../src/fleet/report-matcher.ts';
import { DEFAULT_TICKING_PATHS, Ticking } from '../../../src/fleet/ticking.ts';
import type { JsonObject } from '../../../src/protocol/document.ts';

const START = Date.UTC(2026, 0, 1);
const INTERVAL_MS = 30_000;

function live() {
  const document = newDocument('d1', START, INTERVAL_MS);
  const it = new LiveDocument({ version: 7, document }, new ReportMatcher(new Ticking(DEFAULT_TICKING_PATHS)));
  const say = (state: JsonObject, at: number, timestamp: unknown = START + at) => {
    const novelty = it.report(state, timestamp, START + at, INTERVAL_MS);
    if (novelty !== 'held') it.amend({ state });
    return { novelty, update: it.commit(START + at) };
  };
  return { it, say };
}

describe('one version, one patch', () => {
  test('many changes become one version, and its patch makes the new document of the old one', () => {
    const { it } = live();
    const before = structuredClone(it.told.document);
    it.amend({ name: 'Lobby' });
    it.amend({ labels: { 'a/b': '~' } });
    const update = it.commit(START);
    expect(update).toMatchObject({ deviceId: 'd1', version: 8, at: '2026-01-01T00:00:00.000Z' });
    if (!update || !('patch' in update)) throw new Error('no patch');
    expect(jsonPatch.applyPatch(before, update.patch, true).newDocument).toEqual(it.told.document);
  });

  test('A2 a change that changes nothing is none', () => {
    const { it } = live();
    expect(it.commit(START)).toBeUndefined();
    it.amend({ name: null, labels: {} });
    expect(it.commit(START)).toBeUndefined();
    expect(it.told.version).toBe(7);
  });

  test('§3 lastSeenAt is no change of its own, and rides along with one', () => {
    const { it } = live();
    it.seen(START + 5000);
    it.amend({});
    expect(it.commit(START + 5000)).toBeUndefined();
    expect(it.told.document.connection.lastSeenAt).toBeNull();
    it.amend({ name: 'Lobby' });
    it.commit(START + 6000);
    expect(it.told.document.connection.lastSeenAt).toBe('2026-01-01T00:00:05.000Z');
  });
});

describe('D1 what was told of it elsewhere', () => {
  const LATER = START + 60_000;

  test('with later versions: it goes on beyond them, and is told whole though nothing has changed', () => {
    const { it } = live();
    it.leapPast(9, false, LATER);
    expect(it.commit(LATER)).toMatchObject({ version: 60_001, document: it.told.document });
    it.leapPast(60_001, false, LATER);
    expect(it.commit(LATER), 'it is there already').toBeUndefined();
  });

  test('otherwise with the same versions: it goes on beyond its own, but for those it went on from', () => {
    const { it } = live();
    it.leapPast(7, true, LATER);
    expect(it.commit(LATER)).toBeUndefined();
    for (const name of ['a', 'b']) {
      it.amend({ name });
      it.commit(LATER);
    }
    it.leapPast(8, false, LATER);
    expect(it.commit(LATER)).toBeUndefined();
    it.leapPast(8, true, LATER);
    expect(it.commit(LATER)).toMatchObject({ version: 60_001, document: { name: 'b' } });
  });
});

describe('A5 reports', () => {
  test('ticks are held, ride along with the next change, and are told by themselves after the interval', () => {
    const { it, say } = live();
    expect(say({ vlc: { state: 'playing', time: 0 } }, 0)).toMatchObject({ novelty: 'news', update: { version: 8 } });
    expect(say({ vlc: { state: 'playing', time: 1 } }, 1000)).toEqual({ novelty: 'held', update: undefined });
    expect(it.told.document.state).toEqual({ vlc: { state: 'playing', time: 0 } });
    expect(it.latestState).toEqual({ vlc: { state: 'playing', time: 1 } });
    it.amend({ name: 'Lobby' });
    expect(it.commit(START + 2000)).toMatchObject({ version: 9 });
    expect(it.told.document.state).toEqual({ vlc: { state: 'playing', time: 1 } });
    expect(say({ vlc: { state: 'playing', time: 31 } }, 31_999).novelty).toBe('held');
    expect(say({ vlc: { state: 'playing', time: 32 } }, 32_000)).toMatchObject({
      novelty: 'ticks',
      update: { version: 10 },
    });
  });

  test('a state that is as it was before the held one takes the held one back', () => {
    const { it, say } = live();
    say({ vlc: { time: 0 } }, 0);
    say({ vlc: { time: 1 } }, 1000);
    say({ vlc: { time: 0 } }, 2000);
    it.amend({ name: 'Lobby' });
    it.commit(START + 3000);
    expect(it.told.document.state).toEqual({ vlc: { time: 0 } });
  });

  test('P11 a clock that jumps is news, one that drifts is not', () => {
    const { it, say } = live();
    const sayAt = (at: number, skewMs: number) => say({ timestamp: START + at + skewMs }, at, START + at + skewMs);
    sayAt(0, 0);
    expect(it.told.document.connection.clockSkewMs).toBe(0);
    expect(sayAt(1000, 4999).novelty).toBe('held');
    expect(sayAt(2000, -60_000)).toMatchObject({ novelty: 'news', update: { version: 9 } });
    expect(it.told.document.connection.clockSkewMs).toBe(-60_000);
  });

  test('P11 a report that was held came when it came, and the device was last heard of when it last was', () => {
    const { it } = live();
    it.seen(START + 100);
    it.report({ vlc: { state: 'playing' } }, undefined, START + 50, INTERVAL_MS);
    it.commit(START + 150);
    const { connection, report } = it.told.document;
    expect(report.receivedAt).toBe(new Date(START + 50).toISOString());
    expect(connection.lastSeenAt).toBe(new Date(START + 100).toISOString());
  });

  test('P11 a clock that jumps is news, also where the report is known by its text', () => {
    const { it } = live();
    const textAt = (ms: number) => JSON.stringify({ timestamp: START + ms, vlc: { state: 'playing' } });
    const state = JSON.parse(textAt(0));
    it.report(state, state.timestamp, START, INTERVAL_MS, textAt(0));
    it.commit(START);
    expect(it.repeats(textAt(1500), START + 1000, INTERVAL_MS)).toMatchObject({ timestamp: START + 1500 });
    expect(it.repeats(textAt(9000), START + 2000, INTERVAL_MS)).toBeUndefined();
  });

  test('A5 a timestamp that stands still is no clock that jumps', () => {
    const { say } = live();
    say({ timestamp: START, vlc: { time: 0 } }, 0, START);
    expect(say({ timestamp: START, vlc: { time: 10 } }, 10_000, START).novelty).toBe('held');
    expect(say({ timestamp: START, vlc: { time: 20 } }, 20_000, START).novelty).toBe('held');
  });
});
