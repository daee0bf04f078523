import { EventEmitter, once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Server, type Socket } from 'socket.io';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { read } from '../../machines/reading.ts';
import { defaultOptions, type SimulatorOptions } from '../../src/cli/simulator/options.ts';
import { startSimulator } from '../../src/cli/simulator/simulator.ts';

interface StandIn {
  url: string;
  /** Every message as `[socket, event, payload]`, in the order of arrival. */
  messages: Message[];
  transports: string[];
  /** Resolves with the first matching message, past or future. */
  message(event: string, fits?: (message: Message) => boolean): Promise<Message>;
}
interface Message {
  socket: Socket;
  event: string;
  // biome-ignore lint/suspicious/noExplicitAny: what came over the wire
  payload: any;
}

/** A bare Socket.IO server that registers every client by default. */
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
  it('first generation: the token, a description in the query with its junk, long-polling first', async () => {
    const server = await standIn();
    simulate(server.url, { generation: 'first' });
    const { socket, payload } = await server.message('player:register');
    expect(socket.handshake.auth).toEqual({ token: 'the-token' });
    expect(socket.handshake.query).toMatchObject({
      deviceId: 'sim-0001',
      deviceName: 'Lobby 1',
      deviceType: 'player',
      deviceGroup: 'lobby',
      appVersion: expect.any(String),
      deviceNetwork: '[object Object]',
    });
    expect(payload).toMatchObject({ deviceId: 'sim-0001', deviceNetwork: { eth0: { mac: expect.any(String) } } });
    expect(server.transports).toEqual(['polling']);
  });

  it('second generation: its id and token in auth', async () => {
    const server = await standIn();
    simulate(server.url, { generation: 'second' });
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
    const kindOf = ({ socket: { handshake }, payload }: (typeof registered)[number]) =>
      'token' in handshake.auth ? 'first' : payload.deviceType === 'player' ? 'second' : 'library';
    expect(registered.map(kindOf)).toEqual(['first', 'second', 'library', 'second', 'library', 'first']);
    expect(simulator.stats()).toMatchObject({ devices: 6, errors: 0, refused: 0 });
  });

  it('registers again after a lost connection, reconnecting by itself', async () => {
    const server = await standIn();
    simulate(server.url, { without: ['gives-up'] });
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

  it('no server: it reports that, and keeps trying', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    server.close();
    const simulator = simulate(`http://127.0.0.1:${port}`, { without: ['gives-up'] });
    await expect.poll(() => simulator.stats().errors).toBeGreaterThan(1);
    expect(simulator.stats()).toMatchObject({ connected: 0, refused: 0, gaveUp: 0, lastError: 'xhr poll error' });
  });

  it.each([
    ['first', 20],
    ['second', 10],
  ] as const)('gives-up: without a server, the %s generation stops after %i attempts', async (generation, attempts) => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    server.close();
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    onTestFinished(() => void vi.useRealTimers());
    const simulator = simulate(`http://127.0.0.1:${port}`, { generation });
    await expect
      .poll(() => {
        // The longest wait between two attempts.
        vi.advanceTimersByTime(7500);
        return simulator.stats().gaveUp;
      })
      .toBe(1);
    expect(simulator.stats()).toMatchObject({ errors: 1 + attempts, connected: 0, refused: 0 });
  });

  it.each(['first', 'second'] as const)(
    'stays-away: the %s generation does not return after a disconnect by the server',
    async (generation) => {
      const server = await standIn();
      const simulator = simulate(server.url, { generation, without: ['second-socket'] });
      const { socket } = await server.message('player:register');
      socket.disconnect();
      await expect.poll(() => simulator.stats()).toMatchObject({ connected: 0, refused: 1 });
    },
  );
});

