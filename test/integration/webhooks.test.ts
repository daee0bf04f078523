import { expect, test } from 'vitest';
import { startScreen } from '../support/clients.ts';
import { startCluster } from '../support/cluster.ts';
import { type EventReceiver, startEventReceiver } from '../support/event-receiver.ts';
import { image } from '../support/images.ts';
import { PATIENCE_MS } from '../support/patience.ts';
import { startServer, type TestServer } from '../support/server.ts';
import { vigia } from '../support/vigia.ts';

const typesAt = ({ taken }: EventReceiver) => taken.map(({ type }) => type);

async function hook(server: TestServer, receiver: EventReceiver, wanted: object = {}) {
  const { status, body } = await server.call('/webhooks', { url: receiver.url, ...wanted });
  expect(status).toBe(201);
  receiver.secret = body.secret;
  return body as { id: string; secret: string };
}

test('V1 V2 events are sent, signed, filtered by type and group; the secret is shown once', async () => {
  const server = await startServer();
  const [all, some] = [await startEventReceiver(), await startEventReceiver()];
  const { id, secret } = await hook(server, all, { name: 'all' });
  await hook(server, some, { events: ['device.online', 'command.ended'], groups: ['hall'] });
  for (const [device, group] of [
    ['a', 'hall'],
    ['b', 'roof'],
  ]) {
    await server.call('/devices', { id: device, name: `Screen ${device}`, group });
  }
  const [a, b] = [await startScreen(server, 'a'), await startScreen(server, 'b')];
  // The initial state is no event; later changes are.
  for (const id of ['a', 'b'])
    await expect.poll(async () => (await server.call(`/devices/${id}`)).body.document.onAir.status).toBe('no');
  for (const screen of [a, b]) {
    screen.state = 'playing';
    screen.report();
  }
  const onAir = (id: string) =>
    all.taken.filter(({ type, data }) => type === 'device.on_air' && data.device.id === id).at(-1)?.data.onAir.status;
  await expect.poll(() => [onAir('a'), onAir('b')]).toEqual(['yes', 'yes']);
  expect(typesAt(all).filter((type) => type === 'device.online')).toHaveLength(2);
  await server.call('/devices/a/commands?wait=true', { command: 'pause' });
  await expect.poll(() => typesAt(some)).toEqual(['device.online', 'command.ended']);
  const [online, ended] = some.taken;
  expect(online?.data).toMatchObject({
    device: { id: 'a', name: 'Screen a', group: 'hall' },
    since: expect.any(String),
  });
  expect(ended?.data).toMatchObject({
    device: { id: 'a' },
    command: { command: 'pause', status: 'success', requestedBy: 'admin', commandId: expect.any(String) },
  });
  await expect.poll(() => onAir('a')).toBe('no');
  expect([all.forged, some.forged]).toEqual([[], []]);
  expect(new Set(all.came.map((it) => it.id)).size).toBe(all.came.length);

  const listed = await server.call('/webhooks');
  expect(listed.body.webhooks).toHaveLength(2);
  expect(JSON.stringify(listed.body)).not.toContain(secret);
  await expect
    .poll(async () => (await server.call(`/webhooks/${id}/deliveries?status=delivered`)).body.deliveries.length)
    .toBe(all.taken.length);
  expect((await server.call(`/webhooks/${id}/deliveries?limit=1`)).body).toMatchObject({
    deliveries: [{ webhookId: id, status: 'delivered', attempts: 1 }],
    cursor: expect.any(String),
  });
});

