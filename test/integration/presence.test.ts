import { expect, it } from 'vitest';
import { admin, next, playerOfSecondGeneration, Replica, register, startScreen } from '../support/clients.ts';
import { figureOf } from '../support/metrics.ts';
import { startServer, type TestServer } from '../support/server.ts';

async function replicaOf(server: TestServer): Promise<Replica> {
  const replica = new Replica(admin(server));
  await replica.subscribe();
  return replica;
}

it('P8 online → reconnecting → offline → online, each with its time, and with the reason while disconnected', async () => {
  const server = await startServer();
  const replica = await replicaOf(server);
  const player = playerOfSecondGeneration(server, 'd', { transports: ['websocket'] });
  await register(player, 'd');
  const online = (await replica.device('d', (it) => it.connection.status === 'online')).connection;
  expect(online.reason).toBeUndefined();
  expect(online).toMatchObject({ address: '127.0.0.1', sessionId: expect.any(String), node: expect.any(String) });
  player.disconnect();
  const away = (await replica.device('d', (it) => it.connection.status === 'reconnecting')).connection;
  expect(away).toMatchObject({ reason: 'left', sessionId: null, node: null });
  const offline = (await replica.device('d', (it) => it.connection.status === 'offline')).connection;
  expect(offline.reason).toBe('left');
  const grace = Date.parse(offline.since) - Date.parse(away.since);
  expect(grace).toBeGreaterThanOrEqual(450);
  expect(grace).toBeLessThan(10_000);
  player.connect();
  await register(player, 'd');
  const back = (await replica.device('d', (it) => it.connection.status === 'online')).connection;
  expect(Date.parse(back.since)).toBeGreaterThanOrEqual(Date.parse(offline.since));
  expect(back.reason).toBeUndefined();
  expect(replica.gaps).toEqual([]);
});

it('P8 a broken connection is connection_lost; a device that returns within the grace period was never offline', async () => {
  const server = await startServer({ OFFLINE_GRACE_MS: '5000' });
  const replica = await replicaOf(server);
  const player = playerOfSecondGeneration(server, 'd', { transports: ['websocket'] });
  await register(player, 'd');
  player.io.engine.close();
  const away = await replica.device('d', (it) => it.connection.status === 'reconnecting');
  expect(away.connection.reason).toBe('connection_lost');
  await next(player, 'connect');
  await register(player, 'd');
  await replica.device('d', (it) => it.connection.status === 'online');
  const told = replica.messages.flatMap(({ updates }) => updates).map((it) => JSON.stringify(it));
  expect(told.join()).not.toContain('offline"}');
});

it('P8 D3 lastSeenAt is piggybacked on other changes and is never a patch of its own', async () => {
  const server = await startServer({ STATE_INTERVAL_MS: '60000' });
  const screen = await startScreen(server, 'd');
  const replica = await replicaOf(server);
  await replica.device('d', ({ report }) => report.status === 'live');
  const before = replica.documents.get('d');
  if (!before) throw new Error();
  for (let i = 0; i < 20; i++)
    await screen.socket.emitWithAck('player:state', { vlc: { state: 'stopped', fullscreen: false } });
  await screen.socket.emitWithAck('player:state', { vlc: { state: 'playing', fullscreen: false } });
  const after = await replica.device('d', ({ state }) => JSON.stringify(state).includes('playing'));
  expect(replica.documents.get('d')?.version).toBe(before.version + 1);
  expect(Date.parse(after.connection.lastSeenAt ?? '')).toBeGreaterThan(
    Date.parse(before.document.connection.lastSeenAt ?? ''),
  );
  expect(after.report.receivedAt).not.toBe(before.document.report.receivedAt);
});

it.each(['SIGTERM', 'SIGKILL'] as const)(
  'P9 a restart (%s) does not show the fleet as newly disconnected, and versions never decrease',
  async (signal) => {
    const server = await startServer({ OFFLINE_GRACE_MS: '6000' });
    const screen = await startScreen(server, 'd');
    const gone = await startScreen(server, 'gone');
    const first = await replicaOf(server);
    gone.socket.disconnect();
    await first.device('gone', (it) => it.connection.status === 'offline');
    const offline = first.documents.get('gone');
    // The changes are recorded; then follow state changes that a killed process may not have recorded.
    await expect.poll(() => figureOf(server, 'vigia_store_backlog{of="records"}')).toBe(0);
    for (let i = 0; i < 5; i++) await screen.socket.emitWithAck('player:state', { n: i });
    await first.device('d', ({ state }) => state.n === 4);
    const told = first.documents.get('d')?.version ?? 0;
    const { version: offlineVersion } = offline ?? { version: 0 };
    await server.stop(signal);
    screen.socket.disconnect();

    const again = await server.restart();
    const restored = (await again.call('/devices/d')).body;
    expect(restored.version).toBeGreaterThanOrEqual(told);
    expect(restored.document.connection).toMatchObject({
      status: 'reconnecting',
      reason: signal === 'SIGTERM' ? 'server_shutdown' : 'server_restart',
    });
    const stillOffline = (await again.call('/devices/gone')).body;
    expect(stillOffline.document).toEqual(offline?.document);
    expect(stillOffline.version).toBeGreaterThanOrEqual(offlineVersion);

    const second = await replicaOf(again);
    screen.socket.connect();
    await second.device('d', (it) => it.connection.status === 'online');
    expect(
      second.messages.flatMap(({ updates }) => updates).filter((it) => JSON.stringify(it).includes('"offline"')),
    ).toEqual([]);
  },
);

it('P9 R2 after a restart, a device that stays away is offline after the grace period', async () => {
  const server = await startServer();
  const screen = await startScreen(server, 'd');
  await server.stop();
  screen.socket.disconnect();
  const again = await server.restart();
  const replica = await replicaOf(again);
  const { connection } = await replica.device('d', (it) => it.connection.status === 'offline');
  expect(connection.reason).toBe('server_shutdown');
});

it('P9 versions never decrease, even when killed twice within a second', async () => {
  let server = await startServer({ STATE_INTERVAL_MS: '60000' });
  let told = 0;
  for (let round = 0; round < 3; round++) {
    const screen = await startScreen(server, 'd');
    const replica = await replicaOf(server);
    for (let i = 0; i < 10; i++) await screen.socket.emitWithAck('player:state', { n: `${round}.${i}` });
    await replica.device('d', ({ state }) => state.n === `${round}.9`);
    const version = replica.documents.get('d')?.version ?? 0;
    expect(version).toBeGreaterThan(told);
    told = version;
    // The first time, long enough to be recorded.
    if (round === 0) await new Promise((resolve) => setTimeout(resolve, 1300));
    await server.stop('SIGKILL');
    screen.socket.disconnect();
    server = await server.restart();
    expect((await server.call('/devices/d')).body.version).toBeGreaterThanOrEqual(told);
  }
});
