import { describe, expect, test } from 'vitest';
import type { Observation } from '../../../machines/observation.ts';
import { commandNames, isBaselineFor, isToggle, judge, type Verdict } from '../../../machines/policy.ts';

const playbacks = ['playing', 'paused', 'stopped', 'not playing', undefined] as const;
const fullscreens = [true, false, undefined] as const;
type Playback = (typeof playbacks)[number];

const seen = (playback: Playback, fullscreen?: boolean, item?: string): Observation => ({
  ...(playback !== undefined && { playback }),
  ...(fullscreen !== undefined && { fullscreen }),
  ...(item !== undefined && { item }),
});

test('C1 pause and fullscreen are toggles; all others may be repeated after silence', () => {
  expect(commandNames.filter(isToggle)).toEqual(['vlc:pause', 'vlc:fullscreen']);
});

test('C1 a state is a baseline only for a command whose effect it could show', () => {
  const rows = commandNames.map((command) => [
    command,
    isBaselineFor({ command }, seen('stopped')),
    isBaselineFor({ command }, seen(undefined, false)),
    isBaselineFor({ command }, seen(undefined, undefined, 'a.mp4')),
    isBaselineFor({ command }, {}),
  ]);
  expect(rows).toEqual([
    ['vlc:play', true, false, false, false],
    ['vlc:pause', true, false, false, false],
    ['vlc:stop', true, false, false, false],
    ['vlc:fullscreen', false, true, false, false],
    ['vlc:snapshot', false, false, false, false],
  ]);
});

test('C9 of a declared command a state is a baseline if it has the value that proves it', () => {
  const proof = { path: 'display.power', equals: 'off' };
  const of = (declared: object, values?: Record<string, unknown>) =>
    isBaselineFor(
      { command: 'display:off', declared: { repeatable: false, ...declared } },
      { ...(values && { values }) },
    );
  expect(of({ proof }, { 'display.power': null })).toBe(true);
  expect(of({ proof }, { other: 'on' })).toBe(false);
  expect(of({ proof })).toBe(false);
  expect(of({}, { 'display.power': 'on' })).toBe(false);
});

/**
 * Every verdict that is not 'unclear', with the reason; the same item is there before and after. Rows: before;
 * columns: after. Pairs missing in the table are unclear.
 */
const verdicts: Record<'vlc:pause' | 'vlc:play' | 'vlc:stop', [before: Playback, after: Playback, Verdict, string][]> =
  {
    'vlc:pause': [
      ['playing', 'playing', 'none', 'a pause would have ended it'],
      ['paused', 'paused', 'none', 'the toggle would have made it play'],
      ['stopped', 'stopped', 'none', 'VLC plays when it is toggled while stopped'],
      ['not playing', 'not playing', 'none', 'whichever it was, the toggle would have made it play'],
      ['playing', 'paused', 'effect', 'that is what the toggle does'],
      ['playing', 'not playing', 'effect', 'the old words for a pause, with the item still there'],
      ['paused', 'playing', 'effect', 'that is what the toggle does'],
      ['stopped', 'playing', 'effect', 'that is what the toggle does'],
      ['not playing', 'playing', 'effect', 'that is what the toggle does'],
    ],
    'vlc:play': [
      ['paused', 'playing', 'effect', 'that is what it is for'],
      ['stopped', 'playing', 'effect', 'that is what it is for'],
      ['not playing', 'playing', 'effect', 'that is what it is for'],
      ['paused', 'paused', 'none', 'it would play'],
      ['stopped', 'stopped', 'none', 'it would play'],
      ['not playing', 'not playing', 'none', 'it would play'],
    ],
    'vlc:stop': [
      ['playing', 'stopped', 'effect', 'that is what it is for'],
      ['paused', 'stopped', 'effect', 'that is what it is for'],
      ['playing', 'not playing', 'effect', 'the old words for a stop'],
      ['playing', 'playing', 'none', 'it would have ended'],
      ['paused', 'paused', 'none', 'it would have ended'],
    ],
  };

