import { expect, test } from 'vitest';
import { createHarness, SESSION } from '../../support/http-harness.ts';

const cookie = { cookie: `other=1; vigia_session=${SESSION}` };
const proof = { 'x-vigia-session': '1', origin: 'http://localhost', host: 'localhost' };

test('A10 a session is opened with a token, by a page of this server, and continues as a cookie', async () => {
  const { call, audited } = createHarness({ basePath: '/signage' });
  const answer = await call('POST', '/session', { as: 'admin', headers: proof });
  expect(answer.status).toBe(201);
  expect(await answer.json()).toMatchObject({ id: 's-1', name: 'admin', role: 'admin' });
  expect(answer.headers.get('set-cookie')).toMatch(
    /^vigia_session=vs_s+; Path=\/signage; Max-Age=\d+; HttpOnly; SameSite=Strict$/,
  );
  expect(audited).toMatchObject([{ kind: 'session.opened', outcome: 'ok', actor: 'admin' }]);
  expect(JSON.stringify(audited)).not.toContain(SESSION);
  const current = await call('GET', '/session', { as: null, headers: cookie });
  expect(await current.json()).toMatchObject({ session: { id: 's-1', name: 'admin' } });
  expect((await call('GET', '/me', { as: null, headers: cookie })).status).toBe(200);
});

test('A10 the cookie is Secure over TLS, and where a trusted proxy says https', async () => {
  const { app } = createHarness();
  const open = async (env: object, headers = {}) => {
    const given = { ...proof, authorization: 'Bearer admin', ...headers };
    const answer = await app.request('/api/v1/session', { method: 'POST', headers: given }, env);
    return /Secure$/.test(answer.headers.get('set-cookie') ?? '');
  };
  expect(await open({ isTls: true })).toBe(true);
  expect(await open({ isTrusted: true }, { 'x-forwarded-proto': 'https' })).toBe(true);
  expect(await open({ isTrusted: true }, { 'x-forwarded-proto': 'http' })).toBe(false);
  expect(await open({ isTrusted: false }, { 'x-forwarded-proto': 'https' })).toBe(false);
});

test.each([
  ['without the header', { origin: 'http://localhost' }],
  ['from another site', { ...proof, origin: 'https://evil.example' }],
  ['from another site, as the browser says', { ...proof, 'sec-fetch-site': 'cross-site' }],
])('A10 the cookie changes nothing %s, and opens no session', async (_, headers) => {
  const { call, add, audited, known } = createHarness();
  add('d1');
  const given = { host: 'localhost', ...headers };
  const answer = await call('DELETE', '/devices/d1', { as: null, headers: { ...cookie, ...given } });
  expect(answer.status).toBe(403);
  expect(known.has('d1')).toBe(true);
  expect(audited).toMatchObject([{ kind: 'request.refused', actor: 'admin', details: { sessionId: 's-1' } }]);
  expect((await call('POST', '/session', { headers: given })).status).toBe(400);
});

test('A10 with proof, the cookie does what its token may do, and the audit names the session', async () => {
  const { call, add, audited } = createHarness();
  add('d1');
  const headers = { ...cookie, ...proof };
  expect((await call('DELETE', '/devices/d1', { as: null, headers })).status).toBe(204);
  expect(audited).toMatchObject([
    { kind: 'device.removed', actor: 'admin', details: { tokenId: 'id-admin', sessionId: 's-1' } },
  ]);
  // A session cannot extend itself.
  expect((await call('POST', '/session', { as: null, headers })).status).toBe(400);
});

test('A10 sign-out ends the session and removes the cookie; a token has none', async () => {
  const { call, audited } = createHarness();
  expect((await call('DELETE', '/session')).status).toBe(404);
  const headers = { ...cookie, ...proof };
  const answer = await call('DELETE', '/session', { as: null, headers });
  expect(answer.status).toBe(204);
  expect(answer.headers.get('set-cookie')).toMatch(/^vigia_session=; .*Max-Age=0;/);
  expect(audited.at(-1)).toMatchObject({ kind: 'session.ended', outcome: 'ok', details: { id: 's-1' } });
  expect((await call('GET', '/me', { as: null, headers })).status).toBe(401);
});

test('A10 whether a browser is signed in is no refusal, but a cookie that is wrong is recorded, and removed', async () => {
  const { call, audited, counted } = createHarness();
  const ask = async (headers = {}) => call('GET', '/session', { as: null, headers });
  expect(await (await ask()).json()).toEqual({ session: null });
  expect(audited).toEqual([]);
  const answer = await ask({ cookie: `vigia_session=vs_${'x'.repeat(43)}` });
  expect(await answer.json()).toEqual({ session: null });
  expect(answer.headers.get('set-cookie')).toMatch(/^vigia_session=; /);
  expect(audited).toMatchObject([{ kind: 'login.failed', outcome: 'unauthorized' }]);
  expect(counted).toEqual(['authFailure rest wrong']);
});

test('A10 other origins cannot use the cookie, whatever CORS_ORIGINS allows', async () => {
  const { call } = createHarness({ corsOrigins: '*' });
  const headers = { origin: 'https://other.example', 'access-control-request-headers': 'x-vigia-session' };
  const answer = await call('OPTIONS', '/session', { as: null, headers });
  expect(answer.headers.get('access-control-allow-headers')?.toLowerCase()).not.toContain('x-vigia-session');
  const read = await call('GET', '/me', { as: null, headers: { ...cookie, origin: 'https://other.example' } });
  expect(read.headers.get('access-control-allow-credentials')).toBeNull();
});
