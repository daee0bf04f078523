import type { RequestListener } from 'node:http';
import { createServer } from 'node:net';
import type { Server, Socket } from 'socket.io';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { type Admin, type ClientError, connectAdmin } from '../../src/client/admin.ts';
import { connectPlayer, type Player } from '../../src/client/player.ts';
import { ofProtocol, startOther } from '../support/fake-vigia.ts';
import { freePort } from '../support/free-port.ts';
import { PATIENCE_MS } from '../support/patience.ts';
import { sharedServer } from '../support/server.ts';

vi.setConfig({ testTimeout: 6 * PATIENCE_MS });
const within = { timeout: 3 * PATIENCE_MS, interval: 20 };
const server = sharedServer();

const clients: [string, (url: string, token?: string) => Admin | Player][] = [
  ['an admin', (url, token = server.it.adminToken) => connectAdmin({ url, token })],
  ['a player', (url, token = server.it.playerToken) => connectPlayer({ url, token, deviceId: 'why-1' })],
];

/** The first error, as all three ways tell it. */
async function whyOf(client: Admin | Player): Promise<ClientError> {
  onTestFinished(() => client.close());
  const told: ClientError[] = [];
  client.onError((error) => void told.push(error));
  await expect.poll(() => told.length, within).toBeGreaterThan(0);
  const [error] = told as [ClientError];
  expect(client.status.error).toMatchObject({ code: error.code, message: error.message });
  expect(client.status, 'the same object while nothing changed').toBe(client.status);
  expect(error.remedy).toMatch(/\.$/);
  expect(error.cause).toBeDefined();
  return error;
}

const rejects = (client: Admin | Player) =>
  expect(client.ready()).rejects.toMatchObject({ remedy: expect.any(String) });
const isEnded = (client: Admin | Player) => expect(client.status.link).toBe('ended');

describe.each(clients)('X1 %s says why it cannot connect', (_, connect) => {
  test('a wrong port: nothing answers; it waits for the server', async () => {
    const port = await freePort();
    const client = connect(`http://127.0.0.1:${port}`);
    const ready = client.ready().then(() => 'up');
    const error = await whyOf(client);
    expect(error).toMatchObject({ code: 'unavailable', message: expect.stringContaining('ECONNREFUSED') });
    expect(await Promise.race([ready, 'waits'])).toBe('waits');
    client.close();
    await ready.catch(() => {});
  });

  test('a path where there is none', async () => {
    const client = connect(`${server.it.url}/admin`);
    const rejected = rejects(client);
    const error = await whyOf(client);
    expect(error).toMatchObject({ code: 'not_vigia', remedy: `Use ${server.it.url}, without a path.` });
    await rejected;
    await rejects(client);
  });

  test.each([
    ['127.0.0.1:3001', 'has no scheme'],
    ['localhost:3001', 'has no scheme'],
    ['', 'no URL'],
    ['http://', 'is no URL'],
    ['ws://localhost:3001', 'WebSocket'],
    ['ftp://localhost', 'scheme ftp'],
  ])('the URL %j: it ends', async (url, message) => {
    const client = connect(url);
    const rejected = rejects(client);
    expect(await whyOf(client)).toMatchObject({ code: 'bad_url', message: expect.stringContaining(message) });
    await rejected;
    isEnded(client);
  });

  test('another web server', async () => {
    const other = await startOther((_request, response) => response.writeHead(200).end('<h1>Welcome</h1>'));
    const client = connect(other.url);
    const rejected = rejects(client);
    expect(await whyOf(client)).toMatchObject({ code: 'not_vigia' });
    await rejected;
  });

  test('another Socket.IO server', async () => {
    const other = await startOther(
      (_request, response) => response.writeHead(404).end(),
      (io) => void io.on('connection', () => {}),
    );
    const client = connect(other.url);
    const rejected = rejects(client);
    expect(await whyOf(client)).toMatchObject({ code: 'not_vigia', message: expect.stringContaining('Socket.IO') });
    await rejected;
  });

  test('a proxy without a server behind it: it waits', async () => {
    const proxy = await startOther((_request, response) => response.writeHead(502).end('Bad Gateway'));
    const error = await whyOf(connect(proxy.url));
    expect(error).toMatchObject({ code: 'unavailable', message: expect.stringContaining('HTTP 502') });
  });

  test('no TLS where the URL wants it', async () => {
    const error = await whyOf(connect(server.it.url.replace('http:', 'https:')));
    expect(error).toMatchObject({ code: 'unavailable', remedy: expect.stringContaining('http://127.0.0.1') });
  });

  test('X2 another version of the protocol: it ends, and says which one to update', async () => {
    const other = await startOther((_request, response) => response.writeHead(404).end(), ofProtocol(9));
    const client = connect(other.url);
    const error = await whyOf(client);
    expect(error).toMatchObject({ code: 'protocol_mismatch', remedy: 'Update this client.' });
    isEnded(client);
    await rejects(client);
  });

  test('the version after its own: it works', async () => {
    const other = await startOther((_request, response) => response.writeHead(404).end(), ofProtocol(2));
    const client = connect(other.url);
    onTestFinished(() => client.close());
    await client.ready();
  });

  test('a wrong token: it ends', async () => {
    const client = connect(server.it.url, 'a token of another server');
    expect(await whyOf(client)).toMatchObject({ code: 'unauthorized' });
    isEnded(client);
    await rejects(client);
  });
});

