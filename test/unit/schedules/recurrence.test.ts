import { expect, it } from 'vitest';
import { WallTime } from '../../../src/ports/wall-time.ts';
import { Calendar } from '../../../src/schedules/calendar.ts';
import { Recurrence } from '../../../src/schedules/recurrence.ts';

const calendar = new Calendar(new WallTime());
const plan = (start: string, rrule: string | undefined, zone: string, now: string, count = 4) =>
  calendar
    .plan(new Recurrence(start, rrule), zone, Date.parse(now), count)
    .map(({ local, at }) => `${local} = ${at.slice(0, 16)}`);

it('J1 set forward: a local time that does not exist that day runs at the first moment after the gap', () => {
  expect(plan('2026-03-28T02:30', 'FREQ=DAILY', 'Europe/Madrid', '2026-03-28T12:00Z', 2)).toEqual([
    '2026-03-29T02:30 = 2026-03-29T01:00',
    '2026-03-30T02:30 = 2026-03-30T00:30',
  ]);
  expect(plan('2026-03-07T02:30', 'FREQ=DAILY', 'America/New_York', '2026-03-07T12:00Z', 2)).toEqual([
    '2026-03-08T02:30 = 2026-03-08T07:00',
    '2026-03-09T02:30 = 2026-03-09T06:30',
  ]);
  // By half an hour.
  expect(plan('2026-10-03T02:15', 'FREQ=DAILY', 'Australia/Lord_Howe', '2026-10-03T00:00Z', 2)).toEqual([
    '2026-10-04T02:15 = 2026-10-03T15:30',
    '2026-10-05T02:15 = 2026-10-04T15:15',
  ]);
});

it('J1 set back: a local time that occurs twice runs once, the first time', () => {
  expect(plan('2026-10-24T02:30', 'FREQ=DAILY', 'Europe/Madrid', '2026-10-24T12:00Z', 2)).toEqual([
    '2026-10-25T02:30 = 2026-10-25T00:30',
    '2026-10-26T02:30 = 2026-10-26T01:30',
  ]);
  expect(plan('2026-10-31T01:30', 'FREQ=DAILY', 'America/New_York', '2026-10-31T12:00Z', 2)).toEqual([
    '2026-11-01T01:30 = 2026-11-01T05:30',
    '2026-11-02T01:30 = 2026-11-02T06:30',
  ]);
  expect(plan('2026-04-04T01:45', 'FREQ=DAILY', 'Australia/Lord_Howe', '2026-04-04T00:00Z', 2)).toEqual([
    '2026-04-05T01:45 = 2026-04-04T14:45',
    '2026-04-06T01:45 = 2026-04-05T15:15',
  ]);
  // Nothing runs in the repeated hour.
  const recurrence = new Recurrence('2026-10-25T00:00', 'FREQ=MINUTELY;INTERVAL=15');
  const again = Date.parse('2026-10-25T01:20Z');
  expect(calendar.last(recurrence, 'Europe/Madrid', again)?.at).toBe(Date.parse('2026-10-25T00:45Z'));
  expect(calendar.next(recurrence, 'Europe/Madrid', again)?.at).toBe(Date.parse('2026-10-25T02:00Z'));
});

it('J1 of several in a gap one runs', () => {
  expect(plan('2026-03-29T01:00', 'FREQ=MINUTELY;INTERVAL=15', 'Europe/Madrid', '2026-03-29T00:40Z', 3)).toEqual([
    '2026-03-29T01:45 = 2026-03-29T00:45',
    '2026-03-29T03:00 = 2026-03-29T01:00',
    '2026-03-29T03:15 = 2026-03-29T01:15',
  ]);
});

