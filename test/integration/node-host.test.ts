import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import {
  admin,
  next,
  playerOfFirstGeneration,
  playerOfSecondGeneration,
  Replica,
  register,
  startScreen,
} from '../support/clients.ts';
import { expectHealthy } from '../support/health.ts';
import { runServer, sharedServer, startServer } from '../support/server.ts';

const noNative = ['--import', fileURLToPath(new URL('../support/no-native.mjs', import.meta.url))];
// Loading µWS would fail here, and be warned of.
const shared = sharedServer({ MAX_MESSAGE_BYTES: '100000', TRANSPORT: 'node' }, noNative);

it('I8 TRANSPORT=node serves with Node’s own HTTP server, and does not try to load µWS', async () => {
  expect(await shared.it.logged((line) => line.msg === 'listening')).toMatchObject({ transport: 'node' });
  expect(shared.it.logs.filter(({ level }) => level === 'warn')).toEqual([]);
  await expectHealthy(shared.it);
});

it('P1 I8 where no native binary loads, Node’s own server takes its place, and that is said once', async () => {
  const server = await startServer({ TRANSPORT: 'uws' }, noNative);
  expect(await server.logged((line) => line.msg === 'listening')).toMatchObject({ transport: 'node' });
  expect(server.logs.filter(({ level }) => level === 'warn').length).toBe(1);
  await register(playerOfSecondGeneration(server, 'd'), 'd');
});

it.each([{}, { transports: ['websocket'] }, { transports: ['polling'] }])(
  'P1 P2 P6 players of both generations work (%j)',
  async (options) => {
    const id = JSON.stringify(options).replaceAll(/[^a-z]/g, '');
    const first = playerOfFirstGeneration(shared.it, `first-${id}`, options);
    expect(await register(first, `first-${id}`)).toMatchObject({ protocol: 1, stateIntervalMs: 1000 });
    expect(await first.emitWithAck('player:state', { playing: true })).toEqual({ ok: true });
    const screen = await startScreen(shared.it, `second-${id}`, options);
    const { body } = await shared.it.call(`/devices/second-${id}/commands?wait=true`, {
      command: 'vlc:play',
      timeoutMs: 8000,
    });
    expect(body.commands).toMatchObject([{ status: 'success' }]);
    expect(screen.state).toBe('playing');
    expect((await shared.it.call(`/devices/first-${id}`)).body.document).toMatchObject({
      group: 'lobby',
      connection: { status: 'online', address: '127.0.0.1' },
      state: { playing: true },
    });
  },
);

it.each(['json', 'deflate'])('A1 the stream (%s) is exact', async (encoding) => {
  const player = playerOfSecondGeneration(shared.it, encoding);
  await register(player, encoding);
  const replica = new Replica(admin(shared.it));
  await replica.subscribe({ scope: { devices: [encoding] }, encoding });
  for (let i = 0; i < 50; i++) player.emit('player:state', { n: i, text: 'ü'.repeat(i) });
  await replica.device(encoding, ({ state }) => state.n === 49);
  expect(replica.documents.get(encoding)).toEqual((await shared.it.call(`/devices/${encoding}`)).body);
  expect(replica.gaps).toEqual([]);
});

it.each(['websocket', 'polling'])(
  'P9 over %s a message that is too large closes the transport, logged',
  async (transport) => {
    const id = `large-${transport}`;
    const player = playerOfSecondGeneration(shared.it, id, { transports: [transport], reconnection: false });
    await register(player, id);
    const lost = next(player, 'disconnect');
    player.emit('player:state', { text: 'x'.repeat(200_000) });
    expect(await lost).toMatch(/^transport (close|error)$/);
    await shared.it.logged(({ reason, deviceId }) => reason === 'message_too_large' && deviceId === id);
    await expect
      .poll(async () => (await shared.it.call(`/devices/${id}`)).body.document.connection.reason)
      .toBe('message_too_large');
  },
);

it('A4 REST, the probes and the console are served', async () => {
  for (const path of ['/readyz', '/healthz', '/metrics', '/', '/api/docs', '/api/v1/openapi.json', '/api/v1/devices']) {
    expect((await shared.it.fetch(path)).status, path).toBe(200);
  }
  expect((await shared.it.fetch('/api/v1/devices', { token: 'wrong' })).status).toBe(401);
  expect((await shared.it.call('/devices', { id: 'x'.repeat(3_000_000) })).status).toBe(413);
});

it('P9 it stops within DRAIN_MS with clients connected, and the players reconnect to the next process', async () => {
  const server = await startServer({}, noNative);
  const screens = await Promise.all([
    startScreen(server, 'a'),
    startScreen(server, 'b', { transports: ['polling'] }),
    startScreen(server, 'c', { transports: ['polling', 'websocket'] }),
  ]);
  const lost = Promise.all(screens.map(({ socket }) => next<string>(socket, 'disconnect')));
  const started = Date.now();
  expect(await server.stop()).toBe(0);
  expect(Date.now() - started).toBeLessThan(5000);
  for (const reason of await lost) expect(reason).toMatch(/^transport (close|error)$/);
  const back = Promise.all(screens.map(({ socket }) => next(socket, 'player:registered')));
  await server.restart();
  await back;
});

it('P9 a port in use is reported, with exit code 1', async () => {
  const { code, stderr } = await runServer({ PORT: String(shared.it.port) });
  expect(code).toBe(1);
  expect(stderr).toContain(`PORT=${shared.it.port}`);
});
