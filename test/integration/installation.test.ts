import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, copyFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { testCertificate } from '../support/certificate.ts';
import { admin, next, playerOfSecondGeneration, register } from '../support/clients.ts';
import { freshDatabase } from '../support/databases.ts';
import { PATIENCE_MS } from '../support/patience.ts';
import { startRedis } from '../support/redis.ts';
import { runServer, startServer, type TestServer } from '../support/server.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { startVigia } from '../support/vigia.ts';

const MAIN = fileURLToPath(new URL('../../dist/src/main.js', import.meta.url));
const { version } = JSON.parse(readFileSync(fileURLToPath(new URL('../../package.json', import.meta.url)), 'utf8'));

/** A file that the test may change. */
async function fileOf(content: string): Promise<{ path: string; write(content: string): void }> {
  const path = join(await temporaryDirectory(), 'file');
  const write = (text: string) => writeFileSync(path, text, { mode: 0o600 });
  write(content);
  return { path, write };
}

async function reload(server: TestServer): Promise<void> {
  const before = server.logs.length;
  process.kill(server.pid, 'SIGHUP');
  await server.logged((line) => server.logs.indexOf(line) >= before && /^(nothing was )?reloaded/.test(line.msg));
}

const statusWith = async (server: TestServer, token: string, path = '/api/v1/devices') =>
  (await server.fetch(path, { token })).status;

