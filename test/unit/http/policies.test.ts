import { expect, it } from 'vitest';
import { fakeAlerts } from '../../support/alert-desk.ts';
import { createHarness } from '../../support/http-harness.ts';

it('W1 a policy is set, read and removed; names of groups may be any text', async () => {
  const { call, add, audited } = createHarness();
  add('d1');
  const policy = { timeZone: 'Europe/Madrid', hours: { fri: [['20:00', '02:00']] }, offlineAfterMs: 60_000 };
  for (const path of ['default', `groups/${encodeURIComponent('Planta 1/ñ')}`, 'devices/d1']) {
    expect(await (await call('GET', `/policies/${path}`, { as: 'viewer' })).json()).toEqual({});
    expect((await call('PUT', `/policies/${path}`, { body: policy })).status).toBe(200);
    expect(await (await call('GET', `/policies/${path}`, { as: 'viewer' })).json()).toEqual(policy);
    expect((await call('DELETE', `/policies/${path}`)).status).toBe(204);
    expect(await (await call('GET', `/policies/${path}`, { as: 'viewer' })).json()).toEqual({});
  }
  expect(audited[2]).toMatchObject({ kind: 'policy.set', details: { scope: 'group:Planta 1/ñ' } });
  expect((await call('PUT', '/policies/devices/none', { body: policy })).status).toBe(404);
});

it('GET /policies: all that are set, page by page', async () => {
  const { call } = createHarness();
  for (const path of ['default', 'groups/lobby', 'groups/ñ']) {
    await call('PUT', `/policies/${path}`, { body: { offlineAfterMs: 60_000 } });
  }
  const read = async (query: string) => (await call('GET', `/policies?${query}`, { as: 'viewer' })).json();
  const first = await read('limit=2');
  const second = await read(`limit=2&cursor=${first.cursor}`);
  expect([...first.policies, ...second.policies].map((it) => it.scope)).toEqual(['default', 'group:lobby', 'group:ñ']);
  expect(first.policies[0].policy).toEqual({ offlineAfterMs: 60_000 });
  expect(second.cursor).toBeUndefined();
});

it.each(['Z3JvdXA6bG9iYnk', 'nonsense', Buffer.from('audit.default').toString('base64url')])(
  'GET /policies: %s is no cursor of this list',
  async (cursor) => {
    const { call } = createHarness();
    const answer = await call('GET', `/policies?cursor=${cursor}`, { as: 'viewer' });
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ code: 'invalid_payload', errors: [{ path: 'cursor' }] });
  },
);

it.each([
  [{ timeZone: 'Mars/Olympus' }, 'timeZone'],
  [{ hours: { mon: [['8:00', '22:00']] } }, 'hours.mon.0.0'],
  [{ hours: { mon: [['08:00', '25:00']] } }, 'hours.mon.0.1'],
  [{ hours: { mon: [['08:00', '08:00']] } }, 'hours.mon.0'],
  [{ hours: { monday: [] } }, 'hours'],
  [{ maintenance: [{ from: '2026-03-02T00:00:00Z', to: '2026-03-01T00:00:00Z' }] }, 'maintenance.0.to'],
  [{ maintenance: [{ from: 'soon', to: '2026-03-01T00:00:00Z' }] }, 'maintenance.0.from'],
  [{ offlineAfterMs: -1 }, 'offlineAfterMs'],
] as const)('W6 %j is refused, with the path of the fault', async (body, path) => {
  const { call } = createHarness();
  const answer = await call('PUT', '/policies/default', { body });
  expect(answer.status).toBe(400);
  expect((await answer.json()).errors[0].path).toBe(path);
});

it('W19 GET /alerts: open ones or all, filtered, page by page; a foreign cursor is refused', async () => {
  const all = Array.from({ length: 5 }, (_, i) => ({
    id: `0mabcdef${9 - i}0123456789`,
    alert: 'device_offline' as const,
    about: `d${i}`,
    group: null,
    summary: 'x',
    openedAt: 0,
    ...(i % 2 && { resolvedAt: 1000, resolution: 'well' }),
  }));
  const { call } = createHarness({
    alerts: fakeAlerts(all),
  });
  const read = async (query: string) => (await call('GET', `/alerts?${query}`, { as: 'viewer' })).json();
  expect((await read('')).alerts.map((it: { about: string }) => it.about)).toEqual(['d0', 'd2', 'd4']);
  const first = await read('state=all&limit=3');
  const second = await read(`state=all&limit=3&cursor=${first.cursor}`);
  expect([...first.alerts, ...second.alerts].map((it) => it.about)).toEqual(['d0', 'd1', 'd2', 'd3', 'd4']);
  expect(second.cursor).toBeUndefined();
  expect(first.alerts[1]).toMatchObject({
    state: 'resolved',
    resolvedAt: '1970-01-01T00:00:01.000Z',
    severity: 'critical',
  });
  expect((await read('state=all&severity=warning')).alerts).toEqual([]);
  expect((await read('state=all&alert=device_offline&acknowledged=false')).alerts).toHaveLength(5);
  expect((await read('state=all&group=hall')).alerts).toEqual([]);
  for (const cursor of ['junk', Buffer.from('audit.0mabcdef90000').toString('base64url')]) {
    expect((await call('GET', `/alerts?cursor=${cursor}`)).status).toBe(400);
  }
});
