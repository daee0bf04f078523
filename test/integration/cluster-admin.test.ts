import { expect, it, vi } from 'vitest';
import { admin, gather, next, playerOfSecondGeneration, register, startScreen } from '../support/clients.ts';
import { eventually, faithfulObserver, nodeOf, observer, startCluster } from '../support/cluster.ts';
import { startBalancer } from '../support/haproxy.ts';
import { image } from '../support/images.ts';
import { operator } from '../support/operator.ts';
import { PATIENCE_MS } from '../support/patience.ts';
import { startReceiver } from '../support/receiver.ts';
import type { TestServer } from '../support/server.ts';

const verb = (method: string, body?: object) => ({ method, ...(body ? { body: JSON.stringify(body) } : {}) });

it('K3 every request about a device held by another instance is executed there', async () => {
  const { instances } = await startCluster(2, { STATE_INTERVAL_MS: '60000' });
  const [a, b] = instances as [TestServer, TestServer];
  const screen = await startScreen(a, 'd');
  const atB = await observer(b);
  await atB.device('d', ({ connection }) => connection.node === 'n1');
  const socket = await operator(b);

  // Watching: it is polled at the shorter interval until the last watcher is gone.
  const asked = gather(screen.socket, 'player:request:state');
  expect(await socket.emitWithAck('device:watch', { deviceId: 'd' })).toEqual({ ok: true, intervalMs: 200 });
  await atB.device('d', ({ report }) => report.intervalMs === 200);
  await eventually('it is asked again and again', () => asked.length > 4);
  await socket.emitWithAck('device:unwatch', { deviceId: 'd' });
  await atB.device('d', ({ report }) => report.intervalMs === 60_000);

  // Refreshing: its state, and a picture that any instance serves.
  const before = asked.length;
  expect(await socket.emitWithAck('device:refresh', { deviceId: 'd', what: 'state' })).toEqual({ ok: true });
  await eventually('it is asked', () => asked.length > before);
  const picture = (await image('png')).toString('base64');
  screen.socket.on('player:request:snapshot', () =>
    screen.socket.emit('player:state', { snapshot: { data: picture } }),
  );
  const { snapshot } = await socket.emitWithAck('device:refresh', { deviceId: 'd', what: 'snapshot' });
  expect(snapshot).toMatchObject({ width: 400, height: 200 });
  const served = async (it: TestServer, url: string) => {
    const answer = await it.fetch(url);
    return { status: answer.status, bytes: Buffer.from(await answer.arrayBuffer()).length };
  };
  expect(await served(b, snapshot.url)).toEqual({ status: 200, bytes: snapshot.bytes });
  expect(await served(b, snapshot.thumbnailUrl)).toMatchObject({ status: 200 });

  // Editing, with the version known here.
  const { version } = (await b.call('/devices/d')).body;
  expect((await b.call('/devices/d', undefined, verb('PATCH', { name: 'Lobby' }))).status).toBe(200);
  await atB.device('d', ({ name }) => name === 'Lobby');
  const late = { ...verb('PATCH', { name: 'Hall' }), headers: { 'if-match': `"${version}"` } };
  expect((await b.call('/devices/d', undefined, late)).status).toBe(409);

  // A device token created here is valid there at once.
  const { token } = (await b.call('/devices/d/token', {})).body;
  const own = playerOfSecondGeneration(a, 'd', { auth: { deviceId: 'd', authToken: token } });
  await next(own, 'connect');
  own.disconnect();
  // It has used its own token, so the fleet token is accepted only once that is removed, here too.
  expect((await b.call('/devices/d/token', undefined, verb('DELETE'))).status).toBe(204);

  // Blocking: the holding instance sends the error, and the device reconnects by itself once unblocked, here too.
  const refusal = next<{ code: string }>(screen.socket, 'player:error');
  expect((await b.call('/devices/d/block', { reason: 'lost' })).body.document.blocked).toMatchObject({
    reason: 'lost',
  });
  expect((await refusal).code).toBe('blocked');
  await atB.device('d', ({ blocked, connection }) => blocked !== undefined && connection.reason === 'blocked');
  expect((await a.call('/blocks')).body.blocks).toMatchObject([{ id: 'd', known: true }]);
  expect((await b.call('/devices/d/block', undefined, verb('DELETE'))).status).toBe(204);
  await atB.device('d', ({ blocked, connection }) => !blocked && connection.status === 'online');

  // Removing: its session ends, and all of its sockets at every instance.
  const second = playerOfSecondGeneration(b, 'd');
  await next(second, 'connect');
  const errors = [screen.socket, second].map((it) => next<{ code: string }>(it, 'player:error'));
  expect((await b.call('/devices/d', undefined, verb('DELETE'))).status).toBe(204);
  for (const error of errors) expect(await error).toMatchObject({ code: 'revoked' });
  await atB.until(({ documents }) => documents.size === 0);
  expect((await a.call('/devices/d')).status).toBe(404);
  expect(atB.gaps).toEqual([]);
});

