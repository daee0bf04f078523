import { expect, it } from 'vitest';
import { admin, gather, next, type PlayerCommand, startScreen } from '../support/clients.ts';
import { eventually, observer, startCluster } from '../support/cluster.ts';
import { operator, run } from '../support/operator.ts';
import { startProxy } from '../support/proxy.ts';
import type { TestServer } from '../support/server.ts';

it('K2 an admin sees every device of the cluster at any instance, in one stream', async () => {
  const { instances } = await startCluster(2);
  const [a, b] = instances as [TestServer, TestServer];
  const early = await observer(b);
  const screen = await startScreen(a, 'd');
  await early.device('d', ({ connection, state }) => connection.node === 'n1' && state.vlc !== undefined);
  screen.state = 'playing';
  screen.report();
  await early.device('d', ({ state }) => (state.vlc as { state: string }).state === 'playing');
  const late = await observer(b);
  const own = await observer(a);
  expect(late.documents.get('d')).toEqual(early.documents.get('d'));
  expect(own.documents.get('d')).toEqual(early.documents.get('d'));
  expect((await b.call('/devices/d')).body).toEqual((await a.call('/devices/d')).body);
  screen.socket.disconnect();
  await early.device('d', ({ connection }) => connection.status === 'offline');
  expect(early.gaps).toEqual([]);
});

it('K3 a command is routed from any instance to the device, and its ending returns to the sender', async () => {
  const { instances } = await startCluster(2);
  const [a, b] = instances as [TestServer, TestServer];
  const screen = await startScreen(a, 'd');
  const socket = await operator(b);
  await (await observer(b)).device('d', () => true);
  expect(await run(socket, { deviceId: 'd', command: 'vlc:play', timeoutMs: 20_000 })).toMatchObject({
    status: 'success',
  });
  expect(screen.received).toHaveLength(1);
  const waited = await b.call('/commands?wait=true', { all: true, command: 'vlc:stop', timeoutMs: 20_000 });
  expect(waited.body.commands).toMatchObject([{ deviceId: 'd', status: 'success' }]);
  const { commandId } = waited.body.commands[0];
  expect((await a.call(`/commands/${commandId}`)).body.status).toBe('success');
});

it('K3 an instance that joins knows commands that another one could not record yet', async () => {
  const { databaseUrl, join } = await startCluster(0);
  const url = new URL(databaseUrl);
  const cable = await startProxy(Number(url.port));
  url.port = String(cable.port);
  const a = await join({ DATABASE_URL: url.href });
  const screen = await startScreen(a, 'd');
  screen.answers = 'silent';
  const socket = await operator(a);
  const asked = next<PlayerCommand>(screen.socket, 'player:command');
  const ended = run(socket, { deviceId: 'd', command: 'vlc:play', timeoutMs: 20_000 });
  const { commandId } = await asked;
  cable.hold();
  screen.respond(commandId);
  expect((await ended).status).toBe('success');
  const b = await join();
  const atB = async () => (await b.call(`/commands/${commandId}`)).body.status;
  await eventually('it is known there', async () => (await atB()) === 'success');
  cable.release();
});

it('K7, P8 a takeover across instances: the newest wins, the older session gets an error, versions continue', async () => {
  const { instances } = await startCluster(2);
  const [a, b] = instances as [TestServer, TestServer];
  const replica = await observer(b);
  const first = await startScreen(a, 'd', { reconnection: false });
  await replica.device('d', ({ connection }) => connection.node === 'n1');
  const errors = gather<{ code: string }>(first.socket, 'player:error');
  const gone = next(first.socket, 'disconnect');
  await startScreen(b, 'd');
  await gone;
  expect(errors).toMatchObject([{ code: 'session_replaced' }]);
  await replica.device('d', ({ connection }) => connection.node === 'n2' && connection.status === 'online');
  expect(replica.gaps).toEqual([]);
  const socket = admin(a);
  await next(socket, 'connect');
  const answer = await socket.emitWithAck('device:get', { deviceId: 'd' });
  expect(answer.document.connection.node).toBe('n2');
});
