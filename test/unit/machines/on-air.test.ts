import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decideOnAir, type Evidence, isStuck, mediaTime, type Progress, progressed } from '../../../machines/on-air.ts';

const well: Evidence = {
  connected: true,
  heardAt: 9000,
  reportedAt: 8000,
  report: 'live',
  seen: { playback: 'playing', item: 'a.mp4' },
  progress: undefined,
  pictures: undefined,
};
const stuck: Progress = { value: 7, lengthMs: 60_000, item: 'a.mp4', at: 13_000, since: 3000, stalls: 2 };
const moving: Progress = { ...stuck, since: 13_000, stalls: 0 };

describe('O1–O4 the answer and its reason', () => {
  test.each<[string, Partial<Evidence>, string, string, number | undefined]>([
    ['O2 it plays', {}, 'yes', 'playing', undefined],
    ['O2 it plays, and its media time moves', { progress: moving }, 'yes', 'playing', undefined],
    ['O2 a pause', { seen: { playback: 'paused' } }, 'no', 'paused', undefined],
    ['O2 a stop', { seen: { playback: 'stopped' } }, 'no', 'stopped', undefined],
    ['O2 the older `playing: false`', { seen: { playback: 'not playing' } }, 'no', 'not playing', undefined],
    ['O1 a state without a word on it', { seen: { fullscreen: true } }, 'unknown', 'not told', undefined],
    ['O1 no word in this session', { seen: null }, 'unknown', 'no report', undefined],
    ['O1 no report yet', { report: 'unknown' }, 'unknown', 'no report', undefined],
    ['O1 stale: since the last report', { report: 'stale' }, 'unknown', 'no report', 8000],
    ['O1 not connected: since it was heard of', { connected: false }, 'unknown', 'not connected', 9000],
    [
      'O1 not connected, even if its report counts as live',
      { connected: false, progress: moving },
      'unknown',
      'not connected',
      9000,
    ],
    ['O3 stuck: since the media time stands', { progress: stuck }, 'no', 'stuck', 3000],
    ['O4 two black pictures', { pictures: 'black' }, 'no', 'black', undefined],
    [
      'O4 two black pictures, however the time moves',
      { pictures: 'black', progress: moving },
      'no',
      'black',
      undefined,
    ],
    [
      'O4 equal pictures, while the media time moves',
      { pictures: 'still', progress: moving },
      'yes',
      'playing',
      undefined,
    ],
    ['O4 equal pictures, and no media time', { pictures: 'still' }, 'unknown', 'still', undefined],
    ['O4 a paused player may be black', { pictures: 'black', seen: { playback: 'paused' } }, 'no', 'paused', undefined],
  ])('%s', (_, evidence, status, why, since) => {
    expect(decideOnAir({ ...well, ...evidence })).toEqual({ status, why, ...(since !== undefined && { since }) });
  });

  test('O1, O2 never a yes where nobody can know, nor for what says that it does not play', () => {
    const evidence = fc.record({
      connected: fc.boolean(),
      heardAt: fc.option(fc.nat(), { nil: undefined }),
      reportedAt: fc.option(fc.nat(), { nil: undefined }),
      report: fc.constantFrom('unknown' as const, 'live' as const, 'stale' as const),
      seen: fc.option(
        fc.record({
          playback: fc.constantFrom('playing' as const, 'paused' as const, 'stopped' as const, 'not playing' as const),
        }),
      ),
      progress: fc.constantFrom(undefined, stuck, moving),
      pictures: fc.constantFrom(undefined, 'black' as const, 'still' as const),
    });
    fc.assert(
      fc.property(evidence, (it) => {
        const { status } = decideOnAir(it);
        const isKnown = it.connected && it.report === 'live' && it.seen !== null;
        expect(status === 'unknown' || isKnown).toBe(true);
        if (status === 'yes') expect(it.seen?.playback).toBe('playing');
        if (status === 'yes') expect(it.progress).not.toBe(stuck);
      }),
    );
  });
});