test('X1 a player that a busy server does not register waits; one whose registration is refused says why', async () => {
  const io = (listen: (socket: Socket) => void) => (it: Server) => void it.on('connection', listen);
  const isVigia: RequestListener = (_, response) => response.end(JSON.stringify({ server: 'vigia', protocol: 1 }));
  const busy = await startOther(
    isVigia,
    io(() => {}),
  );
  const refusing = await startOther(
    isVigia,
    io((socket) =>
      socket.on('player:register', () => {
        socket.emit('player:error', { code: 'invalid_payload', message: 'No.', event: 'player:register' });
      }),
    ),
  );
  const refused = connectPlayer({ url: refusing.url, token: 't', deviceId: 'd' });
  onTestFinished(() => refused.close());
  const told: ClientError[] = [];
  refused.onError((error) => void told.push(error));
  await expect.poll(() => refused.status.error, within).toMatchObject({ code: 'invalid_payload', message: 'No.' });
  const waiting = connectPlayer({ url: busy.url, token: 't', deviceId: 'd' });
  expect(await whyOf(waiting)).toMatchObject({ code: 'unavailable', remedy: expect.stringContaining('busy') });
  expect(waiting.status.link).toBe('connecting');
  // Longer than a registration may take has passed.
  expect(told.map(({ code }) => code)).toEqual(['invalid_payload']);
});

test('X1 an admin whose token expired is told when', async () => {
  const expiresAt = new Date(Date.now() + 5000).toISOString();
  const { status, body } = await server.it.call('/tokens', { name: 'short', role: 'viewer', expiresAt });
  expect(status, JSON.stringify(body)).toBe(201);
  await expect.poll(async () => (await server.it.fetch('/api/v1/me', { token: body.token })).status, within).toBe(401);
  const client = connectAdmin({ url: server.it.url, token: body.token });
  expect(await whyOf(client)).toMatchObject({ code: 'unauthorized', message: `The token expired at ${expiresAt}.` });
});

test('X1 an error that lasts is reported, and gone once the connection is up', async () => {
  const port = await freePort();
  const admin = connectAdmin({ url: `http://127.0.0.1:${port}`, token: server.it.adminToken });
  await whyOf(admin);
  const relay = createServer((from) => {
    void import('node:net').then(({ connect }) => {
      const to = connect(server.it.port, '127.0.0.1');
      for (const [a, b] of [
        [from, to],
        [to, from],
      ] as const)
        a.pipe(b).on('error', () => a.destroy());
    });
  });
  await new Promise<void>((resolve) => relay.listen(port, '127.0.0.1', resolve));
  onTestFinished(() => void relay.close());
  await admin.ready();
  expect(admin.status.error).toBeUndefined();
});

test('X1 what answers at /api/v1 says that it is vigia, and asks for no token', async () => {
  const response = await fetch(`${server.it.url}/api/v1`);
  expect(await response.json()).toEqual({ server: 'vigia', protocol: 1 });
});
