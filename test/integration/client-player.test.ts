import { expect, onTestFinished, test, vi } from 'vitest';
import { connectPlayer, type Player, type PlayerOptions } from '../../src/client/player.ts';
import { admin, next, playerOfSecondGeneration, Replica, register } from '../support/clients.ts';
import { run } from '../support/operator.ts';
import { startServer, type TestServer } from '../support/server.ts';

vi.setConfig({ testTimeout: 60_000 });
const within = { timeout: 10_000, interval: 20 };

function connect(server: TestServer, options: Partial<PlayerOptions> = {}): Player {
  const player = connectPlayer({
    url: server.url,
    deviceId: 'one',
    token: server.playerToken,
    commands: {},
    ...options,
  });
  onTestFinished(() => player.close());
  return player;
}

async function watchFrom(server: TestServer) {
  const socket = admin(server);
  await next(socket, 'connect');
  const replica = new Replica(socket);
  await replica.subscribe();
  return { socket, replica };
}

test('P2–P6 it registers, reports what changed, obeys, and is back by itself after a restart', async () => {
  let server = await startServer({ STATE_INTERVAL_MS: '60000' });
  const seen = await watchFrom(server);
  let state = { vlc: { state: 'stopped', fullscreen: false }, app: { version: '1' } };
  const player = connect(server, {
    profile: { deviceName: 'One', deviceGroup: 'lobby' },
    commands: {
      'vlc:play': ({ item }) => {
        state = { ...state, vlc: { ...state.vlc, state: 'playing' } };
        player.setState(state);
        return { item };
      },
      'vlc:stop': () => {
        throw new Error('the screen is locked');
      },
    },
    readState: () => state,
  });
  await player.ready();
  const first = await seen.replica.device('one', (it) => it.state.vlc !== undefined);
  expect(first).toMatchObject({ name: 'One', group: 'lobby', state });
  const done = await run(seen.socket, { deviceId: 'one', command: 'vlc:play', params: { item: 3 } });
  expect(done).toMatchObject({ status: 'success', result: { item: 3 } });
  await seen.replica.device('one', (it) => (it.state.vlc as { state: string }).state === 'playing');
  const refused = await run(seen.socket, { deviceId: 'one', command: 'vlc:stop' });
  expect(refused).toMatchObject({ status: 'error', message: 'the screen is locked' });

  await server.stop('SIGKILL');
  await expect.poll(() => player.status.link, within).toBe('connecting');
  state = { ...state, app: { version: '2' } };
  player.setState(state);
  server = await server.restart();
  await expect.poll(() => player.status.link, within).toBe('registered');
  const back = await watchFrom(server);
  await back.replica.device('one', (it) => (it.state.app as { version: string })?.version === '2');
});

test('P4 setState sends sections, the whole state where one went away, and nothing where nothing changed', async () => {
  const server = await startServer({ STATE_INTERVAL_MS: '60000' });
  const { replica } = await watchFrom(server);
  const player = connect(server);
  await player.ready();
  player.setState({ a: { n: 1 }, b: { n: 1 } });
  await replica.device('one', ({ state }) => state.b !== undefined);
  player.setState({ a: { n: 1 }, b: { n: 2 } });
  const updated = await replica.device('one', ({ state }) => (state.b as { n: number }).n === 2);
  expect(updated.state.a).toEqual({ n: 1 });
  player.setState({ b: { n: 2 } });
  expect((await replica.device('one', ({ state }) => state.a === undefined)).state.b).toEqual({ n: 2 });
  // A refusal is told, and the next state goes whole.
  const refusal = new Promise<{ code: string }>((resolve) => void player.onError(resolve));
  player.setState({ b: { n: 2 }, big: 'x'.repeat(300_000) });
  expect((await refusal).code).toBe('payload_too_large');
  player.setState({ b: { n: 3 } });
  expect((await replica.device('one', ({ state }) => (state.b as { n: number }).n === 3)).state.big).toBeUndefined();
});

test('C1, C2 a pause whose answers are lost is done once', async () => {
  const server = await startServer({ COMMAND_TIMEOUT_MS: '300' });
  const { socket, replica } = await watchFrom(server);
  let playing = true;
  let flips = 0;
  const player = connect(server, {
    commands: {
      'vlc:pause': () => {
        playing = !playing;
        flips++;
        // As long as no answer comes, the server has to look for itself.
        return new Promise(() => {});
      },
    },
    readState: () => ({ vlc: { state: playing ? 'playing' : 'paused' } }),
  });
  await player.ready();
  await replica.device('one', (it) => it.state.vlc !== undefined);
  const ending = await run(socket, { deviceId: 'one', command: 'vlc:pause' });
  expect(ending).toMatchObject({ status: 'success', confirmedBy: 'state' });
  expect(flips).toBe(1);
});

test('P5, P10 a screenshot that is asked for arrives', async () => {
  const server = await startServer();
  const { socket, replica } = await watchFrom(server);
  const picture = Uint8Array.from(
    atob('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='),
    (it) => it.charCodeAt(0),
  );
  const player = connect(server, { readState: () => ({ vlc: { state: 'stopped' } }), takeSnapshot: () => picture });
  await player.ready();
  await replica.device('one', (it) => it.state.vlc !== undefined);
  expect(await socket.emitWithAck('device:refresh', { deviceId: 'one', what: 'snapshot' })).toMatchObject({ ok: true });
  await replica.device('one', (it) => (it.state.snapshot as { width?: number })?.width === 1);
});

test('P8, P9 replaced, removed and refused are final, and told', async () => {
  const server = await startServer();
  const replaced = connect(server);
  await replaced.ready();
  const rival = playerOfSecondGeneration(server, 'one');
  await register(rival, 'one');
  await expect.poll(() => replaced.status.error?.code, within).toBe('session_replaced');
  await expect(replaced.ready()).rejects.toMatchObject({ code: 'session_replaced' });

  const removed = connect(server, { deviceId: 'two' });
  await removed.ready();
  await server.call('/devices/two', undefined, { method: 'DELETE' });
  await expect.poll(() => removed.status.error?.code, within).toBe('revoked');

  await expect(connect(server, { token: 'wrong' }).ready()).rejects.toMatchObject({ code: 'unauthorized' });
});
