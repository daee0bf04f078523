import { expect, it } from 'vitest';
import { AT, createHarness } from '../../support/http-harness.ts';

it('creates a token that is shown once, lists it without its secret, and revokes it', async () => {
  const { call } = createHarness();
  const created = await call('POST', '/tokens', { body: { name: 'night shift', role: 'operator' } });
  expect(created.status).toBe(201);
  const token = { id: 't-0', name: 'night shift', role: 'operator', createdAt: expect.any(String) };
  expect(await created.json()).toEqual({ ...token, token: 'va_once' });

  expect(await (await call('GET', '/tokens')).json()).toEqual({ tokens: [token] });

  expect((await call('DELETE', '/tokens/t-0')).status).toBe(204);
  const again = await call('DELETE', '/tokens/t-0');
  expect(again.status).toBe(404);
  expect(again.headers.get('content-type')).toBe('application/problem+json');
});

it('GET /me: the token’s identity, the server’s time, and where the request comes from', async () => {
  const { call } = createHarness();
  const me = await (await call('GET', '/me', { as: 'viewer' })).json();
  expect(me).toEqual({
    name: expect.any(String),
    role: 'viewer',
    now: AT,
    connection: { address: expect.any(String), peer: expect.any(String), forwardedFor: '' },
  });
});

it.each([
  ['name', { role: 'viewer' }],
  ['name', { name: ' ', role: 'viewer' }],
  ['role', { name: 'x', role: 'root' }],
  ['', { name: 'x', role: 'viewer', id: 'mine' }],
])('names the fault at "%s" in %j', async (path, body) => {
  const answer = await createHarness().call('POST', '/tokens', { body });
  expect(await answer.json()).toMatchObject({ status: 400, code: 'invalid_payload', errors: [{ path }] });
});