describe.each(Object.entries(verdicts))('C1 %s: what two states prove', (command, table) => {
  const expected = (before: Playback, after: Playback): Verdict =>
    table.find(([b, a]) => b === before && a === after)?.[2] ?? 'unclear';

  test.each(table)('from %s to %s: %s, because %s', (before, after, verdict) => {
    expect(judge({ command }, seen(before), seen(after))).toBe(verdict);
  });

  test('every other pair proves nothing, and fullscreen is irrelevant (all 225 pairs)', () => {
    let pairs = 0;
    for (const before of playbacks)
      for (const after of playbacks)
        for (const f of fullscreens)
          for (const g of fullscreens) {
            const verdict = judge({ command }, seen(before, f), seen(after, g));
            expect(verdict, `${before}/${f} → ${after}/${g}`).toBe(expected(before, after));
            pairs++;
          }
    expect(pairs).toBe(225);
  });
});

describe('C1 there are no false proofs', () => {
  test('vlc:stop: a state that may have been stopped before proves nothing by being stopped now', () => {
    for (const before of ['stopped', 'not playing'] as const)
      for (const after of playbacks) expect(judge({ command: 'vlc:stop' }, seen(before), seen(after))).toBe('unclear');
  });

  test('vlc:stop: paused, reported in the old terms, is no stop', () => {
    expect(judge({ command: 'vlc:stop' }, seen('paused'), seen('not playing'))).toBe('unclear');
  });

  test('vlc:play: a state that played before proves nothing by playing now, whatever the item', () => {
    for (const [a, b] of [
      ['a.mp4', 'a.mp4'],
      ['a.mp4', 'b.mp4'],
      ['a.mp4', undefined],
    ])
      expect(judge({ command: 'vlc:play' }, seen('playing', undefined, a), seen('playing', undefined, b))).toBe(
        'unclear',
      );
  });

  test('vlc:pause: a video that ended by itself is no pause', () => {
    expect(judge({ command: 'vlc:pause' }, seen('playing'), seen('stopped'))).toBe('unclear');
    expect(judge({ command: 'vlc:pause' }, seen('playing', undefined, 'a.mp4'), seen('not playing'))).toBe('unclear');
    expect(
      judge({ command: 'vlc:pause' }, seen('playing', undefined, 'a.mp4'), seen('not playing', undefined, 'b.mp4')),
    ).toBe('unclear');
    expect(
      judge({ command: 'vlc:pause' }, seen('playing', undefined, 'a.mp4'), seen('not playing', undefined, 'a.mp4')),
    ).toBe('effect');
  });

  test('vlc:pause: a playlist that advanced to its next item was not paused', () => {
    expect(
      judge({ command: 'vlc:pause' }, seen('playing', undefined, 'a.mp4'), seen('playing', undefined, 'b.mp4')),
    ).toBe('none');
  });

  test('vlc:fullscreen: proven by the flag alone, both ways, whatever the playback (all 225 pairs)', () => {
    for (const f of fullscreens)
      for (const g of fullscreens) {
        const expected = f === undefined || g === undefined ? 'unclear' : f === g ? 'none' : 'effect';
        for (const before of playbacks)
          for (const after of playbacks)
            expect(judge({ command: 'vlc:fullscreen' }, seen(before, f), seen(after, g))).toBe(expected);
      }
  });

  test('vlc:snapshot is visible in no state', () => {
    for (const before of playbacks)
      for (const after of playbacks)
        expect(judge({ command: 'vlc:snapshot' }, seen(before, true), seen(after, false))).toBe('unclear');
  });

  test('without a baseline nothing is proven', () => {
    for (const command of commandNames)
      for (const after of playbacks)
        for (const g of fullscreens) expect(judge({ command }, null, seen(after, g))).toBe('unclear');
  });
});