test('V1 screenshots and alerts are sent, and a receiver that hangs delays no others', async () => {
  const server = await startServer();
  const [hanging, receiver] = [await startEventReceiver(), await startEventReceiver()];
  hanging.answer = 'hang';
  await hook(server, hanging);
  await hook(server, receiver, { events: ['device.screenshot', 'device.offline', 'alert.opened', 'alert.resolved'] });
  await server.call('/policies/default', undefined, {
    method: 'PUT',
    body: JSON.stringify({ offlineAfterMs: 0, recoverAfterMs: 0 }),
  });
  const screen = await startScreen(server, 'a', { reconnection: false });
  await screen.socket.emitWithAck('player:state', {
    vlc: { state: 'playing' },
    snapshot: { data: await image('png') },
  });
  await expect.poll(() => typesAt(receiver)).toEqual(['device.screenshot']);
  expect(receiver.taken[0]?.data).toMatchObject({
    device: { id: 'a' },
    screenshot: { url: expect.stringMatching(/^\/api\/v1\/snapshots\//), width: expect.any(Number) },
  });
  const ended = await server.call('/devices/a/commands?wait=true', { command: 'vlc:play' });
  expect(ended.body.commands).toMatchObject([{ status: 'success' }]);
  screen.socket.disconnect();
  await expect
    .poll(() => typesAt(receiver), { timeout: PATIENCE_MS })
    .toEqual(['device.screenshot', 'device.offline', 'alert.opened']);
  expect(receiver.taken.at(-1)?.data.alert).toMatchObject({ alert: 'device_offline', about: 'a', state: 'open' });
  await startScreen(server, 'a');
  await expect.poll(() => typesAt(receiver).at(-1), { timeout: PATIENCE_MS }).toBe('alert.resolved');
  expect(hanging.came.length).toBeLessThan(10);
});

test('V3 V4 events arrive under one id, although the receiver failed and the server was killed', async () => {
  const server = await startServer();
  const receiver = await startEventReceiver();
  receiver.answer = 503;
  const { id } = await hook(server, receiver, { events: ['device.online'] });
  await Promise.all(['a', 'b'].map((it) => startScreen(server, it, { reconnection: false })));
  await expect.poll(() => receiver.came.length).toBeGreaterThan(0);
  const pending = async (it: TestServer) =>
    (await it.call(`/webhooks/${id}/deliveries?status=pending`)).body.deliveries;
  await expect.poll(async () => (await pending(server)).length).toBe(2);
  const ids = (await pending(server)).map((it: { id: string }) => it.id);
  await server.stop('SIGKILL');
  receiver.answer = 200;
  const next = await server.restart();
  await expect.poll(() => receiver.taken.map((it) => it.id).sort(), { timeout: PATIENCE_MS }).toEqual(ids.sort());
  expect(receiver.taken.map(({ data }) => data.device.id).sort()).toEqual(['a', 'b']);
  expect(receiver.forged).toEqual([]);
  await expect.poll(async () => (await pending(next)).length).toBe(0);
});

test('V5 V7 a webhook that answers 410 is disabled and reported; the CLI shows it all and enables it again', async () => {
  const server = await startServer();
  const receiver = await startEventReceiver();
  const made = await vigia(server, 'webhooks', 'create', receiver.url, '--event', 'device.online', '--name', 'hooks');
  receiver.secret = made.stdout.trim();
  expect(receiver.secret).toMatch(/^whsec_/);
  const id = /wh-[0-9a-f]{16}/.exec(made.stderr)?.[0] as string;
  expect((await vigia(server, 'webhooks', 'test', id)).stdout).toMatch(/^delivered in \d+ ms$/m);
  expect(receiver.taken).toMatchObject([{ type: 'webhook.test', data: { webhook: { id, name: 'hooks' } } }]);

  receiver.answer = 410;
  await startScreen(server, 'a');
  await expect.poll(async () => (await server.call(`/webhooks/${id}`)).body.disabled?.why).toBe('gone');
  await expect
    .poll(async () => (await server.call('/audit?kind=webhook.')).body.records.map((it: { kind: string }) => it.kind))
    .toEqual(['webhook.disabled', 'webhook.tested', 'webhook.created']);
  expect((await vigia(server, 'webhooks', 'list')).stdout).toMatch(/hooks .*device\.online .*disabled \(gone\) since /);
  expect((await vigia(server, 'webhooks', 'deliveries', id)).stdout).toMatch(
    /device\.online .*failed +1 .*answered 410/,
  );
  expect((await vigia(server, 'webhooks', 'test', id)).code).toBe(1);

  receiver.answer = 200;
  expect((await vigia(server, 'webhooks', 'set', id, '--enable')).stderr).toBe(`${id}: ok\n`);
  await startScreen(server, 'b');
  await expect.poll(() => receiver.taken.at(-1)?.data.device?.id).toBe('b');
  expect((await vigia(server, 'webhooks', 'remove', id)).code).toBe(0);
  expect((await server.call(`/webhooks/${id}`)).status).toBe(404);
});

test('V7 only admins of the whole fleet see and change webhooks, and faults are reported with their path', async () => {
  const server = await startServer();
  for (const wanted of [
    { name: 'operator', role: 'operator' },
    { name: 'hall', role: 'admin', groups: ['hall'] },
  ]) {
    const { token } = (await server.call('/tokens', wanted)).body;
    expect((await server.call('/webhooks', undefined, { token })).status).toBe(403);
    expect((await server.call('/webhooks', { url: 'http://127.0.0.1/' }, { token })).status).toBe(403);
  }
  for (const [body, path] of [
    [{ url: 'ftp://example.org/' }, 'url'],
    [{ url: 'http://example.org/', events: ['device.lost'] }, 'events.0'],
    [{ url: 'http://example.org/', groups: [] }, 'groups'],
  ] as const) {
    const { status, body: problem } = await server.call('/webhooks', body);
    expect({ status, code: problem.code, path: problem.errors[0].path }).toEqual({
      status: 400,
      code: 'invalid_payload',
      path,
    });
  }
  expect((await server.call('/webhooks')).body).toEqual({ webhooks: [] });
});

test('V6 in a cluster each event is sent once, and another instance delivers what one leaves behind', async () => {
  const { instances } = await startCluster(2);
  const [a, b] = instances as [TestServer, TestServer];
  const receiver = await startEventReceiver();
  const { id } = await hook(a, receiver, { events: ['device.online'] });
  await expect.poll(async () => (await b.call(`/webhooks/${id}`)).status, { timeout: PATIENCE_MS }).toBe(200);
  await startScreen(a, 'at-a');
  await startScreen(b, 'at-b', { reconnection: false });
  await expect.poll(() => receiver.taken.map(({ data }) => data.device.id).sort()).toEqual(['at-a', 'at-b']);

  receiver.answer = 503;
  await startScreen(b, 'late', { reconnection: false });
  await expect.poll(() => receiver.came.filter(({ answered }) => answered === 503).length).toBeGreaterThan(0);
  await b.stop('SIGKILL');
  receiver.answer = 200;
  await expect
    .poll(() => receiver.taken.map(({ data }) => data.device.id).sort(), { timeout: 2 * PATIENCE_MS })
    .toEqual(['at-a', 'at-b', 'late']);
  expect(new Set(receiver.came.map((it) => it.id)).size).toBe(3);
  expect(receiver.forged).toEqual([]);
});
