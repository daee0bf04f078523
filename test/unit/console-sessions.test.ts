import { expect, test } from 'vitest';
import { AdminTokens } from '../../src/access/admin-tokens.ts';
import { ConsoleSessions, SESSION_IDLE_MS, SESSION_MAX_MS } from '../../src/access/console-sessions.ts';
import { isSameOrigin, noSessionCookie, sessionCookie, sessionSecretIn } from '../../src/access/session-cookie.ts';
import { createMemoryStateStore } from '../../src/adapters/memory/state-store.ts';
import { simulatedClock } from '../support/simulated-clock.ts';

const FROM = { address: '192.0.2.1', userAgent: 'Firefox' };
const DAY = 86_400_000;

async function opened(store = createMemoryStateStore(), adminToken = 'the-admin-token', clock = simulatedClock()) {
  const ended: string[] = [];
  const open = new Set<string>();
  const tokens = await AdminTokens.load(store, clock, adminToken, (id) => sessions?.endAllOf(id));
  const sessions: ConsoleSessions = await ConsoleSessions.load(store, clock, tokens, {
    ended: (id) => ended.push(id),
    isOpen: (id) => open.has(id),
    isCluster: true,
  });
  const admin = tokens.identity('bootstrap') as NonNullable<ReturnType<AdminTokens['identity']>>;
  return { store, clock, tokens, sessions, ended, open, admin };
}

test('A10 a session acts as its token, survives a crash, and is stored as a hash', async () => {
  const { store, tokens, sessions } = await opened();
  const token = await tokens.create({ name: 'ana', role: 'operator', groups: ['lobby'] });
  const { secret, id } = await sessions.open(tokens.verify(token.token) as never, FROM);
  const wanted = { tokenId: token.id, name: 'ana', role: 'operator', groups: ['lobby'], sessionId: id };
  expect(sessions.verify(secret)).toEqual(wanted);
  expect(sessions.verify(`${secret.slice(0, -1)}-`)).toBeUndefined();
  expect(tokens.verify(secret)).toBeUndefined();
  const next = store.crash();
  expect(JSON.stringify([...(await next.load('sessions'))])).not.toContain(secret);
  expect((await opened(next)).sessions.verify(secret)).toEqual(wanted);
});

test('A10 a session ends with its token: removed, expired, or another ADMIN_TOKEN, before a restart or after', async () => {
  const { store, clock, tokens, sessions, ended, admin } = await opened();
  const soon = new Date(clock.wall() + DAY).toISOString();
  const [removed, expiring] = [
    await tokens.create({ name: 'ana', role: 'viewer' }),
    await tokens.create({ name: 'luis', role: 'viewer', expiresAt: soon }),
  ];
  const open = async (token: string) => sessions.open(tokens.verify(token) as never, FROM);
  const [a, b, c] = [await open(removed.token), await open(expiring.token), await sessions.open(admin, FROM)];
  await tokens.remove(removed.id);
  expect(ended).toEqual([a.id]);
  await clock.advance(DAY);
  expect(ended).toEqual([a.id, b.id]);
  for (const { secret } of [a, b]) expect(sessions.verify(secret)).toBeUndefined();
  expect(sessions.verify(c.secret)).toBeDefined();
  const restarted = await opened(store.crash(), 'another-admin-token', clock);
  expect(restarted.sessions.verify(c.secret)).toBeUndefined();
  tokens.replaceBootstrap('a-third-admin-token');
  expect(ended).toEqual([a.id, b.id, c.id]);
  expect(sessions.verify(c.secret)).toBeUndefined();
});

test('A10 a session ends after 7 days without use and after 30 days at the latest; an open page is use', async () => {
  const { clock, sessions, ended, open, admin } = await opened();
  const [idle, used, watched] = [
    await sessions.open(admin, FROM),
    await sessions.open(admin, FROM),
    await sessions.open(admin, FROM),
  ];
  open.add(watched.id);
  await clock.advance(SESSION_IDLE_MS - DAY);
  expect(sessions.verify(used.secret)).toBeDefined();
  await clock.advance(DAY);
  expect(sessions.verify(idle.secret)).toBeUndefined();
  expect(ended).toEqual([idle.id]);
  expect(sessions.verify(used.secret)).toBeDefined();
  await clock.advance(SESSION_MAX_MS - SESSION_IDLE_MS - 1);
  expect(ended).toEqual([idle.id, used.id]);
  expect(sessions.list().map(({ id }) => id)).toEqual([watched.id]);
  await clock.advance(1);
  expect(ended).toEqual([idle.id, used.id, watched.id]);
});

test('A10 the number of sessions is limited, and the one unused for longest makes room; so is their rate', async () => {
  const { clock, sessions, ended, admin } = await opened();
  const all = [];
  for (let i = 0; i < 500; i++) {
    await clock.advance(1000);
    all.push(await sessions.open(admin, FROM));
  }
  const [first, second] = all;
  await clock.advance(60_000);
  sessions.verify(first?.secret as string);
  await sessions.open(admin, FROM);
  expect(ended).toEqual([second?.id]);
  const attempts = Array.from({ length: 200 }, () =>
    sessions.open(admin, FROM).then(
      () => 'opened',
      (it) => it.code,
    ),
  );
  expect(new Set(await Promise.all(attempts))).toEqual(new Set(['opened', 'rate_limited']));
  expect(sessions.list()).toHaveLength(500);
});