test('I2 on a terminal, the tokens of the first start are printed once', async () => {
  const dataDir = await temporaryDirectory();
  const env = { PATH: process.env.PATH ?? '', DATA_DIR: dataDir, PORT: '0', HOST: '127.0.0.1', ADMIN_TOKEN: '' };
  const printed = async () => {
    const child = spawn('script', ['-qefc', `exec '${process.execPath}' '${MAIN}'`, '/dev/null'], {
      env: { ...env, SHELL: '/bin/sh' },
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    let text = '';
    child.stdout.on('data', (chunk) => {
      text += chunk;
    });
    await expect.poll(() => text, { timeout: PATIENCE_MS }).toContain('listening');
    // Ctrl-C: a signal to `script` would not reach the server.
    child.stdin.write('\x03');
    await once(child, 'close');
    return text;
  };
  const [first, second] = [await printed(), await printed()];
  const { adminToken, playerToken } = JSON.parse(readFileSync(join(dataDir, 'secrets.json'), 'utf8'));
  for (const token of [adminToken, playerToken]) {
    expect(first.split(token)).toHaveLength(2);
    expect(second).not.toContain(token);
  }
});

test('I3 a variable that looks like one of ours is warned of, with the nearest name', async () => {
  const server = await startServer({ STATE_INTERVAL: '5000' });
  const line = await server.logged(({ variable }) => variable === 'STATE_INTERVAL');
  expect(line).toMatchObject({ level: 'warn', nearest: 'STATE_INTERVAL_MS' });
});

test('I4 vigia --version and check-config', async () => {
  expect(await startVigia({}, ['--version']).ran).toMatchObject({ code: 0, stdout: `${version}\n` });
  const { path } = await fileOf('# comment\nPORT=4000\nADMIN_TOKEN=a-token-that-is-long\n');
  const good = await startVigia({ HOTS: 'x' }, ['check-config', '--env-file', path]).ran;
  expect(good).toMatchObject({ code: 0, stdout: expect.stringMatching(/^PORT +"4000" +environment$/m) });
  expect(good.stderr).toBe('Warning: HOTS is not a variable of vigia and is ignored; did you mean HOST?\n');
  expect(good.stdout).toMatch(/ADMIN_TOKEN +\(not shown\)/);
  expect(good.stdout).toContain('The configuration is valid.\n');
  const bad = await startVigia({ PORT: 'x' }, ['check-config']).ran;
  expect(bad).toMatchObject({ code: 1, stdout: '', stderr: (await runServer({ PORT: 'x' })).stderr });
});

describe('I6 SIGHUP', () => {
  test('reads token files and the log level again, and keeps connections', async () => {
    const [adminFile, playerFile] = [await fileOf('first-admin-token\n'), await fileOf('first-player-token')];
    const [metricsFile, levelFile] = [await fileOf('first-metrics-token'), await fileOf('info')];
    const server = await startServer({
      ...{ ADMIN_TOKEN: '', ADMIN_TOKEN_FILE: adminFile.path, PLAYER_TOKEN: '', PLAYER_TOKEN_FILE: playerFile.path },
      ...{ METRICS_TOKEN_FILE: metricsFile.path, LOG_LEVEL_FILE: levelFile.path },
    });
    const screen = playerOfSecondGeneration({ ...server, playerToken: 'first-player-token' }, 'screen');
    await register(screen, 'screen');
    const first = admin({ ...server, adminToken: 'first-admin-token' });
    await next(first, 'connect');

    adminFile.write('second-admin-token');
    playerFile.write('second-player-token');
    metricsFile.write('second-metrics-token');
    levelFile.write('debug');
    const ended = next(first, 'disconnect');
    await reload(server);
    await ended;
    expect(await statusWith(server, 'first-admin-token')).toBe(401);
    expect(await statusWith(server, 'second-admin-token')).toBe(200);
    expect(await statusWith(server, 'first-metrics-token', '/metrics')).toBe(401);
    expect(await statusWith(server, 'second-metrics-token', '/metrics')).toBe(200);
    // Both are good: the first one has its grace period.
    for (const playerToken of ['first-player-token', 'second-player-token']) {
      const id = playerToken.split('-')[0] as string;
      await register(playerOfSecondGeneration({ ...server, playerToken }, id), id);
    }
    expect(screen.connected).toBe(true);
    await server.fetch('/socket.io/?EIO=4&transport=none');
    await server.logged(({ level }) => level === 'debug');

    adminFile.write('short');
    levelFile.write('info');
    await reload(server);
    expect(server.logs.at(-1)).toMatchObject({ level: 'error', msg: 'nothing was reloaded' });
    expect(JSON.stringify(server.logs.at(-1))).toContain('must have at least 16 characters');
    expect(await statusWith(server, 'second-admin-token')).toBe(200);
    expect(await server.stop()).toBe(0);
    expect(JSON.stringify(server.logs)).not.toMatch(/(first|second)-(admin|player|metrics)-token/);
  });

  test('reads the certificate again: new connections get it, and the others stay', async () => {
    const directory = await temporaryDirectory();
    const [key, cert] = [join(directory, 'key.pem'), join(directory, 'cert.pem')];
    const install = (name: 'own' | 'other') => {
      copyFileSync(testCertificate(name).key, key);
      copyFileSync(testCertificate(name).cert, cert);
    };
    install('own');
    const server = await startServer({ TLS_KEY_FILE: key, TLS_CERT_FILE: cert });
    const served = () =>
      new Promise<string>((resolve, reject) => {
        const socket = connect({ host: '127.0.0.1', port: server.port, rejectUnauthorized: false }, () => {
          resolve(socket.getPeerCertificate().fingerprint256);
          socket.destroy();
        }).once('error', reject);
      });
    const screen = playerOfSecondGeneration(server, 'screen', { ca: readFileSync(cert, 'utf8') });
    await register(screen, 'screen');
    const before = await served();
    install('other');
    expect(await served()).toBe(before);
    await reload(server);
    expect(await served()).not.toBe(before);
    // A key that does not belong to it: the server keeps what it has.
    copyFileSync(testCertificate('own').key, key);
    await reload(server);
    expect(server.logs.at(-1)).toMatchObject({ level: 'error' });
    expect(await served()).not.toBe(before);
    expect(screen.connected).toBe(true);
  });

  test('never ends the process: while it starts, and while it stops', async () => {
    const { child, ended } = await starting();
    child.kill('SIGHUP');
    await ended.listening;
    child.kill('SIGTERM');
    child.kill('SIGHUP');
    expect(await ended.code).toBe(0);
  });
});

/** A server that has only begun to start. */
async function starting() {
  const env = { PATH: process.env.PATH ?? '', DATA_DIR: await temporaryDirectory(), PORT: '0', HOST: '127.0.0.1' };
  // Its own log tells when the handler is there.
  const child = spawn(process.execPath, [MAIN], { env: { ...env, PORTS: 'x' }, stdio: ['ignore', 'pipe', 'ignore'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  const code = once(child, 'close').then(([it]) => it as number);
  let text = '';
  child.stdout.on('data', (chunk) => {
    text += chunk;
  });
  const listening = expect.poll(() => text, { timeout: PATIENCE_MS }).toContain('"listening"');
  await expect.poll(() => text, { timeout: PATIENCE_MS, interval: 5 }).toContain('PORTS');
  return { child, ended: { code, listening } };
}

test('I7 systemd is told of the start, of being alive every third of the watchdog’s time, and of the stop', async () => {
  const directory = await temporaryDirectory();
  const told = join(directory, 'told');
  const tool = join(directory, 'systemd-notify');
  writeFileSync(tool, `#!/bin/sh\necho "$1" >> '${told}'\n`);
  chmodSync(tool, 0o755);
  writeFileSync(told, '');
  const lines = () => readFileSync(told, 'utf8').trim().split('\n');
  const server = await startServer({
    PATH: `${directory}:${process.env.PATH}`,
    NOTIFY_SOCKET: join(directory, 'socket'),
    WATCHDOG_USEC: '300000',
  });
  await expect
    .poll(() => lines().filter((it) => it === 'WATCHDOG=1').length, { timeout: PATIENCE_MS })
    .toBeGreaterThan(2);
  expect(lines()).toContain('READY=1');
  await server.stop();
  await expect.poll(lines, { timeout: PATIENCE_MS }).toContain('STOPPING=1');
});

describe('I5 doctor', () => {
  const doctor = (env: Record<string, string>, ...args: string[]) => startVigia(env, ['doctor', '--json', ...args]).ran;
  const of = ({ lines }: Awaited<ReturnType<typeof doctor>>, check: string) =>
    lines().filter((it) => it.check === check) as { status: string; text: string; remedy?: string }[];

  test('a server that runs as it should', async () => {
    const server = await startServer();
    const env = { DATA_DIR: server.dataDir, PORT: String(server.port), HOST: '127.0.0.1' };
    const found = await doctor(env, '--url', server.url, '--token', server.adminToken);
    expect(found.lines().filter(({ status }) => status === 'fault')).toEqual([]);
    expect(found.code).toBe(0);
    expect(of(found, 'port')[0]?.text).toBe(`vigia listens on PORT=${server.port} and is ready.`);
    expect(of(found, 'database')[0]?.text).toContain('is up to date');
    expect(of(found, 'open files')[0]?.text).toContain(`process ${server.pid}`);
    for (const check of ['long-polling', 'websocket', 'client address', 'address', 'disk', 'node', 'data']) {
      expect(of(found, check)[0], check).toMatchObject({ status: 'ok' });
    }
    const inWords = await startVigia(env, ['doctor']).ran;
    expect(inWords.stdout).toMatch(/^ok +port +vigia listens on/m);
  });

  test('nothing runs, and much is wrong: each says what to do, and the exit code is 1', async () => {
    const dataDir = await temporaryDirectory();
    writeFileSync(join(dataDir, 'vigia.db'), '');
    const other = createServer((socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi')).listen(
      0,
      '127.0.0.1',
    );
    onTestFinished(() => void other.close());
    await once(other, 'listening');
    const { port } = other.address() as { port: number };
    const found = await doctor({ DATA_DIR: dataDir, PORT: String(port), HOST: '127.0.0.1', DATA_DIRS: 'x' });
    expect(found.code).toBe(1);
    expect(of(found, 'configuration')[0]).toMatchObject({ status: 'warning', remedy: 'Did you mean DATA_DIR?' });
    expect(of(found, 'database')[0]).toMatchObject({ status: 'fault', remedy: expect.stringContaining('restore') });
    expect(of(found, 'port')[0]).toMatchObject({ status: 'fault', text: expect.stringContaining('not vigia') });

    const stores = await doctor({
      ...{ DATA_DIR: dataDir, PORT: '0', ADMIN_TOKEN: 'a-token-that-is-long', PLAYER_TOKEN: 'player' },
      ...{ DATABASE_URL: 'postgres://me:secret@127.0.0.1:1/vigia', REDIS_URL: 'redis://:secret@127.0.0.1:1' },
    });
    for (const check of ['database', 'redis']) {
      expect(of(stores, check)[0], check).toMatchObject({
        status: 'fault',
        text: expect.stringMatching(/^Nothing listens/),
      });
    }
    expect(stores.stdout).not.toContain('secret');

    const faults = await doctor({ PORT: 'x', DATABASE_URL: 'mysql://x' });
    expect(of(faults, 'configuration').map(({ status }) => status)).toEqual(['fault', 'fault']);
    expect(faults.code).toBe(1);
  });

  test('PostgreSQL and Redis: new, in use, and with a wrong password or name', async () => {
    const [redis, DATABASE_URL] = [await startRedis(), await freshDatabase()];
    const tokens = { ADMIN_TOKEN: 'a-token-that-is-long', PLAYER_TOKEN: 'a-player-token' };
    const env = { ...tokens, DATA_DIR: await temporaryDirectory(), PORT: '0', DATABASE_URL, REDIS_URL: redis.url };
    const fresh = await doctor(env);
    expect(of(fresh, 'database')[0]).toMatchObject({
      status: 'ok',
      text: expect.stringMatching(/next start runs \d+/),
    });
    expect(of(fresh, 'redis')[0]).toMatchObject({ status: 'ok', text: expect.stringContaining('answers') });
    expect(of(fresh, 'clock').map(({ text }) => text)).toEqual([
      'It agrees with the clock of PostgreSQL.',
      'It agrees with the clock of Redis.',
      expect.anything(),
    ]);
    await (await startServer(env)).stop();
    expect(of(await doctor(env), 'database')[0]?.text).toContain('is up to date');

    const wrong = new URL(DATABASE_URL);
    wrong.pathname = '/nowhere';
    const redisWithPassword = redis.url.replace('redis://', 'redis://:not-the-password@');
    const refused = await doctor({ ...env, DATABASE_URL: wrong.href, REDIS_URL: redisWithPassword });
    expect(refused.code).toBe(1);
    expect(of(refused, 'database')[0]).toMatchObject({
      status: 'fault',
      text: expect.stringContaining('no database "nowhere"'),
    });
    expect(refused.stdout).not.toContain('not-the-password');
  });

  test('it changes nothing, and leaves nothing behind after a clean stop', async () => {
    const DATA_DIR = await temporaryDirectory();
    await (await startServer({ DATA_DIR })).stop();
    const before = readdirSync(DATA_DIR).sort();
    expect(of(await doctor({ DATA_DIR, PORT: '0' }), 'database')[0]).toMatchObject({ status: 'ok' });
    expect(readdirSync(DATA_DIR).sort()).toEqual(before);
  });
});
