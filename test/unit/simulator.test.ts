import { EventEmitter, once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Server, type Socket } from 'socket.io';
import { describe, expect, it, onTestFinished } from 'vitest';
import { defaultOptions, type SimulatorOptions } from '../../src/cli/simulator/options.ts';
import { startSimulator } from '../../src/cli/simulator/simulator.ts';

interface StandIn {
  url: string;
  /** Every message as `[socket, event, payload]`, in the order of arrival. */
  messages: Message[];
  transports: string[];
  /** Resolves with the first message, past or to come, that fits. */
  message(event: string, fits?: (message: Message) => boolean): Promise<Message>;
}
interface Message {
  socket: Socket;
  event: string;
  // biome-ignore lint/suspicious/noExplicitAny: what came over the wire
  payload: any;
}

/** A bare Socket.IO server that registers whoever comes, unless told otherwise. */
async function standIn(refuse?: (socket: Socket) => Error | undefined): Promise<StandIn> {
  const http = createServer();
  const io = new Server(http);
  const arrivals = new EventEmitter().setMaxListeners(0);
  const messages: Message[] = [];
  const transports: string[] = [];
  io.use((socket, next) => next(refuse?.(socket)));
  io.on('connection', (socket) => {
    transports.push(socket.conn.transport.name);
    socket.onAny((event: string, payload: unknown) => {
      const message = { socket, event, payload };
      messages.push(message);
      arrivals.emit('message', message);
    });
    socket.on('player:register', ({ deviceId }) => {
      socket.emit('player:registered', { deviceId, sessionId: socket.id, protocol: 1 });
    });
  });
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  onTestFinished(() => io.close());
  return {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
    messages,
    transports,
    message: async (event, fits = () => true) => {
      for (;;) {
        const known = messages.find((it) => it.event === event && fits(it));
        if (known) return known;
        await once(arrivals, 'message');
      }
    },
  };
}

function simulate(url: string, options: Partial<SimulatorOptions> = {}) {
  const simulator = startSimulator({ ...defaultOptions, url, token: 'the-token', devices: 1, rate: 0, ...options });
  onTestFinished(() => simulator.stop());
  return simulator;
}

const command = (socket: Socket, name: string, params?: object, commandId = `${name}-1`) =>
  socket.emit('player:command', { commandId, command: name, params });
const answerTo = (server: StandIn, commandId: string) =>
  server.message('player:command:response', ({ payload }) => payload.commandId === commandId);

