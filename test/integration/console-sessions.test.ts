import { io } from 'socket.io-client';
import { expect, onTestFinished, test } from 'vitest';
import { next } from '../support/clients.ts';
import { startCluster } from '../support/cluster.ts';
import { startServer, type TestServer } from '../support/server.ts';

const cookieOf = (answer: Response) => (answer.headers.get('set-cookie') ?? '').split(';')[0] ?? '';

async function openSession(server: TestServer, token = server.adminToken) {
  const headers = { authorization: `Bearer ${token}`, 'x-vigia-session': '1', origin: server.url };
  const answer = await fetch(`${server.url}/api/v1/session`, { method: 'POST', headers });
  expect(answer.status).toBe(201);
  return { cookie: cookieOf(answer), id: ((await answer.json()) as { id: string }).id };
}

const statusOf = async (server: TestServer, cookie: string) =>
  (await fetch(`${server.url}/api/v1/me`, { headers: { cookie } })).status;

/** A page of the console, as the server sees it. */
function page({ url }: TestServer, extraHeaders: Record<string, string>, transports = ['websocket']) {
  const socket = io(`${url}/admin`, { extraHeaders, transports, forceNew: true, reconnection: false });
  onTestFinished(() => void socket.close());
  return socket;
}

test('A10 a session signs in by REST, with a body, and on sockets, but only on pages of its server', async () => {
  const server = await startServer();
  const { cookie } = await openSession(server);
  const headers = { cookie, 'x-vigia-session': '1', 'content-type': 'application/json' };
  const create = (more: Record<string, string>) =>
    fetch(`${server.url}/api/v1/devices`, { method: 'POST', headers: { ...headers, ...more }, body: '{"id":"d1"}' });
  expect((await create({ origin: 'https://evil.example' })).status).toBe(403);
  expect((await create({ origin: server.url })).status).toBe(201);
  for (const transports of [['websocket'], ['polling']]) {
    const socket = page(server, { cookie, origin: server.url }, transports);
    await next(socket, 'connect');
    expect(await socket.emitWithAck('device:get', { deviceId: 'd1' })).toMatchObject({ ok: true });
    const other = page(server, { cookie, origin: 'https://evil.example' }, transports);
    const refused = await next<{ data: object }>(other, 'connect_error');
    expect(refused.data).toMatchObject({ code: 'unauthorized' });
  }
  const { body } = await server.call('/audit?kind=login.failed');
  expect(body.records[0]).toMatchObject({ details: { audience: 'admin', reason: 'cross_origin' } });
});

test('A10 a session survives a restart; ended, removed or with another ADMIN_TOKEN, it is refused and its sockets close', async () => {
  const server = await startServer();
  const first = await openSession(server);
  const { body: token } = await server.call('/tokens', { name: 'ana', role: 'viewer' });
  const second = await openSession(server, token.token);
  await server.stop();
  const again = await server.restart({ PORT: String(server.port) });
  expect(await statusOf(again, first.cookie)).toBe(200);
  const sockets = [first, second].map(({ cookie }) => page(again, { cookie, origin: again.url }));
  await Promise.all(sockets.map((it) => next(it, 'connect')));
  const gone = sockets.map((it) => next(it, 'disconnect'));
  expect((await again.call('/sessions')).body.sessions.map(({ id }: { id: string }) => id).sort()).toEqual(
    [first.id, second.id].sort(),
  );
  await again.call(`/sessions/${first.id}`, undefined, { method: 'DELETE' });
  await gone[0];
  expect(await statusOf(again, second.cookie)).toBe(200);
  await again.call(`/tokens/${token.id}`, undefined, { method: 'DELETE' });
  await gone[1];
  expect(await statusOf(again, first.cookie)).toBe(401);
  expect(await statusOf(again, second.cookie)).toBe(401);
  const third = await openSession(again);
  await again.stop();
  const changed = await again.restart({ ADMIN_TOKEN: 'another-admin-token' });
  expect(await statusOf(changed, third.cookie)).toBe(401);
});

test('A10 in a cluster, a session is valid at every instance at once, and ended at all of them', async () => {
  const { instances } = await startCluster(2);
  const [here, there] = instances as [TestServer, TestServer];
  const { cookie, id } = await openSession(here);
  // A browser sees one port, that of the load balancer.
  expect(await statusOf(there, cookie.replace(`_${here.port}=`, `_${there.port}=`))).toBe(200);
  const socket = page(here, { cookie, origin: here.url });
  await next(socket, 'connect');
  const gone = next(socket, 'disconnect');
  await there.call(`/sessions/${id}`, undefined, { method: 'DELETE' });
  await gone;
  await expect.poll(() => statusOf(here, cookie)).toBe(401);
});
