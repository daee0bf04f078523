import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LocalTime } from '../../src/ports/local-time.ts';
import { type Hours, weekdays } from '../../src/protocol/alerts.ts';

const DAY = 86_400_000;

/** Around the days of clock changes, forward and back, and an ordinary week. */
const zones: [zone: string, days: string[]][] = [
  ['Europe/Madrid', ['2026-03-29', '2026-10-25', '2026-07-01']],
  ['America/New_York', ['2026-03-08', '2026-11-01', '2026-12-31']],
  // By half an hour.
  ['Australia/Lord_Howe', ['2026-04-05', '2026-10-04']],
  // An offset of 45 minutes, without clock changes.
  ['Asia/Kathmandu', ['2026-02-28']],
];

const clock = (minutes: number) =>
  `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;
/** Bounds that often fall into the hours of clock changes. */
const minute = fc.oneof(fc.integer({ min: 0, max: 1439 }), fc.integer({ min: 50, max: 200 }));
const span = fc
  .tuple(minute, fc.oneof(minute, fc.constant(1440)))
  .filter(([from, to]) => from !== to)
  .map(([from, to]): [string, string] => [clock(from), clock(to)]);
const hoursOf: fc.Arbitrary<Hours> = fc.record(
  Object.fromEntries(weekdays.map((day) => [day, fc.array(span, { maxLength: 2 })])),
  { requiredKeys: [] },
);

/** All local times, with dates, within the hours; enumerated by day and minute. */
function openReadings(hours: Hours, from: number, days: number): Set<string> {
  const readings = new Set<string>();
  for (let i = 0; i < days; i++) {
    // A calendar day, not a moment: UTC is only used for counting.
    const midnight = from + i * DAY;
    const weekday = weekdays[(new Date(midnight).getUTCDay() + 6) % 7] as (typeof weekdays)[number];
    for (const [start, end] of hours[weekday] ?? []) {
      const [first, last] = [start, end].map((it) => Number(it.slice(0, 2)) * 60 + Number(it.slice(3))) as [
        number,
        number,
      ];
      const length = last > first ? last - first : 1440 - first + last;
      for (let m = 0; m < length; m++) {
        readings.add(new Date(midnight + (first + m) * 60_000).toISOString().slice(0, 16).replace('T', ' '));
      }
    }
  }
  return readings;
}

test.each(zones)('W6 %s: open exactly while the wall clock shows a time within the hours', (zone, days) => {
  const wall = new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'short' });
  for (const day of days) {
    const from = Date.parse(day) - DAY;
    const moments = Array.from({ length: (3 * DAY) / 60_000 }, (_, i) => from + i * 60_000);
    const shown = moments.map((at) => wall.format(at));
    fc.assert(
      fc.property(hoursOf, (hours) => {
        const time = new LocalTime();
        const readings = openReadings(hours, from - 2 * DAY, 8);
        const wrong = moments.filter((at, i) => time.isWithin(hours, zone, at) !== readings.has(shown[i] as string));
        expect(wrong.slice(0, 3).map((at) => new Date(at).toISOString())).toEqual([]);
      }),
      { numRuns: 12 },
    );
  }
});

test.each(zones)('G5 %s: between two evaluations nothing begins and nothing ends', (zone, days) => {
  for (const day of days) {
    const from = Date.parse(day) - DAY;
    fc.assert(
      fc.property(hoursOf, (hours) => {
        const time = new LocalTime();
        let [is, next] = [time.isWithin(hours, zone, from), time.nextLookAt(hours, zone, from)];
        for (let at = from; at < from + 3 * DAY; at += 60_000) {
          if (at >= next) [is, next] = [time.isWithin(hours, zone, at), time.nextLookAt(hours, zone, at)];
          expect(next).toBeGreaterThan(at);
          expect([at, time.isWithin(hours, zone, at)]).toEqual([at, is]);
        }
      }),
      { numRuns: 10 },
    );
  }
});

test('W6 a time zone is one that this machine knows; anything else that a device reports is none, and uses bounded memory', () => {
  const time = new LocalTime();
  expect(['Europe/Madrid', 'UTC', 'asia/kathmandu'].every((it) => time.isZone(it))).toBe(true);
  for (const junk of ['', 'Mars/Olympus', 5, null, undefined, {}, 'x'.repeat(1000)])
    expect(time.isZone(junk)).toBe(false);
  for (let i = 0; i < 3000; i++) expect(time.isZone(`Nowhere/${i}`)).toBe(false);
  expect(time.isWithin({ thu: [['00:00', '24:00']] }, 'Asia/Kathmandu', 0)).toBe(true);
});