describe('O3 stuck takes two gaps and ten seconds on the same media time', () => {
  const told = (reports: readonly [at: number, value: number][], lengthMs?: number) =>
    reports.reduce<Progress | undefined>(
      (before, [at, value]) => progressed(before, { value, lengthMs, item: 'a' }, at * 1000),
      undefined,
    );

  test.each<[string, readonly [number, number][], number | undefined, boolean]>([
    [
      'it moves',
      [
        [0, 1],
        [30, 31],
        [60, 61],
      ],
      600_000,
      false,
    ],
    [
      'once the same: a seek or a loop',
      [
        [0, 5],
        [30, 5],
      ],
      600_000,
      false,
    ],
    [
      'twice the same',
      [
        [0, 5],
        [30, 5],
        [60, 5],
      ],
      600_000,
      true,
    ],
    [
      'twice the same, in a moment of buffering',
      [
        [0, 5],
        [2, 5],
        [4, 5],
      ],
      600_000,
      false,
    ],
    [
      'watched, for ten seconds',
      [
        [0, 5],
        [2, 5],
        [4, 5],
        [6, 5],
        [8, 5],
        [10, 5],
      ],
      600_000,
      true,
    ],
    [
      'it moved in between',
      [
        [0, 5],
        [30, 5],
        [60, 6],
        [90, 6],
      ],
      600_000,
      false,
    ],
    [
      'it goes backwards: a loop',
      [
        [0, 5],
        [30, 3],
        [60, 1],
      ],
      600_000,
      false,
    ],
    [
      'a medium as long as the interval comes round to the same second',
      [
        [0, 5],
        [30, 5],
        [60, 5],
        [90, 5],
      ],
      30_000,
      false,
    ],
    [
      '… and one that is shorter',
      [
        [0, 5],
        [30, 5],
        [60, 5],
        [90, 5],
      ],
      10_000,
      false,
    ],
    [
      'a live stream, whose clock stands',
      [
        [0, 99],
        [30, 99],
        [60, 99],
      ],
      undefined,
      true,
    ],
    [
      'many reports at once are no gaps',
      [
        [0, 5],
        [0.1, 5],
        [0.2, 5],
        [11, 5],
      ],
      600_000,
      false,
    ],
  ])('%s', (_, reports, lengthMs, expected) => {
    expect(isStuck(told(reports, lengthMs))).toBe(expected);
  });

  test('another item at the same second is another beginning', () => {
    let progress = progressed(undefined, { value: 0, lengthMs: 60_000, item: 'a' }, 0);
    for (const [at, item] of [
      [30_000, 'b'],
      [60_000, 'c'],
      [90_000, 'd'],
    ] as const) {
      progress = progressed(progress, { value: 0, lengthMs: 60_000, item }, at);
    }
    expect(isStuck(progress)).toBe(false);
  });

  test('O3 a proof stays while gaps prove nothing, and ends with the first movement', () => {
    const proven = told(
      [
        [0, 5],
        [5, 5],
        [10, 5],
      ],
      20_000,
    );
    expect(isStuck(proven)).toBe(true);
    const long = progressed(proven, { value: 5, lengthMs: 20_000, item: 'a' }, 40_000);
    expect(isStuck(long)).toBe(true);
    expect(isStuck(progressed(long, { value: 6, lengthMs: 20_000, item: 'a' }, 41_000))).toBe(false);
  });

  test.each<[object, number | undefined]>([
    [{ vlc: { time: 3, position: 0.1, length: 30 } }, 3],
    [{ vlc: { currentTime: 3.5 } }, 3.5],
    [{ vlc: { position: 0.25 } }, 0.25],
    [{ vlc: { time: 0, length: 30 } }, 0],
    [{ vlc: { time: 0, length: 0 } }, undefined],
    [{ vlc: { state: 'playing' } }, undefined],
    [{ vlc: 'playing' }, undefined],
    [{ playing: true, currentMedia: 'a.mp4' }, undefined],
  ])('the media time in %j is %s', (state, value) => {
    expect(mediaTime(state as Record<string, unknown>, undefined)?.value).toBe(value);
  });
});
