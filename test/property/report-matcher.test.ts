import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ReportMatcher } from '../../src/fleet/report-matcher.ts';
import { DEFAULT_TICKING_PATHS, Ticking } from '../../src/fleet/ticking.ts';
import type { JsonObject } from '../../src/protocol/document.ts';
import { reportingDevice } from '../support/reporting.ts';

const scalar = fc.oneof(
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.boolean(),
  fc.constant(null),
  fc.string({ unit: 'grapheme', maxLength: 6 }),
  fc.constantFrom('2026-11-24T16:00:00Z', 'C:\\media\\ñandú.mp4', '"'),
);
const tick = fc.oneof(scalar, fc.array(scalar, { maxLength: 3 }), fc.dictionary(fc.constantFrom('rss', '7'), scalar));

/** Two shapes of states that tick at the top, in sections, deep inside, in lists, under keys that JavaScript orders. */
const report = fc.record({
  shape: fc.constantFrom('one', 'one', 'one', 'other'),
  playing: fc.constantFrom('playing', 'playing', 'paused'),
  indent: fc.constantFrom(0, 0, 0, 1),
  ticks: fc.array(tick, { minLength: 6, maxLength: 6 }),
  time: fc.oneof(fc.nat(900), fc.nat(900), scalar),
  timestamp: fc.oneof(fc.nat(20_000), fc.nat(20_000), scalar),
  /** A part of the interval. */
  gap: fc.constantFrom(0.001, 0.05, 0.2, 0.6),
});
type Report = typeof report extends fc.Arbitrary<infer T> ? T : never;

function textOf({ shape, playing, indent, ticks, time, timestamp }: Report, now: number): string {
  const [a, b, c, d, e, f] = ticks;
  const state = {
    timestamp: typeof timestamp === 'number' && timestamp > 1 ? now + timestamp : timestamp,
    system: { load: a, 9: { uptime: b }, 3: { uptime: c }, disks: [{ uptime: d, name: 'ñ' }] },
    vlc: { state: playing, time, position: e, length: shape === 'one' ? 0 : 60 },
    app: { name: 'señal', memory: f },
  };
  return JSON.stringify(shape === 'one' ? state : { ...state, extra: [1, 2] }, null, indent);
}

test('A5, O3 a report that is known by its text has the same effects as one that is parsed', () =>
  fc.assert(
    fc.asyncProperty(fc.array(report, { maxLength: 25, size: 'max' }), async (reports) => {
      const lives = [];
      for (const byText of [true, false]) {
        const { clock, host, world } = await reportingDevice();
        const seen: unknown[] = [];
        world.house.fleet.onChange((update) => seen.push(structuredClone(update)));
        for (const it of reports) {
          await clock.advance(it.gap * host.intervalMs);
          const json = textOf(it, clock.now());
          if (!byText || !host.repeats(json)) host.report(JSON.parse(json) as JsonObject, byText ? json : undefined);
          seen.push(structuredClone(host.versioned));
        }
        seen.push(structuredClone(host.state));
        lives.push(seen);
      }
      expect(lives[0]).toEqual(lives[1]);
    }),
    { numRuns: 60 },
  ));

const matcher = new ReportMatcher(new Ticking(DEFAULT_TICKING_PATHS));
const with_ = (value: string) => `{"name":"ñ","vlc":{"time":${value},"volume":7}}`;

test.each(['0', '-1.5e+3', '12', '1E9', 'true', 'null', '"ñ 1"'])(
  'A5 %s is one value, whatever it was before',
  (value) => {
    const last = matcher.learn(with_('1'), undefined);
    expect(last && matcher.match(last, with_(value))).toEqual({ timestamp: undefined, mediaTime: undefined });
  },
);

test.each([
  '',
  '-',
  '01',
  '1.',
  '.5',
  '1e',
  '1-2',
  '+1',
  'nul',
  'True',
  '"a',
  '"\\n"',
  '"\n"',
  '[]',
  '1,"x":2',
  '1}}{',
])('A5 %s is not: the parser is to say what becomes of it', (value) => {
  const last = matcher.learn(with_('1'), undefined);
  expect(last && matcher.match(last, with_(value))).toBeUndefined();
});

test('A5 what is longer than a device may cost is parsed each time', () => {
  expect(matcher.learn(with_('1').replace('ñ', 'ñ'.repeat(9000)), undefined)).toBeUndefined();
  const last = matcher.learn(with_('1'), undefined);
  expect(last && matcher.match(last, with_(`"${'a'.repeat(20_000)}"`))).toBeUndefined();
  expect(last && matcher.match(last, `${with_('1')} `)).toBeUndefined();
  expect(last && matcher.match(last, with_('1').slice(0, -1))).toBeUndefined();
});
