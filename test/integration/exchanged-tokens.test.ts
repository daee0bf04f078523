import { expect, onTestFinished, test, vi } from 'vitest';
import { connectAdmin } from '../../src/client/admin.ts';
import { admin, next, playerOfSecondGeneration, register } from '../support/clients.ts';
import { openTestDatabase } from '../support/databases.ts';
import { image } from '../support/images.ts';
import { PATIENCE_MS } from '../support/patience.ts';
import { sharedServer, startServer } from '../support/server.ts';

vi.setConfig({ testTimeout: 2 * PATIENCE_MS });
const within = { timeout: PATIENCE_MS, interval: 50 };
const PAGE = 'https://app.example';
const server = sharedServer({ CORS_ORIGINS: PAGE });

const exchange = async (token: string, wanted: object = {}) =>
  server.it.call('/tokens/exchange', wanted, { token }) as Promise<{
    status: number;
    body: { token: string } & Record<string, unknown>;
  }>;
const create = async (wanted: object) =>
  (await server.it.call('/tokens', wanted)).body as { id: string; token: string };

test('A11 an exchanged token has the same rights or fewer, and cannot get more', async () => {
  const parent = await create({ name: 'app', role: 'operator', groups: ['lobby', 'hall'] });
  const { status, body } = await exchange(parent.token, { role: 'viewer', groups: ['lobby'], lifetimeS: 120 });
  expect(status).toBe(201);
  expect(body).toMatchObject({ role: 'viewer', groups: ['lobby'] });
  const left = Date.parse(body.expiresAt as string) - Date.now();
  expect(left).toBeGreaterThan(100_000);
  expect(left).toBeLessThan(125_000);
  const me = await server.it.call('/me', undefined, { token: body.token });
  expect(me.body).toMatchObject({ name: 'app', role: 'viewer', groups: ['lobby'] });
  const forbidden = { role: 'admin' };
  expect((await exchange(parent.token, forbidden)).body).toMatchObject({ code: 'forbidden' });
  expect((await exchange(parent.token, { groups: ['roof'] })).body).toMatchObject({ code: 'forbidden' });
  expect((await exchange(body.token)).body).toMatchObject({ code: 'forbidden' });
  expect((await exchange(parent.token, { lifetimeS: 100_000 })).body).toMatchObject({ code: 'invalid_payload' });
  // Not even with all rights: the new one would last longer.
  const all = (await exchange(server.it.adminToken)).body.token;
  expect((await server.it.call('/tokens', { name: 'x', role: 'viewer' }, { token: all })).body).toMatchObject({
    code: 'forbidden',
  });
  const changed = `${body.token.slice(0, -2)}xx`;
  expect((await server.it.call('/me', undefined, { token: changed })).status).toBe(401);
  const { records } = (await server.it.call('/audit?kind=token.exchanged')).body;
  expect(records.at(-1)).toMatchObject({ actor: 'app', outcome: 'ok', details: { role: 'viewer', groups: ['lobby'] } });
  expect(JSON.stringify(records)).not.toContain(body.token);
});

test('A11 it ends with its token, and so do its connections', async () => {
  const parent = await create({ name: 'gone soon', role: 'viewer' });
  const { token } = (await exchange(parent.token, { groups: ['lobby'] })).body;
  const socket = admin(server.it, { token });
  await next(socket, 'connect');
  const ended = next(socket, 'disconnect');
  await server.it.call(`/tokens/${parent.id}`, undefined, { method: 'DELETE' });
  await ended;
  expect((await server.it.call('/me', undefined, { token })).status).toBe(401);
});

test('A11 the function of an app is called for a new token whenever one is needed', async () => {
  let asked = 0;
  const give = async () => {
    asked++;
    if (asked === 1) throw new Error('the app is not ready');
    if (asked === 2) return 'vx_expired';
    return (await exchange(server.it.adminToken, { role: 'operator' })).body.token;
  };
  const errors: string[] = [];
  const app = connectAdmin({ url: server.it.url, token: give, scope: { all: true } });
  onTestFinished(() => app.close());
  app.onError(({ code, message }) => errors.push(`${code} ${message}`));
  await app.ready();
  expect(errors[0]).toContain('the app is not ready');
  expect(errors[1]).toContain('unauthorized');
  const before = asked;
  await app.setDesired({ group: 'lobby' }, null).catch(() => {});
  expect(asked).toBe(before + 1);
  const refused = connectAdmin({ url: server.it.url, token: () => 'wrong', scope: { all: true } });
  await expect(refused.ready()).rejects.toMatchObject({ code: 'unauthorized' });
});

test('A12 a link shows one picture without a token, to pages of any origin, until it expires', async () => {
  const player = playerOfSecondGeneration(server.it, 'd');
  await register(player, 'd');
  player.emit('player:state', { vlc: { playing: true }, snapshot: { data: (await image('png')).toString('base64') } });
  const list = async () => (await server.it.call('/devices/d/snapshots')).body.snapshots as { id: string }[];
  await expect.poll(async () => (await list()).length, within).toBe(1);
  const [{ id }] = (await list()) as [{ id: string }];
  const made = await server.it.call('/snapshots/links', { ids: [id, '000000000-0123456789abcdef'] });
  expect(made.body.links).toHaveLength(1);
  const [{ url, thumbnailUrl }] = made.body.links;
  for (const path of [url, thumbnailUrl]) {
    const response = await fetch(server.it.url + path);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('image/webp');
    expect(response.headers.get('cross-origin-resource-policy')).toBe('cross-origin');
  }
  // Of one picture, in one size, for a time.
  const status = async (path: string) => (await fetch(server.it.url + path)).status;
  expect(await status(url.replace('/picture?', '/thumbnail?'))).toBe(403);
  expect(await status(url.replace(id, '000000000-0123456789abcdef'))).toBe(403);
  expect(await status(url.replace(/expires=\d+/, 'expires=9999999999999'))).toBe(403);
  expect(await status(url.replace(/signature=.*/, 'signature='))).toBe(403);
  // The same link again, which browsers can cache; and none for whom the device is not visible.
  expect((await server.it.call('/snapshots/links', { ids: [id] })).body.links[0].url.length).toBe(url.length);
  const { token } = await create({ name: 'others', role: 'viewer', groups: ['elsewhere'] });
  expect((await server.it.call('/snapshots/links', { ids: [id] }, { token })).body.links).toEqual([]);
});

test('A13 one setting allows origins, for REST and for sockets alike', async () => {
  const allowed = async (path: string, origin: string) => {
    const { headers } = await fetch(server.it.url + path, { headers: { origin } });
    return headers.get('access-control-allow-origin');
  };
  for (const path of ['/api/v1', '/socket.io/?EIO=4&transport=polling']) {
    expect(await allowed(path, PAGE)).toBe(PAGE);
    expect(await allowed(path, 'https://other.example')).toBeNull();
  }
});

test('A11 without the key in the database, the next start makes another: what was signed before is void', async () => {
  const before = await startServer();
  const exchanged = (await before.call('/tokens/exchange', {})).body.token as string;
  const valid = async (it: typeof before) => (await it.call('/me', undefined, { token: exchanged })).status;
  expect(await valid(before)).toBe(200);
  await before.stop();
  const database = await openTestDatabase({ dataDir: before.dataDir });
  // As docs/OPERATIONS.md says.
  await database.write([database.db.deleteFrom('meta').where('key', '=', 'signing_key')]);
  await database.close();
  const after = await before.restart();
  expect(await valid(after)).toBe(401);
  expect((await after.call('/tokens/exchange', {})).status).toBe(201);
});
