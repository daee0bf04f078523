import { expect, onTestFinished, test, vi } from 'vitest';
import { defaultOptions, type SimulatorOptions } from '../../src/cli/simulator/options.ts';
import { startSimulator } from '../../src/cli/simulator/simulator.ts';
import { Replica } from '../support/clients.ts';
import { figureOf } from '../support/metrics.ts';
import { operator, run } from '../support/operator.ts';
import { PATIENCE_MS } from '../support/patience.ts';
import { startServer, type TestServer } from '../support/server.ts';

vi.setConfig({ testTimeout: 60_000 });
const within = { timeout: PATIENCE_MS, interval: 20 };
const ID = 'sim-0001';

function simulate(server: Pick<TestServer, 'url' | 'playerToken'>, options: Partial<SimulatorOptions> = {}) {
  const simulator = startSimulator({
    ...defaultOptions,
    url: server.url,
    token: server.playerToken,
    generation: 'library',
    devices: 1,
    rate: 0,
    ...options,
  });
  onTestFinished(() => simulator.stop());
  return simulator;
}

/** A server that polls only once by itself, an operator, and the operator's replica. */
async function openServer(env: Record<string, string> = {}) {
  const server = await startServer({
    STATE_INTERVAL_MS: '60000',
    WATCH_INTERVAL_MS: '60000',
    OFFLINE_GRACE_MS: '20000',
    COMMAND_TIMEOUT_MS: '8000',
    ...env,
  });
  const socket = await operator(server);
  const replica = new Replica(socket);
  await replica.subscribe();
  return { server, socket, replica };
}

const reportsAt = (server: TestServer) => figureOf(server, 'vigia_reports_total');

test('P2, P3, P4, P6 a library player registers, reports by itself, obeys and answers', async () => {
  const { server, socket, replica } = await openServer();
  const simulator = simulate(server, { groups: ['lobby'] });
  const seen = await replica.device(ID, (it) => it.state.vlc !== undefined);
  expect(seen).toMatchObject({
    name: 'Lobby 1',
    type: 'vlc',
    group: 'lobby',
    network: { eth0: { family: 'IPv4' } },
    state: { vlc: { state: 'playing' }, activePlaylist: { items: expect.any(Array) } },
  });

  // It is not polled again: the player itself reports that the screen stands still.
  const paused = await run(socket, { deviceId: ID, command: 'vlc:pause' });
  expect(paused).toMatchObject({
    status: 'success',
    confirmedBy: 'response',
    result: { state: 'paused' },
    attempts: 1,
  });
  await replica.device(ID, ({ state }) => (state.vlc as { state: string }).state === 'paused');
  expect(await run(socket, { deviceId: ID, command: 'vlc:play', params: { item: 'nowhere' } })).toMatchObject({
    status: 'error',
    message: 'there is no such item',
  });
  // The first state, the one that it sent by itself, and the one polled after the success.
  const told = { connected: 1, commands: 2, answered: 2, reports: 3, errors: 0, refused: 0 };
  await expect.poll(() => simulator.stats(), within).toMatchObject(told);
});

test('P4 library players report at the given rate, and their counts match what arrived', async () => {
  const { server } = await openServer();
  const simulator = simulate(server, { devices: 3, rate: 60 });
  await expect.poll(() => simulator.stats().reports, within).toBeGreaterThan(60);
  await simulator.stop();
  await expect.poll(() => reportsAt(server), within).toBe(simulator.stats().reports);
});

test('C1, C2 a slow library player is sent the command again, and answers the same each time; it ignores --silent', async () => {
  const { server, socket } = await openServer({ COMMAND_TIMEOUT_MS: '300', COMMAND_RETRIES: '10' });
  // Its answer arrives halfway between two attempts.
  const simulator = simulate(server, { slow: 750, silent: 1, ignore: 1 });
  await expect.poll(() => simulator.stats().reports, within).toBe(1);
  const ending = await run(socket, { deviceId: ID, command: 'vlc:play', params: { playlist: 'menu', item: 2 } });
  expect(ending).toMatchObject({ status: 'success', confirmedBy: 'response' });
  const times = ending.attempts;
  expect(times).toBeGreaterThan(1);
  await expect.poll(() => simulator.stats(), within).toMatchObject({ commands: times, answered: times });
  // Carried out once, it was reported once; and it is polled once more after the success.
  await expect.poll(() => simulator.stats().reports, within).toBe(3);
});

test('P10 a library player sends a picture at once, another on request, and one for vlc:snapshot', async () => {
  const { server, socket, replica } = await openServer();
  const simulator = simulate(server, { pictures: true });
  await replica.device(ID, ({ state }) => state.snapshot !== undefined);
  const picture = { width: 160, height: 90, black: false };
  const refreshed = await socket.emitWithAck('device:refresh', { deviceId: ID, what: 'snapshot' });
  expect(refreshed).toMatchObject({ ok: true, snapshot: picture });
  const taken = await run(socket, { deviceId: ID, command: 'vlc:snapshot' });
  expect(taken).toMatchObject({ status: 'success', confirmedBy: 'response' });
  const { body } = await server.call(`/devices/${ID}/snapshots`);
  expect(body.snapshots).toHaveLength(3);
  expect(simulator.stats()).toMatchObject({ commands: 1, answered: 1, errors: 0 });
});

test('P8, P9 a library player says why it is not connected, reconnects by itself, and stops at a final error', async () => {
  const { server, replica } = await openServer();
  const simulator = simulate(server);
  await replica.device(ID, (it) => it.connection.status === 'online');
  await server.stop('SIGKILL');
  await expect.poll(() => simulator.stats().errors, within).toBeGreaterThan(0);
  expect(simulator.stats()).toMatchObject({
    connected: 0,
    refused: 0,
    lastError: expect.stringMatching(/^unavailable: /),
  });
  const again = await server.restart();
  await expect.poll(() => simulator.stats().connected, within).toBe(1);
  await again.call(`/devices/${ID}`, undefined, { method: 'DELETE' });
  await expect
    .poll(() => simulator.stats(), within)
    .toMatchObject({
      connected: 0,
      refused: 1,
      lastError: expect.stringMatching(/^revoked: /),
    });

  const stranger = simulate({ url: again.url, playerToken: 'wrong' });
  await expect
    .poll(() => stranger.stats(), within)
    .toMatchObject({
      connected: 0,
      errors: 1,
      refused: 1,
      lastError: expect.stringMatching(/^unauthorized: /),
    });
});

test('P8 a library player that is stopped disconnects properly, which is no refusal', async () => {
  const { server, replica } = await openServer();
  const simulator = simulate(server, { devices: 2 });
  await replica.device('sim-0002', (it) => it.connection.status === 'online');
  await expect.poll(() => simulator.stats().connected, within).toBe(2);
  await simulator.stop();
  for (const id of [ID, 'sim-0002']) {
    const left = await replica.device(id, (it) => it.connection.status !== 'online');
    expect(left.connection.reason).toBe('left');
  }
  expect(simulator.stats()).toMatchObject({ connected: 0, errors: 0, refused: 0 });
});