test('A10 a session is listed for its token or for all, and ended only within that', async () => {
  const { tokens, sessions, admin } = await opened();
  const { id: tokenId, token } = await tokens.create({ name: 'ana', role: 'viewer' });
  const mine = await sessions.open(tokens.verify(token) as never, FROM);
  const { secret: _, ...theirs } = await sessions.open(admin, FROM);
  expect(sessions.list(tokenId)).toMatchObject([{ id: mine.id, name: 'ana', role: 'viewer', ...FROM }]);
  expect(JSON.stringify(sessions.list())).not.toMatch(/seal/);
  expect(sessions.list()).toHaveLength(2);
  expect(await sessions.end(theirs.id, tokenId)).toBe(false);
  expect(await sessions.end(mine.id, tokenId)).toBe(true);
  expect(await sessions.end(theirs.id)).toBe(true);
  expect(sessions.list()).toEqual([]);
});

test('A10 in a cluster, an ended session stays ended, whatever order the messages come in', async () => {
  const { store, sessions, admin } = await opened();
  const other = (await opened()).sessions;
  const { id, secret } = await sessions.open(admin, FROM);
  const record = (await store.load('sessions')).get(id);
  other.learn(id, record);
  expect(other.verify(secret)).toBeDefined();
  other.learn(id, undefined);
  other.learn(id, record);
  other.learnUse(id, { lastUsedAt: '2025-01-01T00:00:00.000Z' });
  expect(other.verify(secret)).toBeUndefined();
  expect(other.list()).toEqual([]);
});

test('A10 in a cluster, a session is read from the database if its first request is faster than its message', async () => {
  const { store, sessions, admin } = await opened();
  const { sessions: other } = await opened({ ...createMemoryStateStore(), find: store.find });
  const { secret, id } = await sessions.open(admin, FROM);
  expect(other.verify(secret)).toBeUndefined();
  expect(await other.settle(secret)).toBe(true);
  expect(other.verify(secret)).toMatchObject({ sessionId: id });
  expect(other.settle(secret)).toBeUndefined();
  other.learn(id, undefined);
  expect(other.settle(secret)).toBeUndefined();
  expect(await other.settle(`vs_${'x'.repeat(43)}`)).toBe(false);
  const asked = Array.from({ length: 1000 }, (_, i) => other.settle(`vs_${i}`));
  expect(asked.filter((it) => it !== undefined).length).toBeLessThan(600);
});

test('A10 the cookie: only for this server, its path, and by https if the browser came by it', () => {
  const secret = `vs_${'a'.repeat(43)}`;
  expect(sessionCookie(secret, 3_600_500, { host: 'localhost', basePath: '', isSecure: false })).toBe(
    `vigia_session=${secret}; Path=/; Max-Age=3600; HttpOnly; SameSite=Strict`,
  );
  const placed = sessionCookie(secret, 1000, { host: undefined, basePath: '/signage', isSecure: true });
  expect(placed).toContain('; Path=/signage;');
  expect(placed).toMatch(/; Secure$/);
  expect(noSessionCookie({ host: 'localhost', basePath: '', isSecure: false })).toMatch(
    /^vigia_session=; .*Max-Age=0;/,
  );
  expect(sessionSecretIn(`a=b; vigia_session=${secret}; c=d`, 'localhost')).toBe(secret);
  expect(sessionSecretIn(`vigia_session=${secret}`, undefined)).toBe(secret);
  // Cookies are shared by all ports of a host.
  expect(sessionCookie(secret, 1000, { host: 'signage.example:3001', basePath: '', isSecure: false })).toContain(
    `vigia_session_3001=${secret};`,
  );
  expect(sessionSecretIn(`vigia_session_3001=${secret}`, 'signage.example:3001')).toBe(secret);
  expect(sessionSecretIn(`vigia_session_3001=${secret}`, 'signage.example:3002')).toBeUndefined();
  for (const other of [`x_vigia_session=${secret}`, 'vigia_session=vs_short', '', undefined]) {
    expect(sessionSecretIn(other, 'localhost')).toBeUndefined();
  }
});

test.each([
  ['a read of the page itself', {}, true],
  ['the same origin', { origin: 'https://vigia.example' }, true],
  ['the same host behind a proxy that changes Host', { origin: 'https://a.example', forwardedHost: 'a.example' }, true],
  ['what the browser says', { secFetchSite: 'same-origin', origin: 'https://changed.example' }, true],
  ['another site', { origin: 'https://evil.example' }, false],
  ['another port', { origin: 'https://vigia.example:8443' }, false],
  ['a page without an origin', { origin: 'null' }, false],
  ['a sister site', { secFetchSite: 'same-site' }, false],
  ['another site, as the browser says', { secFetchSite: 'cross-site', origin: 'https://vigia.example' }, false],
])('A10 the origin of a request: %s', (_, headers, is) => {
  const none = { origin: undefined, secFetchSite: undefined, forwardedHost: undefined };
  expect(isSameOrigin({ ...none, host: 'vigia.example', ...headers })).toBe(is);
});
