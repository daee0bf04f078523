import { once } from 'node:events';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { Agent, get } from 'node:http';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { io } from 'socket.io-client';
import { expect, it, onTestFinished } from 'vitest';
import { testCertificate } from '../support/certificate.ts';
import { admin, next, playerOfSecondGeneration, Replica, register, startScreen } from '../support/clients.ts';
import { native } from '../support/native.ts';
import { openPolling, openWebSocket } from '../support/raw.ts';
import { runServer, startServer } from '../support/server.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

/** Each connection prolongs a drain by 5 ms: this many make it last for 3 s. */
const MANY = 600;

it('P9 invalid configuration: one message that names each invalid variable and the reason, exit code 1, before any port opens', async () => {
  const { code, stdout, stderr } = await runServer({
    PORT: '99999',
    NODE_ID: 'Not Good',
    STATE_INTERVAL_MS: 'often',
    DEVICE_AUTH: 'none',
    LOG_LEVEL: 'loud',
    CORS_ORIGINS: 'nowhere',
    TRUSTED_PROXIES: '10.0.0.0/33',
    TLS_KEY_FILE: '/nonexistent/key.pem',
    ADMIN_TOKEN: 'a secret with spaces',
    DATABASE_URL: 'mysql://user:hidden@host/db',
  });
  expect(code).toBe(1);
  expect(stdout).toBe('');
  for (const name of [
    'PORT',
    'NODE_ID',
    'STATE_INTERVAL_MS',
    'DEVICE_AUTH',
    'LOG_LEVEL',
    'CORS_ORIGINS',
    'TRUSTED_PROXIES',
    'TLS_KEY_FILE',
    'TLS_CERT_FILE',
    'ADMIN_TOKEN',
    'DATABASE_URL',
  ]) {
    expect(stderr.match(new RegExp(`^ +${name}\\b.*: .+$`, 'gm')), name).toHaveLength(1);
  }
  expect(stderr).not.toMatch(/a secret|hidden|\n\s+at /);
});

it('P9 TLS files without a key and certificate are invalid configuration too', async () => {
  const directory = await temporaryDirectory();
  writeFileSync(join(directory, 'key.pem'), 'no key');
  writeFileSync(join(directory, 'cert.pem'), 'no certificate');
  const { code, stdout, stderr } = await runServer({
    TLS_KEY_FILE: join(directory, 'key.pem'),
    TLS_CERT_FILE: join(directory, 'cert.pem'),
  });
  expect(code).toBe(1);
  expect(stderr).toMatch(/TLS_KEY_FILE|TLS_CERT_FILE/);
  expect(stderr).not.toMatch(/\n\s+at /);
  expect(stdout).toBe('');
});

it('P9 R5 a port in use by another vigia, or by any other program, gives one message and exit code 1', async () => {
  const server = await startServer();
  const other = createServer().listen(0, '127.0.0.1');
  onTestFinished(() => void other.close());
  await once(other, 'listening');
  const { port } = other.address() as { port: number };
  for (const taken of [server.port, port]) {
    const { code, stderr } = await runServer({ PORT: String(taken) });
    expect(code).toBe(1);
    expect(stderr.trim()).toMatch(new RegExp(`^PORT=${taken}\\b.* in use.*$`));
  }
  expect((await server.fetch('/readyz')).status).toBe(200);
});

it('P9 of six that start on one port at the same moment, one serves and the others report the reason', async () => {
  const free = createServer().listen(0, '127.0.0.1');
  await once(free, 'listening');
  const { port } = free.address() as { port: number };
  await new Promise((resolve) => free.close(resolve));
  const refused: string[] = [];
  // The serving process does not end by itself.
  await new Promise<void>((resolve, reject) => {
    for (let i = 0; i < 6; i++) {
      runServer({ PORT: String(port) }).then(({ code, stderr }) => {
        if (code === 1) refused.push(stderr.trim());
        if (refused.length === 5) resolve();
      }, reject);
    }
  });
  for (const message of refused) expect(message).toMatch(new RegExp(`^PORT=${port}\\b.* in use.*$`));
  // The others may have detected it before it listens.
  const status = () =>
    fetch(`http://127.0.0.1:${port}/readyz`)
      .then((it) => it.status)
      .catch(() => 0);
  await expect.poll(status).toBe(200);
});

it.skipIf(!native)('P9 a port that another vigia has reserved but does not listen on yet is in use', async () => {
  const server = await startServer({ TRANSPORT: 'uws' });
  const { port } = server;
  // The lock that the server holds from before it listens until it ends; it is free again afterwards.
  const claim = createServer().listen(`\0vigia-127.0.0.1-${port}`);
  expect(await once(claim, 'error')).toMatchObject([{ code: 'EADDRINUSE' }]);
  await server.stop();
  claim.listen(`\0vigia-127.0.0.1-${port}`);
  onTestFinished(() => void claim.close());
  await once(claim, 'listening');
  const { code, stderr } = await runServer({ PORT: String(port), TRANSPORT: 'uws' });
  expect(code).toBe(1);
  expect(stderr.trim()).toMatch(new RegExp(`^PORT=${port}\\b.* in use.*$`));
});

