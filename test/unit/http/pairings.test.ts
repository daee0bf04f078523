import { expect, test } from 'vitest';
import { createHarness } from '../../support/http-harness.ts';

test('P14 a player without a token asks for a code, and for its token by its secret', async () => {
  const { call, audited } = createHarness();
  const started = await call('POST', '/pairing?name=Hall&appVersion=1.2', { as: null });
  expect(started.status).toBe(201);
  expect(await started.json()).toMatchObject({ code: 'K7P-M4X', secret: 'vc_secret', pollMs: 3000 });
  expect((await call('POST', '/pairing?unknown=1', { as: null })).status).toBe(400);
  expect((await call('GET', '/pairing', { as: null })).status).toBe(404);
  expect((await call('GET', '/pairing', { as: 'vc_other' })).status).toBe(404);
  expect(await (await call('GET', '/pairing', { as: 'vc_secret' })).json()).toMatchObject({ status: 'waiting' });
  expect(await (await call('GET', '/pairings/K7P-M4X')).json()).toMatchObject({ address: '192.0.2.9' });
  const approved = await call('POST', '/pairings/K7P-M4X', { body: { name: 'Hall' } });
  expect(await approved.json()).toEqual({ id: 'd-new' });
  expect((await call('POST', '/pairings/K7P-M4X', { body: {} })).status).toBe(404);
  const done = await call('GET', '/pairing', { as: 'vc_secret' });
  expect(await done.json()).toEqual({ status: 'paired', deviceId: 'd-new', token: 'vd_secret' });
  expect(done.headers.get('cache-control')).toBe('no-store');
  expect(audited.map(({ kind, outcome, deviceId }) => [kind, outcome, deviceId].join(' ').trim())).toEqual([
    'pairing.started ok',
    'login.failed unauthorized',
    'login.failed unauthorized',
    'device.paired ok d-new',
    'device.paired invalid_payload',
    'pairing.completed ok d-new',
  ]);
  expect(JSON.stringify(audited)).not.toMatch(/vc_|vd_|K7P/);
});
