import fc from 'fast-check';
import { expect, it } from 'vitest';
import { WallTime, wallOf, wallText } from '../../src/ports/wall-time.ts';
import { Calendar } from '../../src/schedules/calendar.ts';
import { Recurrence } from '../../src/schedules/recurrence.ts';

const MINUTE = 60_000;
const DAY = 86_400_000;
/** With a day on which clocks are set forward or back, or an ordinary one. */
const days: [zone: string, day: string][] = [
  ['Europe/Madrid', '2026-03-29'],
  ['Europe/Madrid', '2026-10-25'],
  ['America/New_York', '2026-03-08'],
  ['America/New_York', '2026-11-01'],
  ['Australia/Lord_Howe', '2026-04-05'],
  ['Australia/Lord_Howe', '2026-10-04'],
  ['America/St_Johns', '2026-11-01'],
  ['Africa/Casablanca', '2026-02-15'],
  ['Asia/Kathmandu', '2026-03-08'],
  // A day that was skipped.
  ['Pacific/Apia', '2011-12-30'],
  ['UTC', '2026-03-29'],
];

/** A second implementation for comparison, based on local times. */
const formats = new Map(
  days.map(([timeZone]) => [
    timeZone,
    new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'short' }),
  ]),
);
const said = (zone: string, moment: number) => (formats.get(zone)?.format(moment) ?? '').replace(' ', 'T');

it('J1 each run starts at the first minute at which the local time is reached or passed, whatever happens to the clock', () => {
  const time = new WallTime();
  fc.assert(
    fc.property(fc.constantFrom(...days), fc.integer({ min: -720, max: 2160 }), ([zone, day], minutes) => {
      const wall = wallOf(`${day}T00:00`) + minutes * MINUTE;
      const text = wallText(wall);
      let moment = wall - 15 * 3_600_000;
      while (said(zone, moment) < text) moment += MINUTE;
      expect(new Date(time.momentOf(zone, wall)).toISOString()).toBe(new Date(moment).toISOString());
    }),
    { numRuns: 40 },
  );
});

it('J1 the previous and the next run are neighbours at every moment: each comes once, in order', () => {
  const calendar = new Calendar(new WallTime());
  const rules = ['FREQ=HOURLY', 'FREQ=MINUTELY;INTERVAL=7', 'FREQ=DAILY;BYHOUR=1,2,3;BYMINUTE=0,30', 'FREQ=DAILY'];
  fc.assert(
    fc.property(
      fc.constantFrom(...days),
      fc.constantFrom(...rules),
      fc.integer({ min: 1, max: 50 }),
      ([zone, day], rule, step) => {
        const from = wallOf(`${day}T00:00`) - DAY;
        const recurrence = new Recurrence(wallText(from - DAY), rule);
        const seen: number[] = [];
        let now = from;
        let next = calendar.next(recurrence, zone, now)?.at ?? 0;
        const planned = [...calendar.plan(recurrence, zone, now, 2000)].map(({ at }) => Date.parse(at));
        // Like the runner: at arbitrary moments, but never past the next one.
        for (let looks = 0; now < from + 3 * DAY && looks < 400; looks++) {
          now = Math.min(now + step * 13 * MINUTE, next);
          const last = calendar.last(recurrence, zone, now)?.at as number;
          expect(last).toBeLessThanOrEqual(now);
          if (now >= next) {
            expect(last).toBe(next);
            seen.push(last);
          }
          next = calendar.next(recurrence, zone, now)?.at as number;
          expect(next).toBeGreaterThan(now);
        }
        expect(seen).toEqual(planned.slice(0, seen.length));
        expect(new Set(seen).size).toBe(seen.length);
      },
    ),
    { numRuns: 40 },
  );
});
