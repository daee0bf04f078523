import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ReportMatcher } from '../../src/fleet/report-matcher.ts';
import { DEFAULT_TICKING_PATHS, Ticking } from '../../src/fleet/ticking.ts';
import type { JsonObject } from '../../src/protocol/document.ts';
import { type Snapshot, snapshotUrls } from '../../src/protocol/snapshot.ts';
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

/** Mostly what players say: numbers that move. Sometimes what they might. */
const usual = <T>(often: fc.Arbitrary<T>, seldom: fc.Arbitrary<unknown>) =>
  fc.oneof({ weight: 40, arbitrary: often }, { weight: 1, arbitrary: seldom });

/** Two shapes of states that tick at the top, in sections, deep inside, in lists, under keys that JavaScript orders. */
const report = fc.record({
  shape: usual(fc.constant('one'), fc.constant('other')),
  playing: usual(fc.constant('playing'), fc.constant('paused')),
  indent: usual(fc.constant(0), fc.constant(1)) as fc.Arbitrary<number>,
  ticks: fc.array(usual(fc.nat(100), tick), { minLength: 6, maxLength: 6 }),
  time: usual(fc.nat(30), scalar),
  /** By how much its clock is off, or what it says instead. */
  timestamp: fc.oneof(
    { weight: 12, arbitrary: fc.nat(4000) },
    { weight: 2, arbitrary: fc.constant(12_000) },
    { weight: 1, arbitrary: scalar },
  ),
  /** A part of the interval. */
  gap: fc.constantFrom(0.001, 0.1, 0.3, 0.6),
  after: usual(fc.constant('nothing'), fc.constantFrom('edit', 'update', 'picture')),
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

const picture = (n: number, at: number): Snapshot => ({
  ...snapshotUrls(`aaaaaaaaa-${String(n).padStart(16, '0')}`),
  bytes: 100,
  width: 16,
  height: 9,
  takenAt: new Date(at).toISOString(),
  black: false,
  sameAsBefore: n % 2 === 0,
});

test('A5, O3 a report that is known by its text has the same effects as one that is parsed', async () => {
  let known = 0;
  let all = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(report, { minLength: 1, maxLength: 40, size: 'max' }), async (reports) => {
      const lives = [];
      for (const byText of [true, false]) {
        const { clock, host, world } = await reportingDevice();
        const seen: unknown[] = [];
        world.house.fleet.onChange((update) => seen.push(structuredClone(update)));
        for (const [n, it] of reports.entries()) {
          await clock.advance(it.gap * host.intervalMs);
          const json = textOf(it, clock.now());
          all++;
          if (byText && host.repeats(json)) known++;
          else host.report(JSON.parse(json) as JsonObject, byText ? json : undefined);
          seen.push(structuredClone(host.versioned));
          if (it.after === 'edit') host.edit({ labels: { n: String(n) } });
          if (it.after === 'update') host.update({ app: { name: `${n}` } }, undefined);
          if (it.after === 'picture') host.pictured(picture(n, clock.now()));
        }
        seen.push(structuredClone(host.state));
        lives.push(seen);
      }
      expect(lives[0]).toEqual(lives[1]);
    }),
    { numRuns: 60 },
  );
  // Half of them are of the lives that parse.
  expect(known / all).toBeGreaterThan(0.1);
});

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

/** `key` in its section, with this number and these spaces. */
const keyed = (key: string, value: number, space = '') =>
  `{${space}"vlc"${space}:${space}{${space}"${key}"${space}:${space}${value}${space}}${space}}`;

test.each(['tame', '', 'tim\\u0065', 'ñ', 'timer', 't'])(
  'A5 a key that only looks like one that ticks is news: "%s"',
  (key) => {
    const last = matcher.learn(keyed(key, 1), undefined);
    expect(last && matcher.match(last, keyed(key, 2))).toBeUndefined();
  },
);

test.each(['', ' ', '\n\t'])('A5 one that ticks is found, whatever spaces are around it: %j', (space) => {
  const last = matcher.learn(keyed('time', 1, space), 'vlc/time');
  expect(last && matcher.match(last, keyed('time', 2, space))).toEqual({ timestamp: undefined, mediaTime: 2 });
});
