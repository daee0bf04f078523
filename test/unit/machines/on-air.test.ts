import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  decideOnAir,
  type Evidence,
  isStuck,
  mediaTimeOf,
  type Progress,
  progressed,
} from '../../../machines/on-air.ts';
import { nothingRead, playbackStatuses, read } from '../../../machines/reading.ts';

const well: Evidence = {
  connected: true,
  heardAt: 9000,
  reportedAt: 8000,
  report: 'live',
  isOld: false,
  measuredAt: 7000,
  seen: { ...nothingRead, status: 'playing' },
  progress: undefined,
  pictures: undefined,
};
const stuck: Progress = {
  value: 7,
  isPrecise: false,
  lengthMs: 60_000,
  item: 'a.mp4',
  at: 13_000,
  since: 3000,
  stalls: 2,
};
const moving: Progress = { ...stuck, since: 13_000, stalls: 0 };

describe('O1–O4 the answer and its reason', () => {
  test.each<[string, Partial<Evidence>, string, string, number | undefined]>([
    ['O2 it plays', {}, 'yes', 'playing', undefined],
    ['O2 it plays, and its media time moves', { progress: moving }, 'yes', 'playing', undefined],
    ['O2 a pause', { seen: { ...nothingRead, status: 'paused' } }, 'no', 'paused', undefined],
    ['O2 a stop', { seen: { ...nothingRead, status: 'stopped' } }, 'no', 'stopped', undefined],
    ['O2 the older `playing: false`', { seen: { ...nothingRead, notPlaying: true } }, 'no', 'not playing', undefined],
    ['O1 a state without a word on it', { seen: nothingRead }, 'unknown', 'not told', undefined],
    ['O1 no word in this session', { seen: null }, 'unknown', 'no report', undefined],
    ['O1 no report yet', { report: 'unknown' }, 'unknown', 'no report', undefined],
    ['O1 stale: since the last report', { report: 'stale' }, 'unknown', 'no report', 8000],
    [
      'O1 what it reports is old: since it was measured',
      { report: 'stale', isOld: true },
      'unknown',
      'not measured',
      7000,
    ],
    ['O2 VLC cannot be reached', { seen: { ...nothingRead, status: 'unavailable' } }, 'no', 'unavailable', undefined],
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
    [
      'O4 a paused player may be black',
      { pictures: 'black', seen: { ...nothingRead, status: 'paused' } },
      'no',
      'paused',
      undefined,
    ],
  ])('%s', (_, evidence, status, why, since) => {
    expect(decideOnAir({ ...well, ...evidence })).toEqual({ status, why, ...(since !== undefined && { since }) });
  });

  test('O1, O2 never yes where it cannot be known, or for a player that reports that it does not play', () => {
    const evidence = fc.record({
      connected: fc.boolean(),
      heardAt: fc.option(fc.nat(), { nil: undefined }),
      reportedAt: fc.option(fc.nat(), { nil: undefined }),
      report: fc.constantFrom('unknown' as const, 'live' as const, 'stale' as const),
      seen: fc.option(
        fc
          .record({
            status: fc.constantFrom(...playbackStatuses),
            notPlaying: fc.boolean(),
          })
          .map((it) => ({ ...nothingRead, ...it })),
      ),
      isOld: fc.boolean(),
      measuredAt: fc.option(fc.nat(), { nil: undefined }),
      progress: fc.constantFrom(undefined, stuck, moving),
      pictures: fc.constantFrom(undefined, 'black' as const, 'still' as const),
    });
    fc.assert(
      fc.property(evidence, (it) => {
        const { status } = decideOnAir(it);
        const isKnown = it.connected && it.report === 'live' && it.seen !== null;
        expect(status === 'unknown' || isKnown).toBe(true);
        if (status === 'yes') expect(it.seen?.status).toBe('playing');
        if (status === 'yes') expect(it.progress).not.toBe(stuck);
      }),
    );
  });
});

describe('O3 stuck takes two gaps and ten seconds at the same media time', () => {
  const told = (reports: readonly [at: number, value: number][], lengthMs: number | null = null, isPrecise = false) =>
    reports.reduce<Progress | undefined>(
      (before, [at, value]) => progressed(before, { value, isPrecise, lengthMs, item: 'a' }, at * 1000),
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

  test('another item at the same second starts over', () => {
    let progress = progressed(undefined, { value: 0, isPrecise: false, lengthMs: 60_000, item: 'a' }, 0);
    for (const [at, item] of [
      [30_000, 'b'],
      [60_000, 'c'],
      [90_000, 'd'],
    ] as const) {
      progress = progressed(progress, { value: 0, isPrecise: false, lengthMs: 60_000, item }, at);
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
    const long = progressed(proven, { value: 5, isPrecise: false, lengthMs: 20_000, item: 'a' }, 40_000);
    expect(isStuck(long)).toBe(true);
    expect(isStuck(progressed(long, { value: 6, isPrecise: false, lengthMs: 20_000, item: 'a' }, 41_000))).toBe(false);
  });

  test('O3 a position of many digits does not recur by chance, however short the clip is', () => {
    const at = (share: number) =>
      told(
        [
          [0, share],
          [30, share],
          [60, share],
        ],
        15_000,
        true,
      );
    expect(isStuck(at(0.24304088950157))).toBe(true);
    const moved = [0.24304088950157, 0.75900924205787, 0.24304088950158].map((it, i): [number, number] => [i * 30, it]);
    expect(isStuck(told(moved, 15_000, true))).toBe(false);
  });

  test('O3 … nor within seconds: three measurements are enough, two or three at once are not', () => {
    const at = (...seconds: number[]) =>
      told(
        seconds.map((it): [number, number] => [it, 0.24304088950157]),
        15_000,
        true,
      );
    expect(isStuck(at(0, 1, 2))).toBe(true);
    expect(isStuck(at(0, 1))).toBe(false);
    expect(isStuck(at(0, 0.1, 0.2))).toBe(false);
  });

  test.each<[object, number | undefined, boolean | undefined]>([
    [{ vlc: { time: 3, position: 0.1, length: 30 } }, 3000, false],
    [{ vlc: { time: 3, position: 0.24304088950157, length: 15 } }, 0.24304088950157, true],
    [{ vlc: { currentTime: 3.5 } }, 3500, false],
    [{ vlc: { position: 0.25 } }, 0.25, false],
    [{ vlc: { time: 0, position: 0, length: 30 } }, 0, false],
    [{ vlc: { time: 0, position: 0, length: 0 } }, undefined, undefined],
    [{ vlc: { state: 'playing' } }, undefined, undefined],
    [{ vlc: 'playing' }, undefined, undefined],
    [{ playing: true, currentMedia: 'a.mp4' }, undefined, undefined],
  ])('the media time in %j is %s', (state, value, isPrecise) => {
    const media = mediaTimeOf(read(state as Record<string, unknown>));
    expect([media?.value, media?.isPrecise]).toEqual([value, isPrecise]);
  });
});