describe('P1, P2 sign-in and registration', () => {
  it('generation 1: the token, a description in the query with its junk, long-polling first', async () => {
    const server = await standIn();
    simulate(server.url, { generation: '1' });
    const { socket, payload } = await server.message('player:register');
    expect(socket.handshake.auth).toEqual({ token: 'the-token' });
    expect(socket.handshake.query).toMatchObject({
      deviceId: 'sim-0001',
      deviceName: 'Lobby 1',
      deviceType: 'vlc',
      deviceGroup: 'lobby',
      appVersion: expect.any(String),
      deviceNetwork: '[object Object]',
    });
    expect(payload).toMatchObject({ deviceId: 'sim-0001', deviceNetwork: { eth0: { mac: expect.any(String) } } });
    expect(server.transports).toEqual(['polling']);
  });

  it('generation 2: its id and token in auth', async () => {
    const server = await standIn();
    simulate(server.url, { generation: '2' });
    const { socket, payload } = await server.message('player:register');
    expect(socket.handshake.auth).toEqual({ deviceId: 'sim-0001', authToken: 'the-token' });
    expect(socket.handshake.query).not.toHaveProperty('deviceId');
    expect(payload.deviceId).toBe('sim-0001');
  });

  it('a mixed fleet: a third each of both generations and of the library, the groups in turn, one registration each', async () => {
    const server = await standIn();
    const simulator = simulate(server.url, { devices: 6, generation: 'mixed', groups: ['a', 'b'] });
    await expect.poll(() => simulator.stats().connected).toBe(6);
    const registered = server.messages
      .filter(({ event }) => event === 'player:register')
      .sort((a, b) => a.payload.deviceId.localeCompare(b.payload.deviceId));
    expect(registered.map(({ payload }) => [payload.deviceId, payload.deviceGroup, payload.deviceName])).toEqual([
      ['sim-0001', 'a', 'A 1'],
      ['sim-0002', 'b', 'B 1'],
      ['sim-0003', 'a', 'A 2'],
      ['sim-0004', 'b', 'B 2'],
      ['sim-0005', 'a', 'A 3'],
      ['sim-0006', 'b', 'B 3'],
    ]);
    const kindOf = ({ handshake: { auth, query } }: Socket) =>
      'token' in auth ? '1' : query.transport === 'polling' ? '2' : 'library';
    expect(registered.map(({ socket }) => kindOf(socket))).toEqual(['1', '2', 'library', '2', 'library', '1']);
    expect(simulator.stats()).toMatchObject({ devices: 6, errors: 0, refused: 0 });
  });

  it('registers again after a lost connection, which it comes back from by itself', async () => {
    const server = await standIn();
    simulate(server.url);
    const { socket } = await server.message('player:register');
    socket.conn.close();
    const again = await server.message('player:register', (it) => it.socket !== socket);
    expect(again.payload.deviceId).toBe('sim-0001');
  });

  it('P9 a refusal is final: it is counted and not tried again', async () => {
    const server = await standIn(() => new Error('no such token'));
    const simulator = simulate(server.url);
    await expect.poll(() => simulator.stats()).toMatchObject({ refused: 1, errors: 1, lastError: 'no such token' });
  });

  it('no server: says so, and keeps trying', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    server.close();
    const simulator = simulate(`http://127.0.0.1:${port}`);
    await expect.poll(() => simulator.stats().errors, { timeout: 10_000 }).toBeGreaterThan(1);
    expect(simulator.stats()).toMatchObject({ connected: 0, refused: 0, lastError: 'xhr poll error' });
  });
});

describe('P3, P5 reports', () => {
  it('generation 2 reports only when asked, whatever the rate', async () => {
    const server = await standIn();
    const simulator = simulate(server.url, { devices: 2, rate: 200 });
    const one = await server.message('player:register', ({ payload }) => payload.deviceId === 'sim-0001');
    const two = await server.message('player:register', ({ payload }) => payload.deviceId === 'sim-0002');
    const states = (socket: Socket) =>
      server.messages.filter((it) => it.event === 'player:state' && it.socket === socket);
    await expect.poll(() => states(one.socket).length).toBeGreaterThan(10);
    expect(states(two.socket)).toEqual([]);
    two.socket.emit('player:request:state');
    const { payload } = await server.message('player:state', ({ socket }) => socket === two.socket);
    expect(payload.vlc.state).toBe('playing');
    expect(simulator.stats().reports).toBeGreaterThan(10);
  });

  it('generation 1 reports at the given rate, in turn', async () => {
    const server = await standIn();
    const simulator = simulate(server.url, { devices: 4, generation: '1', rate: 100 });
    await expect.poll(() => simulator.stats().connected).toBe(4);
    const from = server.messages.length;
    const began = performance.now();
    await expect.poll(() => server.messages.length - from).toBeGreaterThanOrEqual(80);
    const perSecond = ((server.messages.length - from) * 1000) / (performance.now() - began);
    expect(perSecond).toBeGreaterThan(60);
    expect(perSecond).toBeLessThan(140);
    // Each by a connection of its own, they may arrive in another order.
    const senders = server.messages.slice(from).map(({ socket }) => socket.id);
    const counts = [...new Set(senders)].map((id) => senders.filter((it) => it === id).length);
    expect(counts).toHaveLength(4);
    expect(Math.min(...counts)).toBeGreaterThan(15);
  });

  it('a state is about 2 kB with all its sections, of which a few values tick', async () => {
    const server = await standIn();
    simulate(server.url);
    const { socket } = await server.message('player:register');
    socket.emit('player:request:state');
    const { payload } = await server.message('player:state');
    expect(Object.keys(payload)).toEqual(
      expect.arrayContaining(['timestamp', 'system', 'storage', 'vlc', 'app', 'activePlaylist', 'defaultPlaylist']),
    );
    expect(payload.activePlaylist.items).toHaveLength(6);
    const size = JSON.stringify(payload).length;
    expect(size).toBeGreaterThan(1600);
    expect(size).toBeLessThan(2600);
  });

  it('P11 with a drift the timestamp is off, by no more than that', async () => {
    const server = await standIn();
    simulate(server.url, { devices: 4, drift: 3_600_000 });
    const { socket } = await server.message('player:register', ({ payload }) => payload.deviceId === 'sim-0004');
    socket.emit('player:request:state');
    const { payload } = await server.message('player:state');
    const off = Math.abs(Date.parse(payload.timestamp) - Date.now());
    expect(off).toBeGreaterThan(1000);
    expect(off).toBeLessThanOrEqual(3_605_000);
  });

  it('P10 a snapshot that is asked for comes within a state: a PNG in base64', async () => {
    const server = await standIn();
    simulate(server.url);
    const { socket } = await server.message('player:register');
    socket.emit('player:request:snapshot');
    const { payload } = await server.message('player:state');
    const picture = Buffer.from(payload.snapshot.data, 'base64');
    expect(picture.subarray(1, 4).toString()).toBe('PNG');
    expect(payload.snapshot.data.length).toBeGreaterThan(256);
  });
});

