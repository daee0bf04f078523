import { expect, test } from 'vitest';
import { createHarness } from '../../support/http-harness.ts';

test('T10 the report of a month: the last one by default, of a time zone, with names and pages of devices', async () => {
  const { call, add, asked } = createHarness();
  add('d1', { name: 'Entrance', group: 'lobby' });
  const answer = await call('GET', '/reports/monthly?timeZone=Europe/Madrid&limit=1', { as: 'viewer' });
  expect(answer.status).toBe(200);
  const body = await answer.json();
  expect(body).toMatchObject({
    ...{ month: '2026-02', timeZone: 'Europe/Madrid', complete: true },
    ...{ from: '2026-01-31T23:00:00.000Z', to: '2026-02-28T23:00:00.000Z' },
    company: { name: 'Tiendas', logo: null },
    devices: [{ deviceId: 'd1', name: 'Entrance', group: 'lobby', incidents: 0 }],
    incidents: { count: 0, more: false },
  });
  expect(asked.at(-1)?.days).toHaveLength(28);
  const next = await call('GET', `/reports/monthly?timeZone=Europe/Madrid&cursor=${body.cursor}`);
  expect(next.status).toBe(200);
  expect(asked.at(-1)).toMatchObject({ after: 'd1', days: [] });
  const begun = await (await call('GET', '/reports/monthly?month=2026-03')).json();
  expect(begun).toMatchObject({ complete: false, to: '2026-03-01T12:00:00.000Z' });
});

test('T10 what is not a month, a time zone or a language is refused, and so is a month that has not begun', async () => {
  const { call } = createHarness();
  for (const [query, path] of [
    ['month=2026-13', 'month'],
    ['month=2026-04', 'month'],
    ['timeZone=Mars/Phobos', 'timeZone'],
    ['limit=501', 'limit'],
    ['cursor=bm8', 'cursor'],
  ]) {
    const refused = await call('GET', `/reports/monthly?${query}`);
    expect([query, refused.status, (await refused.json()).errors[0].path]).toEqual([query, 400, path]);
  }
  expect((await call('GET', '/reports/monthly.csv?language=;')).status).toBe(400);
  expect((await call('GET', '/reports/monthly.csv?table=secrets')).status).toBe(400);
});

test('T11 the file for spreadsheets, in the given language', async () => {
  const { call, add } = createHarness();
  add('d1', { name: 'Entrada', group: 'lobby' });
  const answer = await call('GET', '/reports/monthly.csv?language=es-AR', { as: 'viewer' });
  expect(answer.headers.get('content-type')).toBe('text/csv; charset=utf-8');
  expect(answer.headers.get('content-disposition')).toBe('attachment; filename="devices-2026-02.csv"');
  const text = Buffer.from(await answer.arrayBuffer()).toString();
  expect(text).toMatch(/^\ufeffGrupo;Pantalla;Id;/);
  expect(text).toContain('\r\nlobby;Entrada;d1;');
});

test('T10 the logo of the company, if there is one', async () => {
  const without = createHarness();
  expect((await without.call('GET', '/reports/logo', { as: 'viewer' })).status).toBe(404);
  expect((await without.call('GET', '/reports/logo', { as: null })).status).toBe(401);
});
