import { expect, test } from 'vitest';
import { dueAt, lastMonth } from '../../../src/reports/month.ts';
import { opened, reportWorld } from '../../support/report-world.ts';

const all = () => true;
const iso = (at: number | undefined) => new Date(at ?? Number.NaN).toISOString();

test('T10 a month of a time zone has its own begin, end and days, also where the clocks change', async () => {
  const { reports, asked } = reportWorld({ now: '2026-04-10T00:00:00Z' });
  const march = await reports.month({ month: '2026-03', timeZone: 'Europe/Madrid', sees: all, limit: 10 });
  expect([iso(march.from), iso(march.to)]).toEqual(['2026-02-28T23:00:00.000Z', '2026-03-31T22:00:00.000Z']);
  const days = asked[0]?.days ?? [];
  expect([days.length, days[0]?.day, days.at(-1)?.day]).toEqual([31, '2026-03-01', '2026-03-31']);
  const hours = ({ day, from, to }: { day: string; from: number; to: number }) => [day, (to - from) / 3_600_000];
  expect(days.map(hours).filter(([, it]) => it !== 24)).toEqual([['2026-03-29', 23]]);
  const kiritimati = await reports.month({ month: '2026-03', timeZone: 'Pacific/Kiritimati', sees: all, limit: 10 });
  expect(iso(kiritimati.from)).toBe('2026-02-28T10:00:00.000Z');
});

test('T10, T12 the last month, and when it is due, by the clock of the time zone', () => {
  const newYear = Date.parse('2026-01-01T02:00:00Z');
  expect(lastMonth('Europe/Madrid', newYear)).toBe('2025-12');
  expect(lastMonth('America/Lima', newYear)).toBe('2025-11');
  expect(iso(dueAt('Europe/Madrid', '2025-12'))).toBe('2026-01-01T05:00:00.000Z');
  expect(iso(dueAt('Europe/Madrid', '2026-03'))).toBe('2026-04-01T04:00:00.000Z');
});

test('T10 a month that begins before the commands that are kept is one of UTC, and says so', async () => {
  const { reports, asked } = reportWorld({ now: '2026-04-10T00:00:00Z' });
  const spanOf = async (month: string, timeZone: string) => {
    const { from, to, ...report } = await reports.month({ month, timeZone, sees: all, limit: 10 });
    return [report.timeZone, iso(from), iso(to)];
  };
  expect(await spanOf('2026-02', 'Europe/Madrid')).toEqual([
    ...['Europe/Madrid', '2026-01-31T23:00:00.000Z', '2026-02-28T23:00:00.000Z'],
  ]);
  expect(await spanOf('2026-01', 'Europe/Madrid')).toEqual([
    ...['UTC', '2026-01-01T00:00:00.000Z', '2026-02-01T00:00:00.000Z'],
  ]);
  // Whole days of UTC, whose sums are stored.
  expect(asked.at(-1)?.days?.map(({ from }) => from % 86_400_000)).toEqual(Array(31).fill(0));
});

test('T10 incidents are the alerts that opened in the month: by type, by device, and the longest', async () => {
  const devices = [
    { id: 'd1', name: 'Entrance', group: 'hall' },
    { id: 'd2', name: null, group: null },
  ];
  const hall = { group: 'hall' };
  const at = (day: number) => `2026-03-0${day}T00:00:00Z`;
  const alerts = [
    opened('device_offline', 'd1', '2026-02-28T23:59:59Z', hall),
    opened('device_offline', 'd1', at(1), { ...hall, resolvedAt: Date.parse(at(3)) }),
    opened('device_offline', 'd2', at(2), { resolvedAt: Date.parse('2026-04-05T00:00:00Z') }),
    opened('device_unstable', 'd1', at(4), { ...hall, resolvedAt: Date.parse(at(5)) }),
    opened('site_incident', 'group hall', at(5), { resolvedAt: Date.parse(at(6)) }),
    opened('device_offline', 'd1', '2026-04-01T00:00:00Z', hall),
  ];
  const { reports } = reportWorld({ now: '2026-04-10T00:00:00Z', devices, alerts });
  const query = { month: '2026-03', timeZone: 'UTC', sees: all };
  const DAY = 86_400_000;
  const { incidents, devices: shown } = await reports.whole(query);
  expect(incidents).toMatchObject({
    ...{ count: 4, critical: 3, more: false },
    byAlert: [{ alert: 'device_offline', severity: 'critical', count: 2, ms: 32 * DAY }, { count: 1 }, { count: 1 }],
  });
  expect(incidents.longest.slice(0, 2)).toMatchObject([
    { about: 'd2', name: null, group: null, ms: 30 * DAY, resolvedAt: '2026-04-05T00:00:00.000Z' },
    { about: 'd1', name: 'Entrance', group: 'hall', ms: 2 * DAY },
  ]);
  expect(shown.map((it) => it.incidents)).toEqual([2, 1]);
  const count = async (more: object) => (await reports.whole({ ...query, ...more })).incidents.count;
  expect(await count({ group: 'hall' })).toBe(3);
  expect(await count({ group: '' })).toBe(1);
  expect(await count({ sees: ({ about }: { about: string }) => about === 'd1' })).toBe(2);
});

test('T10 of more than 20,000 alerts the newest are counted', async () => {
  const begin = Date.parse('2026-03-01T00:00:00Z');
  const many = (count: number) =>
    Array.from({ length: count }, (_, i) => opened('device_offline', 'd1', new Date(begin + i * 1000).toISOString()));
  const query = { month: '2026-03', timeZone: 'UTC', sees: all };
  for (const [count, more] of [[20_000, false] as const, [20_001, true] as const]) {
    const { incidents } = await reportWorld({ now: '2026-04-10T00:00:00Z', alerts: many(count) }).reports.whole(query);
    expect(incidents).toMatchObject({ count: 20_000, more });
    expect(incidents.longest[0]?.openedAt).toBe(new Date(begin + (count - 20_000) * 1000).toISOString());
  }
});

test('T11 the whole report has the devices of all pages', async () => {
  const devices = Array.from({ length: 1001 }, (_, i) => ({ id: `d${1000 + i}`, name: null, group: null }));
  const { reports, asked } = reportWorld({ now: '2026-04-10T00:00:00Z', devices });
  const whole = await reports.whole({ month: '2026-03', timeZone: 'UTC', sees: all });
  expect(whole.devices.map(({ deviceId }) => deviceId)).toEqual(devices.map(({ id }) => id));
  expect(whole.more).toBe(false);
  expect(asked.map(({ days }) => days?.length)).toEqual([31, 0, 0]);
});