describe('P3, P5 reports', () => {
  async function one(options: Partial<SimulatorOptions>) {
    const server = await standIn();
    const simulator = simulate(server.url, options);
    const { socket } = await server.message('player:register');
    let seen = 0;
    /** The next state, whatever its cause. */
    const next = async () => {
      const states = () => server.messages.filter(({ event }) => event === 'player:state');
      await expect.poll(() => states().length, { interval: 5 }).toBeGreaterThan(seen);
      return states()[seen++]?.payload;
    };
    const ask = () => {
      socket.emit('player:request:state');
      return next();
    };
    return { server, simulator, socket, next, ask };
  }

  it('the second generation reports only when asked, whatever the rate', async () => {
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
    expect(payload.vlc.playing).toBe(true);
    expect(simulator.stats().reports).toBeGreaterThan(10);
  });

  it('the first generation reports at the given rate, in turn', async () => {
    const server = await standIn();
    const simulator = simulate(server.url, { devices: 4, generation: 'first', rate: 100, without: ['other-events'] });
    await expect.poll(() => simulator.stats().connected).toBe(4);
    const from = server.messages.length;
    const began = performance.now();
    await expect.poll(() => server.messages.length - from).toBeGreaterThanOrEqual(80);
    const perSecond = ((server.messages.length - from) * 1000) / (performance.now() - began);
    expect(perSecond).toBeGreaterThan(60);
    expect(perSecond).toBeLessThan(140);
    // Each uses a connection of its own, so they may arrive in another order.
    const senders = server.messages.slice(from).map(({ socket }) => socket.id);
    const counts = [...new Set(senders)].map((id) => senders.filter((it) => it === id).length);
    expect(counts).toHaveLength(4);
    expect(Math.min(...counts)).toBeGreaterThan(15);
  });

  it('without a rate, each reports once in the interval of its monitor', async () => {
    const { next } = await one({ generation: 'first', rate: undefined, measureEveryMs: 200, without: ['empty-push'] });
    const [before, after] = [await next(), await next()];
    const gap = Date.parse(after.timestamp) - Date.parse(before.timestamp);
    expect(gap).toBeGreaterThan(150);
    expect(gap).toBeLessThan(1000);
  });

  it('placeholder: the first generation answers a request with a constant, whatever plays', async () => {
    const { ask } = await one({ generation: 'first' });
    expect(await ask()).toEqual({
      playing: false,
      currentMedia: {},
      volume: 100,
      timestamp: expect.any(String),
      deviceId: 'sim-0001',
    });
  });

  it('empty-push: the first push of the first generation is {}, the next ones are whole', async () => {
    const { next } = await one({ generation: 'first', rate: 20 });
    expect(await next()).toEqual({});
    expect(Object.keys(await next())).toEqual(expect.arrayContaining(['system', 'storage', 'vlc', 'app']));
  });

  it('cache: the second generation sends one measurement repeatedly, each time with a new timestamp', async () => {
    const { ask } = await one({ generation: 'second' });
    const [before, after] = [await ask(), await ask()];
    const { timestamp, ...measured } = after;
    expect(before).toEqual({ ...measured, timestamp: expect.any(String) });
    expect(Date.parse(timestamp)).toBeGreaterThan(Date.parse(before.timestamp));
  });

  it('cache: the monitor of the second generation refreshes it', async () => {
    const { ask } = await one({ generation: 'second', measureEveryMs: 100 });
    const { system } = await ask();
    await expect.poll(async () => (await ask()).system.timestamp, { interval: 50 }).not.toBe(system.timestamp);
  });

  it('dead-cache: of the second generation, one in six never refreshes it', async () => {
    const server = await standIn();
    simulate(server.url, { generation: 'second', devices: 24, measureEveryMs: 50 });
    const states = (socket: Socket) =>
      server.messages.filter((it) => it.event === 'player:state' && it.socket === socket).map(({ payload }) => payload);
    const sockets = () => server.messages.filter(({ event }) => event === 'player:register').map((it) => it.socket);
    await expect.poll(() => sockets().length).toBe(24);
    const measurements = (socket: Socket) => new Set(states(socket).map(({ system }) => system.timestamp)).size;
    await expect
      .poll(() => {
        for (const socket of sockets()) socket.emit('player:request:state');
        return sockets().filter((it) => measurements(it) > 3).length;
      })
      .toBe(20);
    const dead = sockets().filter((it) => measurements(it) === 1);
    expect(dead).toHaveLength(4);
    for (const socket of dead) expect(states(socket)[0].system).toHaveProperty('timezone');
  });

  it('second-socket: some of the second generation report changes on another socket, registered or not', async () => {
    const server = await standIn();
    simulate(server.url, { generation: 'second', devices: 8 });
    const { socket, payload } = await server.message('state:update');
    expect(payload).toMatchObject({ deviceId: expect.stringMatching(/^sim-/), changes: { vlc: { playing: true } } });
    const { socket: registered } = await server.message(
      'player:register',
      (it) => it.payload.deviceId === payload.deviceId,
    );
    expect(socket).not.toBe(registered);
    expect(socket.handshake.auth).toEqual(registered.handshake.auth);
  });

  it('P12 other-events: the first generation emits system:status, too', async () => {
    const server = await standIn();
    // Each starts at another moment of its 30 s.
    simulate(server.url, { generation: 'first', devices: 200, rate: 0 });
    const { payload } = await server.message('system:status');
    expect(payload).toMatchObject({ system: { cpus: 4 }, storage: { totalSpace: expect.any(Number) } });
  });

  it("the library's dialect: about 2 kB with all its sections, of which a few values tick", async () => {
    const { ask } = await one({ generation: 'library' });
    const payload = await ask();
    expect(Object.keys(payload)).toEqual(
      expect.arrayContaining(['timestamp', 'system', 'storage', 'vlc', 'app', 'activePlaylist', 'defaultPlaylist']),
    );
    expect(read(payload)).toMatchObject({ status: 'playing', item: expect.any(String), playlist: expect.any(String) });
    const size = JSON.stringify(payload).length;
    expect(size).toBeGreaterThan(1200);
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

  it('P10 without kept-pictures: a requested snapshot arrives within a state, a PNG in base64', async () => {
    const { socket, next } = await one({ without: ['kept-pictures'] });
    socket.emit('player:request:snapshot');
    const { snapshot } = await next();
    const picture = Buffer.from(snapshot.data, 'base64');
    expect(picture.subarray(1, 4).toString()).toBe('PNG');
    expect(snapshot.data.length).toBeGreaterThan(256);
  });

  it('P10 kept-pictures: a requested snapshot brings nothing', async () => {
    const { socket, ask } = await one({ generation: 'second' });
    socket.emit('player:request:snapshot');
    const { vlc } = await ask();
    expect(vlc).toBeDefined();
  });
});

describe('P6 commands', () => {
  const quick = ['busy-vlc', 'cache', 'placeholder'] as const;

  it.each(['first', 'second'] as const)('the %s generation carries them out and answers', async (generation) => {
    const server = await standIn();
    const simulator = simulate(server.url, { generation, without: quick });
    const { socket } = await server.message('player:register');
    const answered = async (name: string) => {
      command(socket, name);
      return (await answerTo(server, `${name}-1`)).payload;
    };
    const asked = async () => {
      const from = server.messages.length;
      socket.emit('player:request:state');
      const isNew = (it: Message) => server.messages.indexOf(it) >= from && it.socket === socket;
      return (await server.message('player:state', isNew)).payload.vlc;
    };
    expect(await answered('vlc:pause')).toEqual({
      commandId: 'vlc:pause-1',
      status: 'success',
      result: { success: true, message: expect.stringContaining('pl_pause') },
    });
    expect(await asked()).toMatchObject({ connected: true, playing: false, paused: true, stopped: false });
    expect((await answered('vlc:fullscreen')).result.success).toBe(true);
    expect(await asked()).toMatchObject({ paused: true, fullscreen: true });
    await answered('vlc:play');
    expect(await asked()).toMatchObject({ playing: true, paused: false });
    await answered('vlc:stop');
    expect(await asked()).toMatchObject({ playing: false, stopped: true, position: 0, time: 0, length: 0 });
    expect((await answered('vlc:snapshot')).result).toEqual({
      fileName: 'snapshot.jpg',
      snapshot: { url: 'public/snapshots/snapshot.jpg', createdAt: expect.any(String) },
    });
    expect(simulator.stats()).toMatchObject({ commands: 5, answered: 5 });
  });

  it('a toggle that arrives twice is carried out twice: fielded players do not deduplicate', async () => {
    const server = await standIn();
    simulate(server.url, { without: quick });
    const { socket } = await server.message('player:register');
    command(socket, 'vlc:pause', {}, 'same');
    command(socket, 'vlc:pause', {}, 'same');
    command(socket, 'vlc:fullscreen');
    await answerTo(server, 'vlc:fullscreen-1');
    expect(server.messages.filter(({ payload }) => payload.commandId === 'same')).toHaveLength(2);
    socket.emit('player:request:state');
    const { payload } = await server.message('player:state');
    expect(payload.vlc).toMatchObject({ playing: true, fullscreen: true });
  });

  it('C2 a toggle that arrives twice at a library player is carried out once, and answered both times', async () => {
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

  it('a command that it does not support is answered with an error', async () => {
    const server = await standIn();
    simulate(server.url, { without: quick });
    const { socket } = await server.message('player:register');
    command(socket, 'vlc:explode');
    expect((await answerTo(server, 'vlc:explode-1')).payload).toMatchObject({
      status: 'error',
      message: expect.any(String),
    });
  });

  it('busy-vlc: now and then VLC takes 7 s, and later commands wait', async () => {
    const server = await standIn();
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] });
    onTestFinished(() => void vi.useRealTimers());
    const simulator = simulate(server.url, { generation: 'second' });
    vi.advanceTimersByTime(20);
    const { socket } = await server.message('player:register');
    for (let i = 0; i < 40; i++) command(socket, 'vlc:fullscreen', {}, `c-${i}`);
    await expect.poll(() => simulator.stats().commands).toBe(40);
    // Enough time for all of them if VLC were not busy.
    vi.advanceTimersByTime(40 * 60 + 100);
    expect(simulator.stats().answered).toBeLessThan(40);
    vi.advanceTimersByTime(60_000);
    await answerTo(server, 'c-39');
    const answers = server.messages.filter(({ event }) => event === 'player:command:response');
    expect(answers.map(({ payload }) => payload.commandId)).toEqual(Array.from({ length: 40 }, (_, i) => `c-${i}`));
  });

  it('an unreachable VLC is an error with a reason, and shown in the state', async () => {
    const server = await standIn();
    const part = { deviceId: 'one', name: 'One', group: 'g', hostName: 'one' };
    simulate(server.url, { cast: [{ ...part, generation: 'second', trouble: 'no-vlc' }], without: quick });
    const { socket } = await server.message('player:register');
    command(socket, 'vlc:play');
    expect((await answerTo(server, 'vlc:play-1')).payload).toMatchObject({
      status: 'error',
      message: expect.stringContaining('ECONNREFUSED'),
    });
    socket.emit('player:request:state');
    const { payload } = await server.message('player:state');
    expect(read(payload)).toMatchObject({ status: 'unavailable', item: null });
  });
});

describe('behaviours', () => {
  async function pausedOnce(options: Partial<SimulatorOptions>) {
    const server = await standIn();
    const simulator = simulate(server.url, { without: ['placeholder', 'busy-vlc'], ...options });
    const { socket } = await server.message('player:register');
    const ask = async () => {
      const from = server.messages.length;
      socket.emit('player:request:state');
      const { payload } = await server.message('player:state', (it) => server.messages.indexOf(it) >= from);
      return read(payload).status;
    };
    command(socket, 'vlc:pause');
    return { server, simulator, ask };
  }

  it('--silent 1: carried out, not answered', async () => {
    const { simulator, ask } = await pausedOnce({ silent: 1 });
    await expect.poll(ask).toBe('paused');
    expect(simulator.stats()).toMatchObject({ commands: 1, answered: 0 });
  });

  it('--ignore 1: neither carried out nor answered', async () => {
    const { simulator, ask } = await pausedOnce({ ignore: 1 });
    await expect.poll(() => simulator.stats().commands).toBe(1);
    expect(await ask()).toBe('playing');
    expect(simulator.stats().answered).toBe(0);
  });

  it('--slow: carried out at once, answered later', async () => {
    const began = performance.now();
    const { server, simulator, ask } = await pausedOnce({ slow: 1000 });
    await expect.poll(ask, { interval: 20 }).toBe('paused');
    expect(simulator.stats().answered).toBe(0);
    await answerTo(server, 'vlc:pause-1');
    expect(performance.now() - began).toBeGreaterThanOrEqual(1000);
  });

  it('--drop 1: loses its connection, and returns', async () => {
    const server = await standIn();
    simulate(server.url, { devices: 20, drop: 1, without: ['gives-up'] });
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
      simulate(server.url, { seed, silent: 0.5, generation: 'first', rate: 20, without: ['busy-vlc'] });
      const { socket, payload } = await server.message('player:register');
      for (let i = 0; i < 40; i++) command(socket, 'vlc:fullscreen', {}, `c-${i}`);
      // In order: once the stop has run, all earlier commands are done.
      command(socket, 'vlc:stop');
      const isStopped = ({ payload }: Message) => read(payload).status === 'stopped';
      await server.message('player:state', isStopped);
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

it('stop ends every connection and resolves when they are closed', async () => {
  const server = await standIn();
  const simulator = simulate(server.url, { devices: 5, rate: 50 });
  await expect.poll(() => simulator.stats().connected).toBe(5);
  const { socket } = await server.message('player:register');
  const left = once(socket, 'disconnect');
  await simulator.stop();
  await left;
  expect(simulator.stats().connected).toBe(0);
});