it('K3 a new device is known at every instance as soon as it has registered', async () => {
  const { instances } = await startCluster(2);
  const [a, b] = instances as [TestServer, TestServer];
  const socket = await operator(b);
  for (let i = 0; i < 5; i++) {
    const ids = [`rest-${i}`, `socket-${i}`, `command-${i}`] as const;
    for (const id of ids) {
      const player = playerOfSecondGeneration(a, id, { transports: ['websocket'] });
      await register(player, id);
      if (id === ids[0]) expect((await b.call(`/devices/${id}`)).status, id).toBe(200);
      if (id === ids[1]) expect(await socket.emitWithAck('device:get', { deviceId: id })).toMatchObject({ ok: true });
      if (id === ids[2]) {
        const sent = await socket.emitWithAck('command:send', { deviceId: id, command: 'vlc:stop' });
        expect(sent).toMatchObject({ ok: true, commands: [{ deviceId: id }] });
      }
    }
  }
  expect(await socket.emitWithAck('device:get', { deviceId: 'none' })).toMatchObject({
    error: { code: 'device_unknown' },
  });
});

it('K3 a revoked admin token ends its sessions at every instance', async () => {
  const { instances } = await startCluster(2);
  const [a, b] = instances as [TestServer, TestServer];
  const { id, token } = (await a.call('/tokens', { name: 'guest', role: 'viewer' })).body;
  const sockets = [admin(a, { token }), admin(b, { token })];
  await Promise.all(sockets.map((it) => next(it, 'connect')));
  const gone = sockets.map((it) => next(it, 'disconnect'));
  expect((await b.call(`/tokens/${id}`, undefined, verb('DELETE'))).status).toBe(204);
  await Promise.all(gone);
  for (const it of instances) {
    expect((await it.call('/devices', undefined, { token })).status).toBe(401);
    expect(await next(admin(it, { token }), 'connect_error')).toMatchObject({ data: { code: 'unauthorized' } });
  }
});

it('K2 an admin that moves to another instance misses nothing', async () => {
  const { instances } = await startCluster(3);
  const entry = await startBalancer(instances);
  const screens = [await startScreen(entry, 'a'), await startScreen(entry, 'b')];
  const replica = await faithfulObserver(entry);
  const socket = replica.socket;
  const was = nodeOf(socket);
  await replica.until(({ documents }) => documents.size === 2);
  const back = next(socket, 'connect');
  // It disconnects; changes meanwhile come from the other instance.
  const stopped = instances[Number(was.slice(1)) - 1]?.stop();
  await next(socket, 'disconnect');
  for (const screen of screens) screen.state = 'playing';
  await stopped;
  await back;
  expect(nodeOf(socket)).not.toBe(was);
  for (const id of ['a', 'b']) {
    await replica.device(id, ({ state, connection }) => {
      return (state.vlc as { state: string }).state === 'playing' && connection.status === 'online';
    });
  }
  expect(replica.gaps).toEqual([]);
});

it('W8 an alert of a cluster is sent once, also when the instance that sent it is gone', async () => {
  const receiver = await startReceiver();
  const { instances } = await startCluster(2, { ALERT_WEBHOOK_URL: receiver.url });
  const [a, b] = instances as [TestServer, TestServer];
  const policy = { offlineAfterMs: 1000, recoverAfterMs: 1000 };
  await a.call('/policies/default', undefined, verb('PUT', policy));
  const screens = [await startScreen(a, 'a'), await startScreen(b, 'b')];
  const soon = { timeout: PATIENCE_MS, interval: 100 };
  for (const screen of screens) screen.socket.disconnect();
  const told = (state: string) => receiver.came.flatMap(({ alerts }) => alerts).filter((it) => it.state === state);
  await vi.waitFor(
    () =>
      expect(
        told('open')
          .map(({ about }) => about)
          .sort(),
      ).toEqual(['a', 'b']),
    soon,
  );
  // Sent alerts are recorded with a delay.
  const alertsAt = async (it: TestServer) => (await it.call('/alerts')).body.alerts;
  for (const it of instances) await expect.poll(() => alertsAt(it)).toHaveLength(2);

  await b.stop('SIGKILL');
  for (const id of ['a', 'b']) await startScreen(a, id);
  await vi.waitFor(
    () =>
      expect(
        told('resolved')
          .map(({ about }) => about)
          .sort(),
      ).toEqual(['a', 'b']),
    soon,
  );
  expect(told('open')).toHaveLength(2);
  await expect.poll(() => alertsAt(a)).toEqual([]);
});
