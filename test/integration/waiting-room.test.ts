import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ManagerOptions, Socket } from 'socket.io-client';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { DeviceDocument } from '../../src/protocol/document.ts';
import { next, playerOfFirstGeneration, playerOfSecondGeneration } from '../support/clients.ts';
import { freePort } from '../support/free-port.ts';
import { startBalancer } from '../support/haproxy.ts';
import { startServer, type TestServer } from '../support/server.ts';
import { waitingRooms } from '../support/waiting-room.ts';

/**
 * A fielded player tries 20 times (first generation) or 10 times (second), 5 s apart. In ten minutes without a server
 * they would try some 130 times; here they do so in seconds.
 */
const PACE = { reconnectionDelay: 20, reconnectionDelayMax: 20 };
const generations = {
  first: { connect: playerOfFirstGeneration, limit: 20 },
  second: { connect: playerOfSecondGeneration, limit: 10 },
};
type Generation = keyof typeof generations;
const each = Object.keys(generations) as Generation[];
const ATTEMPTS = 130;
const OPEN_PACKET = {
  sid: 'waiting-room',
  upgrades: [],
  pingInterval: 25_000,
  pingTimeout: 20_000,
  maxPayload: 5_000_000,
};

/** A player that registers whenever it connects, as fielded players do. The server need not run yet. */
function startPlayer(
  url: string,
  generation: Generation,
  options: Partial<ManagerOptions> = {},
  id = generation as string,
): Socket {
  const { connect, limit } = generations[generation];
  const server = { url, playerToken: 'test-player-token' } as TestServer;
  const player = connect(server, id, { ...PACE, reconnectionAttempts: limit, ...options });
  player.on('connect', () => player.emit('player:register', { deviceId: id }));
  return player;
}

/** Counts its attempts from now on, up to this number or until it gives up. */
function attemptsOf({ io }: Socket, enough = ATTEMPTS): Promise<{ attempts: number; gaveUp: boolean }> {
  let attempts = 0;
  return new Promise((resolve) => {
    io.on('reconnect_attempt', () => {
      if (++attempts === enough) resolve({ attempts, gaveUp: false });
    });
    io.on('reconnect_failed', () => resolve({ attempts, gaveUp: true }));
  });
}

describe.each(each)('R8 a player of the %s generation', (generation) => {
  it('gives up where nothing answers', async () => {
    const player = startPlayer(`http://127.0.0.1:${await freePort()}`, generation);
    expect(await attemptsOf(player)).toEqual({ attempts: generations[generation].limit, gaveUp: true });
  });

  it('with a handshake from the waiting room is refused by the server with 400, and reconnects at once', async () => {
    const server = await startServer();
    const statuses: (number | undefined)[] = [];
    // The server starts between the handshake and the next request.
    const front = createServer((req, res) => {
      if (statuses.length === 0) {
        statuses.push(200);
        return res.end(`0${JSON.stringify(OPEN_PACKET)}`);
      }
      const { url: path, method, headers } = req;
      // A new connection for each request: a reused one might just be closing.
      const passed = request({ port: server.port, path, method, headers, agent: false }, (answer) => {
        statuses.push(answer.statusCode);
        res.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(res);
      });
      req.pipe(passed);
      res.on('close', () => passed.destroy());
      passed.on('error', () => res.destroy());
    });
    await new Promise<void>((resolve) => front.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void front.close());
    const url = `http://127.0.0.1:${(front.address() as AddressInfo).port}`;
    const player = startPlayer(url, generation, { transports: ['polling'] });
    let attempts = 0;
    player.io.on('reconnect_attempt', () => {
      attempts++;
    });
    await next(player, 'player:registered');
    expect(statuses.slice(0, 2)).toEqual([200, 400]);
    // One; a server that is briefly overloaded may refuse it again (S9), which costs an attempt.
    expect(attempts).toBeLessThanOrEqual(3);
  });
});

