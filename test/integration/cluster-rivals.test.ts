import { expect, it } from 'vitest';
import { gather, next, playerOfSecondGeneration, register, startScreen } from '../support/clients.ts';
import { eventually, faithfulObserver, observer, settled, startCluster } from '../support/cluster.ts';
import { recordOwners } from '../support/history.ts';
import { startProxy } from '../support/proxy.ts';
import type { TestServer } from '../support/server.ts';

const isReady = async (server: TestServer) => (await server.fetch('/readyz')).status === 200;
const isCutOff = async (server: TestServer) => !(await isReady(server));

it('K4, D1 after two isolated instances both took a device, its owner continues beyond the versions that the other one published', async () => {
  const { redis, join } = await startCluster(0);
  const cables = [await startProxy(redis.port), await startProxy(redis.port)] as const;
  const at = (cable: (typeof cables)[number]) => join({ REDIS_URL: `redis://127.0.0.1:${cable.port}` });
  const [a, b, c] = [await at(cables[0]), await at(cables[1]), await join()] as const;
  const owners = await recordOwners(redis.url);
  const observers = [await faithfulObserver(a), await faithfulObserver(b)] as const;
  const [atA, atB] = observers;
  // Without an owner: known to all, and with the same epoch for both that take it.
  const earlier = await startScreen(c, 'd', { reconnection: false });
  earlier.socket.disconnect();
  const offline = observers.map((it) => it.device('d', ({ connection }) => connection.status === 'offline'));
  await Promise.all(offline);
  await c.stop();

  for (const cable of cables) cable.cut();
  await eventually('both know that they are cut off', async () => (await isCutOff(a)) && (await isCutOff(b)));
  const first = await startScreen(a, 'd', { reconnection: false });
  await atA.device('d', ({ connection }) => connection.node === 'n1');
  const second = await startScreen(b, 'd', { reconnection: false });
  second.state = 'paused';
  second.report();
  await atB.device('d', ({ state }) => (state.vlc as { state?: string })?.state === 'paused');
  const version = (of: typeof atA) => of.documents.get('d')?.version ?? 0;
  expect(version(atB), 'the one that is to lose it has told more').toBeGreaterThan(version(atA));

  cables[0].mend();
  const claim = async () => (await redis.client.hget('{vigia}:claims', 'd')) ?? '';
  await eventually('the first one has it', async () => / n1:/.test(await claim()));
  const [toldByLoser, toldByOwner] = [version(atB), version(atA)];
  expect(toldByLoser).toBeGreaterThan(toldByOwner);
  cables[1].mend();
  await eventually('the other one lets it go', () => !second.socket.connected);
  // It is published without any other event of the device.
  await atB.device('d', ({ connection }) => connection.node === 'n1');
  expect(version(atB)).toBeGreaterThan(toldByLoser);
  first.state = 'playing';
  first.report();
  for (const it of observers)
    await it.device('d', ({ state }) => (state.vlc as { state?: string })?.state === 'playing');
  await settled({ owners, observers, received: new Map(), accepted: [], endings: [] }, [a, b]);
});

const machineAt = async (server: TestServer, n: number) => {
  const socket = playerOfSecondGeneration(server, 'd', { transports: ['websocket'], reconnection: false });
  const errors = gather<{ code: string }>(socket, 'player:error');
  const { sessionId } = await register(socket, 'd', { deviceNetwork: { eth0: { mac: `02:00:00:00:00:0${n}` } } });
  return { socket, errors, sessionId };
};

it('K7, P8 two machines at two instances: both are named, the displaced one is kept, and takes the device back', async () => {
  const { instances } = await startCluster(2);
  const [a, b] = instances as [TestServer, TestServer];
  const replica = await observer(a);
  const one = await machineAt(a, 1);
  const two = await machineAt(b, 2);
  const { connection } = await replica.device('d', (it) => it.connection.conflict !== undefined);
  expect(connection).toMatchObject({ status: 'online', node: 'n2', sessionId: two.sessionId });
  expect(connection.conflict?.places).toEqual(['127.0.0.1 02:00:00:00:00:02', '127.0.0.1 02:00:00:00:00:01']);
  expect([one.socket.connected, one.errors]).toEqual([true, []]);
  expect(await one.socket.emitWithAck('player:state', { vlc: { currentItem: 'lie.mp4' } })).toEqual({ ok: true });
  expect(await two.socket.emitWithAck('player:state', { vlc: { currentItem: 'true.mp4' } })).toEqual({ ok: true });
  await replica.device('d', ({ playback }) => playback.item === 'true.mp4');

  const asked = next(one.socket, 'player:request:state');
  two.socket.disconnect();
  await asked;
  const back = await replica.device('d', (it) => it.connection.sessionId === one.sessionId && !it.connection.conflict);
  expect(back.connection).toMatchObject({ status: 'online', node: 'n1' });

  // The other way round, and the displaced one disconnects.
  const three = await machineAt(b, 3);
  await replica.device(
    'd',
    (it) => it.connection.sessionId === three.sessionId && it.connection.conflict !== undefined,
  );
  one.socket.disconnect();
  await replica.device('d', (it) => it.connection.sessionId === three.sessionId && !it.connection.conflict);
  const { records } = (await b.call('/audit?kind=device.conflict&deviceId=d')).body;
  expect(records).toHaveLength(2);
  expect(replica.gaps).toEqual([]);
});

it('K7, P8 the same machine at another instance: its older connection is ended there', async () => {
  const { instances } = await startCluster(2);
  const [a, b] = instances as [TestServer, TestServer];
  const one = await machineAt(a, 1);
  const gone = next(one.socket, 'disconnect');
  const again = await machineAt(b, 1);
  expect(await gone).toBe('io server disconnect');
  expect(one.errors).toMatchObject([{ code: 'session_replaced' }]);
  const replica = await observer(a);
  const { connection } = await replica.device('d', (it) => it.connection.sessionId === again.sessionId);
  expect(connection.conflict).toBeUndefined();
});

it('K5, P8 the instance of the newer machine is killed: the displaced one takes the device back', async () => {
  const { instances } = await startCluster(2);
  const [a, b] = instances as [TestServer, TestServer];
  const replica = await observer(a);
  const one = await machineAt(a, 1);
  await machineAt(b, 2);
  await replica.device('d', (it) => it.connection.conflict !== undefined);
  await b.stop('SIGKILL');
  const { connection } = await replica.device('d', (it) => it.connection.sessionId === one.sessionId);
  expect(connection).toMatchObject({ status: 'online', node: 'n1' });
  await replica.device('d', (it) => it.connection.conflict === undefined);
});

it('K7, P8 the instance of the displaced machine is killed: the conflict is over', async () => {
  const { instances } = await startCluster(2);
  const [a, b] = instances as [TestServer, TestServer];
  const replica = await observer(b);
  await machineAt(a, 1);
  const two = await machineAt(b, 2);
  await replica.device('d', (it) => it.connection.conflict !== undefined);
  await a.stop('SIGKILL');
  await replica.device('d', (it) => it.connection.conflict === undefined);
  expect(replica.documents.get('d')?.document.connection.sessionId).toBe(two.sessionId);
});