describe('P6 commands', () => {
  it.each(['1', '2'] as const)('generation %s carries them out and answers', async (generation) => {
    const server = await standIn();
    const simulator = simulate(server.url, { generation });
    const { socket } = await server.message('player:register');
    command(socket, 'vlc:pause');
    expect((await answerTo(server, 'vlc:pause-1')).payload).toEqual({
      commandId: 'vlc:pause-1',
      status: 'success',
      result: { state: 'paused', fullscreen: false },
    });
    command(socket, 'vlc:fullscreen');
    expect((await answerTo(server, 'vlc:fullscreen-1')).payload.result).toEqual({ state: 'paused', fullscreen: true });
    command(socket, 'vlc:play', { playlist: 'menu', item: 'Desserts' });
    await answerTo(server, 'vlc:play-1');
    socket.emit('player:request:state');
    const { payload } = await server.message('player:state');
    expect(payload).toMatchObject({
      vlc: { state: 'playing', fullscreen: true, item: 'Desserts', time: 0 },
      activePlaylist: { id: 'menu', index: 3 },
    });
    command(socket, 'vlc:stop');
    expect((await answerTo(server, 'vlc:stop-1')).payload.result.state).toBe('stopped');
    command(socket, 'vlc:snapshot');
    expect((await answerTo(server, 'vlc:snapshot-1')).payload.result).toMatchObject({ format: 'png' });
    expect(simulator.stats()).toMatchObject({ commands: 5, answered: 5 });
  });

  it('a toggle that comes twice is carried out twice: fielded players do not deduplicate', async () => {
    const server = await standIn();
    simulate(server.url);
    const { socket } = await server.message('player:register');
    command(socket, 'vlc:pause', {}, 'same');
    command(socket, 'vlc:pause', {}, 'same');
    command(socket, 'vlc:stop');
    await answerTo(server, 'vlc:stop-1');
    const answers = server.messages.filter(({ payload }) => payload.commandId === 'same');
    expect(answers.map(({ payload }) => payload.result.state)).toEqual(['paused', 'playing']);
  });

  it('C2 a toggle that comes twice to a library player is carried out once, and both times answered', async () => {
    const server = await standIn();
    const simulator = simulate(server.url, { generation: 'library' });
    const { socket } = await server.message('player:register');
    command(socket, 'vlc:pause', {}, 'same');
    command(socket, 'vlc:pause', {}, 'same');
    command(socket, 'vlc:explode');
    expect((await answerTo(server, 'vlc:explode-1')).payload.status).toBe('error');
    const answers = server.messages.filter(
      ({ event, payload }) => event === 'player:command:response' && payload.commandId === 'same',
    );
    expect(answers.map(({ payload }) => payload.result.state)).toEqual(['paused', 'paused']);
    expect(simulator.stats()).toMatchObject({ commands: 3, answered: 3 });
  });

  it('what it cannot do is answered with an error', async () => {
    const server = await standIn();
    simulate(server.url);
    const { socket } = await server.message('player:register');
    command(socket, 'vlc:play', { item: 'nothing of that name' });
    expect((await answerTo(server, 'vlc:play-1')).payload).toMatchObject({
      status: 'error',
      message: expect.any(String),
    });
    command(socket, 'vlc:explode');
    expect((await answerTo(server, 'vlc:explode-1')).payload.status).toBe('error');
  });
});

