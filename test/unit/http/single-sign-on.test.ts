import { expect, test } from 'vitest';
import type { ProvidedUser } from '../../../src/ports/identity-provider.ts';
import { parseRoles } from '../../../src/protocol/role-rules.ts';
import { createHarness } from '../../support/http-harness.ts';

const checks = { state: 's'.repeat(43), nonce: 'n'.repeat(43), verifier: 'v'.repeat(43) };

function harness(user?: ProvidedUser, begin = async () => ({ url: 'https://idp.example/authorize', checks })) {
  const finish = async (search: string) => {
    if (!user || search !== '?code=c') throw new Error('the provider refused');
    return user;
  };
  const rules = parseRoles('ops=operator:Lobby') ?? [];
  const provider = { name: 'Example', begin, finish };
  const made = createHarness({ basePath: '/signage', singleSignOn: { provider, rules, isSecure: true } });
  const page = (path: string, cookie?: string) =>
    made.call('GET', path, { as: null, ...(cookie && { headers: { cookie } }) });
  const begun = async (to?: string) => {
    const answer = await page(`/session/oidc${to === undefined ? '' : `?to=${encodeURIComponent(to)}`}`);
    return { answer, cookie: (answer.headers.get('set-cookie') ?? '').split(';')[0] ?? '' };
  };
  return { ...made, page, begun };
}

const ana: ProvidedUser = { subject: 'idp u1', name: 'ana', memberOf: ['ops'] };

test('A14 the console learns of the provider; the browser goes there and comes back to a session and its page', async () => {
  const { page, begun, audited } = harness(ana);
  expect(await (await page('/session')).json()).toEqual({
    session: null,
    oidc: { name: 'Example', path: '/api/v1/session/oidc' },
  });
  const { answer, cookie } = await begun('/alerts?severity=critical');
  expect(answer.status).toBe(302);
  expect(answer.headers.get('location')).toBe('https://idp.example/authorize');
  expect(answer.headers.get('set-cookie')).toMatch(
    /; Path=\/signage\/api\/v1\/session\/oidc; Max-Age=600; HttpOnly; SameSite=Lax; Secure$/,
  );
  const back = await page('/session/oidc/callback?code=c', cookie);
  expect(back.headers.get('location')).toBe('/signage/alerts?severity=critical');
  const cookies = back.headers.getSetCookie();
  expect(cookies[0]).toMatch(/^vigia_oidc=; .*Max-Age=0/);
  expect(cookies[1]).toMatch(/^vigia_session\w*=vs_s+; Path=\/signage;.*HttpOnly; SameSite=Strict/);
  expect(audited).toMatchObject([
    { actor: 'ana', kind: 'session.opened', outcome: 'ok', details: { by: 'oidc', role: 'operator' } },
  ]);
});

test('A14 afterwards the browser stays on this server', async () => {
  for (const to of ['//evil.example', 'https://evil.example', '/\\evil.example', 'alerts', undefined]) {
    const { page, begun } = harness(ana);
    const { cookie } = await begun(to);
    const back = await page('/session/oidc/callback?code=c', cookie);
    expect(back.headers.get('location')).toBe('/signage/');
  }
});

test.each([
  ['nobody has begun here', ana, '?code=c', '', 'failed'],
  ['the cookie is not ours', ana, '?code=c', 'vigia_oidc=bm90LWpzb24', 'failed'],
  ['the provider refuses', ana, '?error=access_denied', undefined, 'failed'],
  ['no group of the user has a role', { ...ana, memberOf: ['others'] }, '?code=c', undefined, 'denied'],
])('A14 no session if %s; the console says so, and the audit', async (_, user, search, given, reason) => {
  const { page, begun, audited, counted } = harness(user);
  const cookie = given ?? (await begun()).cookie;
  const back = await page(`/session/oidc/callback${search}`, cookie);
  expect(back.headers.get('location')).toBe(`/signage/?sso=${reason}`);
  expect(back.headers.getSetCookie().join()).not.toContain('vigia_session');
  expect(audited).toEqual([
    { actor: '192.0.2.1', kind: 'login.failed', outcome: 'unauthorized', details: { audience: 'oidc', reason } },
  ]);
  expect(counted).toEqual([`authFailure admin ${reason}`]);
});

test('A14 a provider that does not answer is no error page, and attempts are limited by address', async () => {
  const { page, begun } = harness(ana, () => Promise.reject(new Error('down')));
  expect((await begun()).answer.headers.get('location')).toBe('/signage/?sso=unavailable');
  for (let i = 1; i < 20; i++) await begun();
  expect((await begun()).answer.status).toBe(429);
  expect((await page('/session/oidc/callback?code=c')).status).toBe(429);
  const { call } = createHarness();
  expect((await call('GET', '/session/oidc', { as: null })).status).toBe(401);
});