it('J1 a rule counts from its start, also years later; a start that does not fit it is none of its times', () => {
  expect(plan('2020-01-31T09:00', 'FREQ=MONTHLY', 'UTC', '2026-11-29T00:00Z', 2)).toEqual([
    '2026-12-31T09:00 = 2026-12-31T09:00',
    '2027-01-31T09:00 = 2027-01-31T09:00',
  ]);
  expect(plan('2020-01-01T00:00', 'FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,WE', 'UTC', '2026-11-29T00:00Z', 3)).toEqual([
    '2026-12-07T00:00 = 2026-12-07T00:00',
    '2026-12-09T00:00 = 2026-12-09T00:00',
    '2026-12-21T00:00 = 2026-12-21T00:00',
  ]);
  // A Tuesday.
  expect(plan('2026-12-01T08:00', 'rrule:freq=weekly;byday=fr', 'UTC', '2026-11-29T00:00Z', 1)).toEqual([
    '2026-12-04T08:00 = 2026-12-04T08:00',
  ]);
  expect(
    plan('2026-12-01T08:00', 'FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1', 'UTC', '2026-12-01T00:00Z', 2),
  ).toEqual(['2026-12-31T08:00 = 2026-12-31T08:00', '2027-01-29T08:00 = 2027-01-29T08:00']);
});

it('J1 it ends: once, after COUNT, with UNTIL, which are local, too', () => {
  const now = '2026-12-01T00:00Z';
  expect(plan('2026-12-01T08:00', undefined, 'Asia/Tokyo', now)).toEqual([]);
  expect(plan('2026-12-01T08:00', undefined, 'America/Lima', now)).toEqual(['2026-12-01T08:00 = 2026-12-01T13:00']);
  expect(plan('2026-12-01T08:00', 'FREQ=DAILY;COUNT=2', 'UTC', now)).toHaveLength(2);
  expect(plan('2026-12-01T08:00', 'FREQ=DAILY;UNTIL=20261203', 'America/Lima', now)).toHaveLength(3);
  expect(plan('2026-12-01T08:00', 'FREQ=DAILY;UNTIL=20261203T075900', 'America/Lima', now)).toHaveLength(2);
});

it.each([
  ['', /there is no part/i],
  ['DAILY', /there is no DAILY/i],
  ['INTERVAL=2', /FREQ is missing/],
  ['FREQ=SECONDLY', /MINUTELY/],
  ['FREQ=DAILY;FREQ=DAILY', /twice/],
  ['FREQ=MINUTELY;BYSECOND=0,30', /by the minute/],
  ['FREQ=DAILY;EXDATE=20261201', /no EXDATE/],
  ['FREQ=DAILY;__proto__=1', /no __PROTO__/],
  ['FREQ=DAILY;BYHOUR=24', /0 to 23/],
  ['FREQ=DAILY;BYHOUR=8,', /0 to 23/],
  ['FREQ=MONTHLY;BYMONTHDAY=0', /-31 to 31/],
  ['FREQ=WEEKLY;BYDAY=XX', /BYDAY/],
  ['FREQ=WEEKLY;BYDAY=1MO', /BYDAY/],
  ['FREQ=DAILY;COUNT=0', /1 to 1000/],
  ['FREQ=DAILY;COUNT=1001', /1 to 1000/],
  ['FREQ=DAILY;COUNT=2,3', /one number/],
  ['FREQ=DAILY;INTERVAL=0', /1 to 10000/],
  ['FREQ=DAILY;COUNT=2;UNTIL=20270101', /do not go together/],
  ['FREQ=DAILY;UNTIL=20270101T000000Z', /without Z/],
  ['FREQ=DAILY;UNTIL=20271301', /month/i],
  ['FREQ=DAILY;UNTIL=20261130', /no run/],
  ['FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30', /no run/],
  ['FREQ=MINUTELY;BYMONTH=2;BYMONTHDAY=30', /no run/],
])('J5 %j is refused', (rrule, message) => {
  const begun = performance.now();
  expect(() => new Recurrence('2026-12-01T08:00', rrule)).toThrow(
    expect.objectContaining({
      code: 'invalid_payload',
      details: [{ path: 'rrule', message: expect.stringMatching(message) }],
    }),
  );
  expect(performance.now() - begun).toBeLessThan(5000);
});