describe('behaviours', () => {
  async function pausedOnce(options: Partial<SimulatorOptions>) {
    const server = await standIn();
    const simulator = simulate(server.url, options);
    const { socket } = await server.message('player:register');
    command(socket, 'vlc:pause');
    socket.emit('player:request:state');
    const { payload } = await server.message('player:state');
    return { server, simulator, state: payload.vlc.state };
  }

  it('--silent 1: carried out, not answered', async () => {
    const { simulator, state } = await pausedOnce({ silent: 1 });
    expect(state).toBe('paused');
    expect(simulator.stats()).toMatchObject({ commands: 1, answered: 0 });
  });

  it('--ignore 1: neither carried out nor answered', async () => {
    const { simulator, state } = await pausedOnce({ ignore: 1 });
    expect(state).toBe('playing');
    expect(simulator.stats()).toMatchObject({ commands: 1, answered: 0 });
  });

  it('--slow: carried out at once, answered later', async () => {
    const began = performance.now();
    const { server, simulator, state } = await pausedOnce({ slow: 400 });
    expect(state).toBe('paused');
    expect(simulator.stats().answered).toBe(0);
    await answerTo(server, 'vlc:pause-1');
    expect(performance.now() - began).toBeGreaterThanOrEqual(400);
  });

  it('--drop 1: loses its connection, and comes back', async () => {
    const server = await standIn();
    simulate(server.url, { devices: 20, drop: 1 });
    const { socket } = await server.message('player:register');
    await server.message(
      'player:register',
      (it) => server.messages.filter(({ payload }) => payload.deviceId === it.payload.deviceId).length > 1,
    );
    expect(socket.id).toBeTruthy();
  });

  it('the same seed gives the same players and the same luck', async () => {
    const run = async (seed: number) => {
      const server = await standIn();
      simulate(server.url, { seed, silent: 0.5, generation: '1' });
      const { socket, payload } = await server.message('player:register');
      for (let i = 0; i < 40; i++) command(socket, 'vlc:fullscreen', {}, `c-${i}`);
      socket.emit('player:request:state');
      await server.message('player:state');
      const answered = server.messages.filter(({ event }) => event === 'player:command:response');
      return { payload, answered: answered.map((it) => it.payload.commandId) };
    };
    const [first, same, other] = [await run(7), await run(7), await run(8)];
    expect(first).toEqual(same);
    expect(first.answered.length).toBeGreaterThan(5);
    expect(first.answered.length).toBeLessThan(35);
    expect(first.answered).not.toEqual(other.answered);
  });
});

it('stop ends every connection and resolves when they are gone', async () => {
  const server = await standIn();
  const simulator = simulate(server.url, { devices: 5, rate: 50 });
  await expect.poll(() => simulator.stats().connected).toBe(5);
  const { socket } = await server.message('player:register');
  const left = once(socket, 'disconnect');
  await simulator.stop();
  await left;
  expect(simulator.stats().connected).toBe(0);
});
