import sharp from 'sharp';
import { expect, onTestFinished, test, vi } from 'vitest';
import { connectPlayer, type Player, type PlayerOptions } from '../../src/client/player.ts';
import { admin, next, playerOfSecondGeneration, Replica, register } from '../support/clients.ts';
import { run } from '../support/operator.ts';
import { PATIENCE_MS } from '../support/patience.ts';
import { startServer, type TestServer } from '../support/server.ts';

vi.setConfig({ testTimeout: 60_000 });
const within = { timeout: PATIENCE_MS, interval: 20 };

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

test('P2–P6 it registers, reports changes, obeys commands, and reconnects by itself after a restart', async () => {
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

test('P4 setState sends changed sections, the whole state if a section was removed, and nothing if nothing changed', async () => {
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
  // A refusal is reported, and the next state is sent whole.
  const refusal = new Promise<{ code: string }>((resolve) => void player.onError(resolve));
  player.setState({ b: { n: 2 }, big: 'x'.repeat(300_000) });
  expect((await refusal).code).toBe('payload_too_large');
  player.setState({ b: { n: 3 } });
  expect((await replica.device('one', ({ state }) => (state.b as { n: number }).n === 3)).state.big).toBeUndefined();
});

test('C1, C2 a pause whose answers are lost is carried out once', async () => {
  const server = await startServer({ COMMAND_TIMEOUT_MS: '1500' });
  const { socket, replica } = await watchFrom(server);
  let playing = true;
  let flips = 0;
  const player = connect(server, {
    commands: {
      'vlc:pause': () => {
        playing = !playing;
        flips++;
        // Without an answer, the server has to verify by the state.
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

test('P5, P10 a requested screenshot arrives, and so does an unsolicited one; a refusal is reported and ends nothing', async () => {
  const server = await startServer({ MAX_MESSAGE_BYTES: '20000' });
  const { socket, replica } = await watchFrom(server);
  const ofWidth = (width: number) =>
    sharp({ create: { width, height: 9, channels: 3, background: 'teal' } })
      .png()
      .toBuffer();
  let picture: Uint8Array = await ofWidth(16);
  const player = connect(server, { readState: () => ({ vlc: { state: 'stopped' } }), takeSnapshot: () => picture });
  await player.ready();
  await replica.device('one', (it) => it.state.vlc !== undefined);
  const refresh = () => socket.emitWithAck('device:refresh', { deviceId: 'one', what: 'snapshot' });
  expect(await refresh()).toMatchObject({ ok: true, snapshot: { width: 16 } });
  expect(await player.sendSnapshot(await ofWidth(32))).toMatchObject({ width: 32, black: false });
  const { state } = await replica.device('one', (it) => (it.state.snapshot as { width?: number })?.width === 32);
  expect(state.vlc).toEqual({ state: 'stopped' });

  const told: string[] = [];
  player.onError(({ code }) => told.push(code));
  await expect(player.sendSnapshot(Uint8Array.of(1, 2, 3))).rejects.toMatchObject({ code: 'invalid_payload' });
  await expect(player.sendSnapshot(new Uint8Array(30_000))).rejects.toMatchObject({ code: 'payload_too_large' });
  expect(told).toEqual([]);
  picture = new Uint8Array(30_000);
  const asked = refresh();
  await expect.poll(() => told, within).toEqual(['payload_too_large']);
  picture = await ofWidth(48);
  await player.sendSnapshot(picture);
  expect(await asked).toMatchObject({ ok: true, snapshot: { width: 48 } });
  expect(player.status).toEqual({ link: 'registered' });
});

test('C2 each command is reported when it arrives and when it is answered, including repeated and unknown ones', async () => {
  const server = await startServer({ COMMAND_TIMEOUT_MS: '2500' });
  const { socket } = await watchFrom(server);
  const told: string[] = [];
  let finish = () => {};
  const player = connect(server, {
    commands: {
      'vlc:play': () =>
        new Promise<void>((resolve) => {
          finish = resolve;
        }),
    },
  });
  player.onCommand(({ command, answer }) => {
    told.push(`${command} ${answer?.status ?? 'came'}`);
    if (told.length === 2) finish();
  });
  await player.ready();
  const played = await run(socket, { deviceId: 'one', command: 'vlc:play' });
  expect(played).toMatchObject({ status: 'success', attempts: 2 });
  await run(socket, { deviceId: 'one', command: 'vlc:stop' });
  expect(told).toEqual([
    'vlc:play came',
    'vlc:play came',
    'vlc:play success',
    'vlc:play success',
    'vlc:stop came',
    'vlc:stop error',
  ]);
});

test('P9 without a server, each attempt is reported, and the next one follows', async () => {
  const server = await startServer();
  await server.stop('SIGKILL');
  const told: string[] = [];
  connect(server).onError(({ code }) => told.push(code));
  await expect.poll(() => told.length, within).toBeGreaterThan(1);
  expect(new Set(told)).toEqual(new Set(['unavailable']));
});

test('P8, P9 replaced, removed and refused are final, and reported', async () => {
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