describe.each(Object.entries(waitingRooms))('R8 the waiting room of %s', (_, startWaitingRoom) => {
  it('answers only the first poll: all other requests fail as without a server', async () => {
    const { url } = await startWaitingRoom(await freePort());
    const poll = `${url}/socket.io/?EIO=4&transport=polling`;
    const answer = await fetch(`${poll}&t=abc`);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toContain('text/plain');
    expect(await answer.text()).toBe(`0${JSON.stringify(OPEN_PACKET)}`);
    const statuses = await Promise.all(
      [
        fetch(`${poll}&sid=waiting-room`),
        fetch(poll, { method: 'POST', body: '40' }),
        fetch(`${url}/socket.io/?EIO=4&transport=websocket`),
        fetch(`${url}/api/v1/devices`),
      ].map(async (it) => (await it).status),
    );
    for (const status of statuses) expect([502, 503]).toContain(status);
  });

  it('keeps both generations waiting for ten minutes without a server, until they register when it starts', async () => {
    const serverPort = await freePort();
    const { url } = await startWaitingRoom(serverPort);
    const players = each.map((generation) => startPlayer(url, generation));
    for (const outcome of await Promise.all(players.map((player) => attemptsOf(player)))) {
      expect(outcome).toEqual({ attempts: ATTEMPTS, gaveUp: false });
    }
    const registered = players.map((player) => next(player, 'player:registered'));
    await startServer({ PORT: String(serverPort) });
    await Promise.all(registered);
  });

  it('does not help players that start with WebSocket', async () => {
    const { url } = await startWaitingRoom(await freePort());
    const player = startPlayer(url, 'second', { transports: ['websocket'] });
    expect(await attemptsOf(player)).toEqual({ attempts: 10, gaveUp: true });
  });

  it('keeps all players while the server drains and restarts, and lets all through while it runs', async () => {
    const serverPort = await freePort();
    const { url } = await startWaitingRoom(serverPort);
    const server = await startServer({ PORT: String(serverPort), TRUSTED_PROXIES: '127.0.0.1' });
    // The claimed address must not be used.
    const extraHeaders = { 'X-Forwarded-For': '203.0.113.7' };
    const players = each.map((generation) => startPlayer(url, generation, { extraHeaders }));
    await Promise.all(players.map(upgraded));
    const poller = startPlayer(url, 'second', { transports: ['polling'] }, 'poller');
    await next(poller, 'player:registered');
    players.push(poller);

    const outcomes = players.map((player) => attemptsOf(player, 50));
    expect(await server.stop('SIGTERM')).toBe(0);
    for (const { gaveUp } of await Promise.all(outcomes)) expect(gaveUp).toBe(false);
    const back = players.map((player) => next(player, 'player:registered'));
    await server.restart();
    await Promise.all(back);
    const { body } = await server.call('/devices?status=online');
    const places = body.devices.map(({ document: { id, connection } }: { document: DeviceDocument }) => [
      id,
      connection.address,
    ]);
    expect(Object.fromEntries(places)).toEqual({ first: '127.0.0.1', second: '127.0.0.1', poller: '127.0.0.1' });
  });
});

it('R8 a cluster without a live instance is a waiting room, too', async () => {
  const [n1, ...others] = await Promise.all([freePort(), freePort(), freePort()]);
  const { url } = await startBalancer(
    [n1, ...others].map((port) => ({ port }) as TestServer),
    () => true,
  );
  const firstPoll = () => fetch(`${url}/socket.io/?EIO=4&transport=polling`);
  // Its health checks take a moment.
  await expect.poll(async () => (await firstPoll()).text()).toBe(`0${JSON.stringify(OPEN_PACKET)}`);
  const players = each.map((generation) => startPlayer(url, generation));
  for (const { gaveUp } of await Promise.all(players.map((player) => attemptsOf(player)))) expect(gaveUp).toBe(false);
  const registered = players.map((player) => next(player, 'player:registered'));
  await startServer({ PORT: String(n1) });
  await Promise.all(registered);
});

/** Resolves once it is connected by WebSocket. */
async function upgraded(player: Socket): Promise<void> {
  if (!player.connected) await next(player, 'connect');
  const { engine } = player.io;
  if (engine.transport.name === 'websocket') return;
  await new Promise((resolve) => engine.once('upgrade', resolve));
}