it.each(['203.0.113.1', 'no-such-host.invalid'])(
  'P9 an address that does not exist here (%s) gives one message too',
  async (HOST) => {
    const { code, stderr } = await runServer({ HOST });
    expect(code).toBe(1);
    expect(stderr.trim()).toMatch(/^PORT=\d+ on HOST=\S+ cannot be opened here \(E\w+\)\. .*HOST.*\.$/);
  },
);

it('P9 R5 a DATA_DIR in use gives one message and exit code 1', async () => {
  const server = await startServer();
  const { code, stderr } = await runServer({ DATA_DIR: server.dataDir });
  expect(code).toBe(1);
  expect(stderr.trim()).toBe(
    `DATA_DIR ${server.dataDir} is in use by process ${server.pid}. Stop it first, or use another DATA_DIR.`,
  );
  expect((await server.fetch('/readyz')).status).toBe(200);
});

it('P9 I2 the first start generates tokens, stores them with mode 0600, logs where, and never prints them without a terminal', async () => {
  const server = await startServer({ ADMIN_TOKEN: '', PLAYER_TOKEN: '' });
  const file = join(server.dataDir, 'secrets.json');
  expect(statSync(file).mode & 0o777).toBe(0o600);
  const { adminToken, playerToken } = JSON.parse(readFileSync(file, 'utf8'));
  expect((await server.fetch('/api/v1/devices', { token: adminToken })).status).toBe(200);
  const isTold = ({ msg }: { msg: string }) => msg.startsWith('ADMIN_TOKEN and PLAYER_TOKEN generated');
  expect(await server.logged(isTold)).toMatchObject({ file });
  const player = playerOfSecondGeneration({ ...server, playerToken }, 'd');
  await register(player, 'd');
  await server.stop();
  const again = await server.restart();
  expect((await again.fetch('/api/v1/devices', { token: adminToken })).status).toBe(200);
  expect(server.stderr() + again.stderr()).toBe('');
  expect(again.logs.filter(isTold)).toEqual([]);
  expect(JSON.stringify([...server.logs, ...again.logs])).not.toMatch(new RegExp(`${adminToken}|${playerToken}`));
});

it('P9 I2 a start that then fails also logs where the generated tokens are', async () => {
  const server = await startServer();
  const dataDir = await temporaryDirectory();
  const env = { ADMIN_TOKEN: '', PLAYER_TOKEN: '', DATA_DIR: dataDir };
  const failed = await runServer({ ...env, PORT: String(server.port) });
  expect(failed.code).toBe(1);
  expect(failed.stdout).toContain(`ADMIN_TOKEN and PLAYER_TOKEN generated`);
  expect(failed.stdout).toContain(join(dataDir, 'secrets.json'));
});

it('P9 SIGTERM: exit 0 within DRAIN_MS with clients of every kind connected', async () => {
  const server = await startServer({ DRAIN_MS: '10000' });
  await startScreen(server, 'websocket');
  await startScreen(server, 'polling', { transports: ['polling'] });
  await startScreen(server, 'upgraded', { transports: ['polling', 'websocket'] });
  const socket = admin(server, { transports: ['polling'] });
  await next(socket, 'connect');
  await openPolling(server);
  await openWebSocket(server);
  const held = server.fetch('/api/v1/devices/websocket/commands?wait=true', {
    method: 'POST',
    body: JSON.stringify({ command: 'vlc:stop', timeoutMs: 60_000 }),
  });
  held.catch(() => {});
  const started = Date.now();
  expect(await server.stop()).toBe(0);
  expect(Date.now() - started).toBeLessThan(10_000);
  expect(server.stderr()).toBe('');
});

it('R1 a second signal exits at once, if it comes a second or more after the first', async () => {
  const server = await startServer({ DRAIN_MS: '60000' });
  await Promise.all(Array.from({ length: MANY }, () => openWebSocket(server)));
  const stopped = server.stop();
  await server.logged((line) => line.msg === 'draining');
  process.kill(server.pid, 'SIGTERM');
  await new Promise((resolve) => setTimeout(resolve, 1000));
  expect(server.ended()).toBeUndefined();
  const started = Date.now();
  process.kill(server.pid, 'SIGTERM');
  expect(await stopped).not.toBe(0);
  // The end of a drain, and its limit after a minute, would give exit code 0.
  expect(Date.now() - started).toBeLessThan(10_000);
});

it.each(['stops', 'is gone'] as const)(
  'P9 when the reader of its log %s it keeps serving, and a signal ends it in time',
  async (how) => {
    const server = await startServer({ LOG_LEVEL: 'debug', PLAYER_RATE: '100000', PLAYER_BURST: '100000' });
    const player = playerOfSecondGeneration(server, 'wordy');
    await register(player, 'wordy');
    server.unread(how);
    // Each of these is refused with a line of 100 kB, and pipes hold less than all of them.
    for (let i = 0; i < 30; i++) {
      const answer = await player.emitWithAck('player:state', { ['k'.repeat(100_000)]: { constructor: i } });
      expect(answer).toMatchObject({ ok: false, code: 'invalid_payload' });
    }
    expect((await server.fetch('/healthz')).status).toBe(200);
    expect(await server.stop()).toBe(0);
    expect(server.stderr()).toBe('');
  },
);

