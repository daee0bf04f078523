import { describe, expect, test } from 'vitest';
import { createHarness } from '../../support/http-harness.ts';

/** The constant time of the harness's clock. */
const NOW = Date.parse('2026-03-01T12:00:00.000Z');

describe('T4 GET /stats', () => {
  test('the default is the last seven whole days', async () => {
    const { call, asked } = createHarness();
    const answer = await call('GET', '/stats', { as: 'viewer' });
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({ from: '2026-02-22T00:00:00.000Z', to: '2026-03-01T12:00:00.000Z' });
    expect(asked).toEqual([{ from: Date.parse('2026-02-22T00:00:00Z'), to: NOW, limit: 100 }]);
  });

  test('a short range is exact, in any time zone, and ends now at the latest', async () => {
    const { call, asked } = createHarness();
    await call('GET', '/stats?from=2026-03-01T10:30:00%2B01:00&to=2027-01-01T00:00:00Z&group=lobby&device=d1');
    expect(asked).toEqual([{ from: NOW - 2.5 * 3600_000, to: NOW, group: 'lobby', device: 'd1', limit: 100 }]);
  });

  test('devices are returned in pages', async () => {
    const { call, asked } = createHarness();
    const { cursor } = await (await call('GET', '/stats?limit=1')).json();
    expect(await (await call('GET', `/stats?cursor=${cursor}`)).json()).not.toHaveProperty('cursor');
    expect(asked[1]?.after).toBe('d1');
  });

  test.each([
    ['from=yesterday', 'from'],
    ['from=2026-02-30T00:00:00Z', 'from'],
    ['from=2026-02-20T00:00:00', 'from'],
    ['to=1', 'to'],
    ['from=2026-02-20T00:00:00Z&to=2026-02-19T00:00:00Z', 'from'],
    ['from=2026-02-20T00:00:00Z&to=2026-02-20T00:00:00Z', 'from'],
    ['from=2999-01-01T00:00:00Z', 'from'],
    ['from=1970-01-01T00:00:00Z', 'from'],
    ['device=%2F', 'device'],
    ['limit=0', 'limit'],
    ['limit=501', 'limit'],
    ['cursor=%2F%2F', 'cursor'],
  ])('%s is refused, and the path is %s', async (query, path) => {
    const { call, asked } = createHarness();
    const answer = await call('GET', `/stats?${query}`);
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ code: 'invalid_payload', errors: [{ path }] });
    expect(asked).toEqual([]);
  });

  test('requires a token', async () => {
    expect((await createHarness().call('GET', '/stats', { as: null })).status).toBe(401);
  });
});

test('T8 with a time zone the span is widened to its days, which are counted on the first page', async () => {
  const harness = createHarness();
  const query = '/stats?from=2026-03-28T12:00:00Z&to=2026-03-30T12:00:00Z&timeZone=Europe/Madrid';
  const clock = { now: () => 0, wall: () => Date.parse('2026-04-10T00:00:00Z') };
  const later = createHarness({ clock });
  const { status, body } = await statsOf(later, query);
  expect([status, body.timeZone, body.from, body.to]).toEqual([
    200,
    'Europe/Madrid',
    '2026-03-28T12:00:00.000Z',
    '2026-03-30T12:00:00.000Z',
  ]);
  const whole = await statsOf(later, `${query.replace('T12:00:00Z&to', 'T00:00:00Z&to')}&limit=1`);
  expect([whole.body.from, whole.body.to]).toEqual(['2026-03-27T23:00:00.000Z', '2026-03-30T22:00:00.000Z']);
  const hours = later.asked.at(-1)?.days?.map(({ day, from, to }) => [day, (to - from) / 3_600_000]);
  expect(hours).toEqual([
    ['2026-03-28', 24],
    ['2026-03-29', 23],
    ['2026-03-30', 24],
  ]);
  await statsOf(later, `${query}&cursor=${whole.body.cursor}`);
  expect(later.asked.at(-1)?.days).toEqual([]);
  expect((await statsOf(later, '/stats?timeZone=Mars/Phobos')).status).toBe(400);
  expect((await statsOf(harness, '/stats')).body.timeZone).toBe('UTC');
});

test.each([
  ['2026-01-01T00:00:00+01:00', '2026-04-11T00:00:00+02:00', 'Europe/Madrid', '2025-12-31T23:00:00.000Z'],
  ['2026-01-01T12:00:00+01:00', '2026-04-11T12:00:00+02:00', 'UTC', '2026-01-01T00:00:00.000Z'],
  ['2025-03-07T12:00:00+01:00', '2026-04-11T12:00:00+02:00', 'UTC', '2025-03-07T00:00:00.000Z'],
])(
  'T8 more than 100 days are those of UTC; the span of an answer can be asked again (%s)',
  async (from, to, zone, begin) => {
    const wall = () => Date.parse('2026-05-01T12:00:00Z');
    const harness = createHarness({ clock: { now: wall, wall }, keepCommandDays: 1000 });
    const ask = (it: { from: string; to: string }) =>
      statsOf(harness, `/stats?${new URLSearchParams({ from: it.from, to: it.to, timeZone: 'Europe/Madrid' })}`);
    const { body } = await ask({ from, to });
    expect([body.timeZone, body.from]).toEqual([zone, begin]);
    expect((await ask(body)).body).toEqual(body);
    expect(harness.asked[1]).toEqual(harness.asked[0]);
  },
);

test.each([
  ['2026-02-23T00:00:00+01:00', '2026-03-01T12:00:00Z', 'Europe/Madrid', '2026-02-22T23:00:00.000Z', '2026-02-23'],
  ['2026-02-22T12:00:00+01:00', '2026-03-01T12:00:00Z', 'UTC', '2026-02-22T00:00:00.000Z', '2026-02-22'],
  ['2026-02-10T12:00:00+01:00', '2026-02-10T13:00:00Z', 'UTC', '2026-02-10T00:00:00.000Z', '2026-02-10'],
])(
  'T8 a span from before the commands that are kept is in whole days of UTC, whose sums are kept longer (%s)',
  async (from, to, zone, begin, day) => {
    const harness = createHarness({ keepCommandDays: 7 });
    const query = new URLSearchParams({ from, to, timeZone: 'Europe/Madrid' });
    const { body } = await statsOf(harness, `/stats?${query}`);
    expect([body.timeZone, body.from]).toEqual([zone, begin]);
    expect(harness.asked[0]?.days?.[0]?.day).toBe(day);
  },
);

async function statsOf({ call }: ReturnType<typeof createHarness>, path: string) {
  const answer = await call('GET', path);
  return { status: answer.status, body: await answer.json() };
}
