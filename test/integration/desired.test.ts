import { expect, it } from 'vitest';
import type { ShownDesired } from '../../src/protocol/desired.ts';
import { admin, next, Replica, type Screen, startScreen } from '../support/clients.ts';
import { eventually, faithfulObserver, startCluster } from '../support/cluster.ts';
import { databases } from '../support/databases.ts';
import { startBalancer } from '../support/haproxy.ts';
import { sharedServer, startServer, type TestServer } from '../support/server.ts';

const shared = sharedServer();
const put = (server: TestServer, path: string, body: object) =>
  server.call(path, undefined, { method: 'PUT', body: JSON.stringify(body) });
const commandsOf = (screen: Screen) => screen.received.map(({ command }) => command);
const desiredOf = async (server: TestServer, id: string): Promise<ShownDesired> =>
  (await server.call(`/devices/${id}/desired`)).body;

async function follow(server: TestServer): Promise<Replica> {
  const socket = admin(server);
  const replica = new Replica(socket);
  await next(socket, 'connect');
  await replica.subscribe();
  return replica;
}

it('G1, G2, G7 a group’s desired state is enforced, shown in the stream, and recorded with the actor keeper', async () => {
  const server = shared.it;
  const screens: Screen[] = [];
  for (const [id, state] of Object.entries({ 'k-plays': 'playing', 'k-paused': 'paused' })) {
    const screen = await startScreen(server, id);
    screen.state = state;
    await screen.socket.emitWithAck('player:state', { vlc: { state, fullscreen: false } });
    await server.call(`/devices/${id}`, undefined, { method: 'PATCH', body: JSON.stringify({ group: 'kept' }) });
    screens.push(screen);
  }
  const replica = await follow(server);
  const shown = (id: string) => replica.documents.get(id)?.document.desired;
  expect((await put(server, '/groups/kept/desired', { playback: 'playing' })).status).toBe(200);
  await replica.until(() => ['k-plays', 'k-paused'].every((id) => shown(id)?.status === 'converged'));
  expect(screens.map(commandsOf)).toEqual([[], ['vlc:play']]);
  expect(shown('k-paused')).toMatchObject({ playback: 'playing', source: 'group', why: 'as wanted' });
  const { commands } = (await server.call('/devices/k-paused/commands')).body;
  expect(commands).toMatchObject([{ command: 'play', requestedBy: 'keeper', status: 'success' }]);
  await expect
    .poll(async () => (await server.call('/audit?actor=keeper')).body.records)
    .toMatchObject([{ kind: 'command.sent', deviceId: 'k-paused', outcome: 'ok', details: { command: 'play' } }]);

  // A person's command has priority, and is shown.
  await server.call('/devices/k-plays/commands?wait=true', { command: 'pause' });
  await replica.until(() => shown('k-plays')?.status === 'suspended');
  expect(shown('k-plays')).toMatchObject({ why: 'command', until: expect.any(String) });

  // Set again, it is tried at once; without a desired state nothing is shown.
  await put(server, '/devices/k-plays/desired', { playback: 'playing' });
  await replica.until(() => shown('k-plays')?.status === 'converged');
  for (const path of ['/groups/kept/desired', '/devices/k-plays/desired'])
    await server.call(path, undefined, { method: 'DELETE' });
  await replica.until(() => !shown('k-plays') && !shown('k-paused'));
  expect(screens.map(commandsOf)).toEqual([['vlc:pause', 'vlc:play'], ['vlc:play']]);
});

it('G1 a device that joins or leaves a group gets the desired state that applies; a removed one leaves no desired state', async () => {
  const server = shared.it;
  const screen = await startScreen(server, 'mover');
  await screen.socket.emitWithAck('player:state', { vlc: { state: 'playing', fullscreen: false } });
  await put(server, '/groups/still/desired', { playback: 'playing', during: {} });
  const regroup = (group: string | null) =>
    server.call('/devices/mover', undefined, { method: 'PATCH', body: JSON.stringify({ group }) });
  await regroup('still');
  await expect
    .poll(() => desiredOf(server, 'mover'))
    .toMatchObject({ source: 'group', status: 'inactive', why: 'outside hours' });
  await regroup('other');
  await expect.poll(() => desiredOf(server, 'mover')).toEqual({});
  await put(server, '/devices/mover/desired', { playback: 'playing' });
  screen.socket.disconnect();
  await server.call('/devices/mover', undefined, { method: 'DELETE' });
  await startScreen(server, 'mover');
  expect(await desiredOf(server, 'mover')).toEqual({});
});

it.each(databases)('G6 %s: killed in the middle, the server continues, and repeats no command', async (_, place) => {
  const { dataDir, databaseUrl = '' } = await place();
  let server = await startServer({ DATA_DIR: dataDir, DATABASE_URL: databaseUrl, COMMAND_TIMEOUT_MS: '3000' });
  const screen = await startScreen(server, 'killed');
  screen.state = 'playing';
  await screen.socket.emitWithAck('player:state', { vlc: { state: 'playing', fullscreen: false } });
  screen.answers = 'silent';
  await put(server, '/devices/killed/desired', { playback: 'paused' });
  await eventually('it is sent', () => screen.received.length === 1);
  await server.stop('SIGKILL');
  server = await server.restart();
  screen.answers = 'success';
  await expect
    .poll(() => desiredOf(server, 'killed'))
    .toMatchObject({ playback: 'paused', source: 'device', status: 'converged' });
  expect(commandsOf(screen)).toEqual(['vlc:pause']);
  screen.state = 'playing';
  await expect.poll(() => commandsOf(screen)).toEqual(['vlc:pause', 'vlc:pause']);
  await expect.poll(() => desiredOf(server, 'killed')).toMatchObject({ status: 'converged' });
  expect(screen.state).toBe('paused');
});

it('G6 the owner dies in the middle: another instance takes the keeper over, and repeats no command', async () => {
  const { instances } = await startCluster(3, { OFFLINE_GRACE_MS: '2500', COMMAND_TIMEOUT_MS: '4000' });
  const entry = await startBalancer(instances);
  const watching = await faithfulObserver(entry);
  const screen = await startScreen(entry, 'moved');
  screen.state = 'playing';
  await screen.socket.emitWithAck('player:state', { vlc: { state: 'playing', fullscreen: false } });
  const node = () => watching.documents.get('moved')?.document.connection.node;
  await watching.until(() => Boolean(node()));
  const dying = instances[Number(node()?.slice(1)) - 1] as TestServer;
  const other = instances.find((it) => it !== dying) as TestServer;
  screen.answers = 'silent';
  // Sent to the instance that does not hold it.
  await put(other, '/desired', { playback: 'paused' });
  await eventually('it is sent', () => screen.received.length === 1);
  await dying.stop('SIGKILL');
  screen.answers = 'success';
  await eventually('it is kept', async () => (await desiredOf(other, 'moved')).status === 'converged');
  expect(await desiredOf(other, 'moved')).toMatchObject({ playback: 'paused', source: 'all' });
  expect(commandsOf(screen)).toEqual(['vlc:pause']);
  screen.state = 'playing';
  await eventually('it is paused again', () => screen.received.length === 2 && screen.state === 'paused');
});