it('P9 Ctrl-C ends it and the reader of its log at the same time', async () => {
  const server = await startServer();
  await Promise.all(Array.from({ length: 50 }, (_, i) => startScreen(server, `screen-${i}`)));
  server.unread('is gone');
  expect(await server.stop('SIGINT')).toBe(0);
});

it('P9 while it drains /readyz is 503 and /healthz is 200', async () => {
  const server = await startServer({ DRAIN_MS: '20000' });
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  onTestFinished(() => agent.destroy());
  const ask = (path: string) =>
    new Promise<number | undefined>((resolve, reject) => {
      get(server.url + path, { agent }, (response) =>
        response.resume().on('end', () => resolve(response.statusCode)),
      ).on('error', reject);
    });
  expect(await ask('/readyz')).toBe(200);
  await Promise.all(Array.from({ length: MANY }, () => openWebSocket(server)));
  const stopped = server.stop();
  await server.logged((line) => line.msg === 'draining');
  expect(await ask('/readyz')).toBe(503);
  expect(await ask('/healthz')).toBe(200);
  expect(await stopped).toBe(0);
});

it('P9 R2 after SIGTERM and a new start 200 players reconnect without help', async () => {
  const server = await startServer({ STATE_INTERVAL_MS: '30000', OFFLINE_GRACE_MS: '20000', DRAIN_MS: '5000' });
  const ids = Array.from({ length: 200 }, (_, i) => `d${i}`);
  for (let i = 0; i < ids.length; i += 50) {
    await Promise.all(
      ids.slice(i, i + 50).map((id, n) =>
        startScreen(server, id, {
          transports: n % 5 === 0 ? ['polling'] : n % 2 === 0 ? ['websocket'] : ['polling', 'websocket'],
        }),
      ),
    );
  }
  const stopping = Date.now();
  expect(await server.stop()).toBe(0);
  const stoppedAfter = Date.now() - stopping;
  const restarting = Date.now();
  const again = await server.restart();
  const replica = new Replica(admin(again));
  await replica.subscribe();
  const online = () =>
    [...replica.documents.values()].filter(({ document }) => document.connection.status === 'online').length;
  await replica.until(() => online() === ids.length);
  const told = replica.messages.flatMap(({ updates }) => updates);
  expect(told.filter((update) => JSON.stringify(update).includes('"offline"'))).toEqual([]);
  expect(replica.gaps).toEqual([]);
  console.log(`200 players: stopped in ${stoppedAfter} ms, all back ${Date.now() - restarting} ms after the start`);
});

it('P9 metrics are Prometheus text; with METRICS_TOKEN they require it', async () => {
  const server = await startServer({ METRICS_TOKEN: 'test-metrics-token' });
  await startScreen(server, 'd');
  expect((await fetch(`${server.url}/metrics`)).status).toBe(401);
  expect((await server.fetch('/metrics')).status).toBe(401);
  const answer = await server.fetch('/metrics', { token: 'test-metrics-token' });
  expect(answer.headers.get('content-type')).toMatch(/^text\/plain/);
  const text = await answer.text();
  expect(text).toContain('vigia_devices{status="online"} 1\n');
  expect(text).not.toMatch(/test-(admin|player|metrics)-token/);
  for (const line of text.split('\n').filter(Boolean)) expect(line).toMatch(/^(#.*|[a-zA-Z_:][\w:]*(\{.*\})? \S+)$/);
});

it('P1 TLS: wss and https are served directly', async () => {
  const { key, cert } = testCertificate();
  const server = await startServer({ TLS_KEY_FILE: key, TLS_CERT_FILE: cert });
  const ca = readFileSync(cert, 'utf8');
  for (const transports of [['websocket'], ['polling']]) {
    const player = io(server.url, {
      forceNew: true,
      transports,
      ca,
      auth: { deviceId: 'd', authToken: server.playerToken },
    });
    onTestFinished(() => void player.disconnect());
    expect(await register(player, 'd')).toMatchObject({ deviceId: 'd' });
  }
  expect(await server.stop()).toBe(0);
});

it('P9 logs are JSON lines with a level, an ISO time, the node, a message, and no token', async () => {
  const server = await startServer({ LOG_LEVEL: 'trace', NODE_ID: 'node-1' });
  await startScreen(server, 'd');
  await server.call('/devices/d/commands?wait=true', { command: 'vlc:play' });
  await next(admin(server, { token: 'wrong-token' }), 'connect_error');
  await server.stop();
  expect(server.logs.length).toBeGreaterThan(4);
  for (const line of server.logs) {
    expect(line).toMatchObject({
      level: expect.stringMatching(/^[a-z]+$/),
      time: expect.stringMatching(/^\d{4}-.*Z$/),
      node: 'node-1',
      msg: expect.any(String),
    });
    expect(line.level).not.toBe('text');
  }
  expect(JSON.stringify(server.logs)).not.toMatch(/test-(admin|player)-token|wrong-token/);
});
