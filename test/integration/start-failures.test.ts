import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { freshDatabase } from '../support/databases.ts';
import { startRedis } from '../support/redis.ts';
import { runServer, startServer } from '../support/server.ts';

async function dataDir(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'vigia-start-'));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

const locksIn = async (dir: string) => (await readdir(dir)).filter((it) => it.startsWith('lock-'));

const ENVIRONMENT = {
  PATH: process.env.PATH,
  HOST: '127.0.0.1',
  PORT: '0',
  ADMIN_TOKEN: 'test-admin-token',
  PLAYER_TOKEN: 'test-player-token',
};

interface Attempt {
  failing: number;
  error?: string;
  /** The number of steps tried. */
  started: number;
  /** The steps that run after it. */
  running: number[];
  locks: string[];
}

/** Each step fails in turn, in one process that only an open handle would keep alive. */
async function failEachStep(env: Record<string, string>): Promise<{ code: number; attempts: Attempt[] }> {
  const script = fileURLToPath(new URL('../support/failing-starts.mjs', import.meta.url));
  const child = spawn(process.execPath, [script], {
    env: { ...ENVIRONMENT, DATA_DIR: await dataDir(), ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  let stdout = '';
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
  });
  const [code] = await once(child, 'close');
  return {
    code,
    attempts: stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line)),
  };
}

function expectNothingLeft({ code, attempts }: { code: number; attempts: Attempt[] }): void {
  const [last, ...failed] = attempts.reverse() as [Attempt, ...Attempt[]];
  for (const { failing, error, started, running, locks } of failed)
    expect({ error, started, running, locks }).toEqual({
      error: `step ${failing} fails`,
      started: failing + 1,
      running: [],
      locks: [],
    });
  expect(last).toEqual({ failing: failed.length, started: failed.length, running: [], locks: [] });
  expect(code).toBe(0);
}

describe('R12 a failed start leaves nothing behind', () => {
  let dirWithoutRedis: string;
  let withoutRedis: ReturnType<typeof runServer>;
  const cleaners: (() => Promise<void>)[] = [];

  // It gives up after half a minute, in which the other tests run. Nothing listens on port 1.
  beforeAll(async () => {
    dirWithoutRedis = await mkdtemp(join(tmpdir(), 'vigia-start-'));
    cleaners.push(() => rm(dirWithoutRedis, { recursive: true, force: true }));
    const REDIS_URL = 'redis://:secret-of-redis@127.0.0.1:1';
    const env = { DATA_DIR: dirWithoutRedis, DATABASE_URL: await freshDatabase(), REDIS_URL };
    withoutRedis = runServer(env, [], (fn) => cleaners.unshift(fn));
  });
  afterAll(async () => {
    for (const clean of cleaners) await clean();
  });

  test('whichever step fails, the ones before it are stopped in reverse order, and nothing stays open; nor after a stop', async () => {
    const result = await failEachStep({});
    expectNothingLeft(result);
    expect(result.attempts.length).toBeGreaterThan(15);
  });

  test('also in a cluster', async () => {
    const redis = await startRedis();
    const result = await failEachStep({ REDIS_URL: redis.url, DATABASE_URL: await freshDatabase() });
    expectNothingLeft(result);
    expect(result.attempts.length).toBeGreaterThan(17);
  });

  test('a port in use: the started parts are stopped, and DATA_DIR is free', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    onTestFinished(() => void other.close());
    await once(other, 'listening');
    const { port } = other.address() as { port: number };
    const dir = await dataDir();
    const { code, stdout, stderr } = await runServer({ PORT: String(port), DATA_DIR: dir });
    expect(code).toBe(1);
    expect(stderr.trim()).toMatch(new RegExp(`^PORT=${port}\\b.* in use.*$`));
    expect(stdout).toBe('');
    expect(await locksIn(dir)).toEqual([]);
    // It recorded neither a start nor a stop.
    const server = await startServer({ DATA_DIR: dir });
    expect(server.logs.map(({ msg }) => msg)).not.toContain('the last stop was not clean');
    const { body } = await server.call('/audit');
    expect(body.records.map(({ kind }: { kind: string }) => kind)).toEqual(['server.started']);
  });

  test('a database file that is not a database', async () => {
    const dir = await dataDir();
    await writeFile(join(dir, 'vigia.db'), 'this is no database, and it is longer than one hundred bytes '.repeat(3));
    const { code, stdout, stderr } = await runServer({ DATA_DIR: dir });
    expect(code).toBe(1);
    expect(stderr.trim()).toMatch(/^The database \S+vigia\.db cannot be used: .*vigia restore/);
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(stdout).toBe('');
    expect(await locksIn(dir)).toEqual([]);
  });

  test('no Redis at the URL: one message without the password', async () => {
    const { code, stderr } = await withoutRedis;
    expect(code).toBe(1);
    expect(stderr.trim()).toMatch(/^REDIS_URL: no response from Redis at 127\.0\.0\.1:1 \(.*\)\.$/);
    expect(stderr).not.toContain('secret-of-redis');
    expect(await locksIn(dirWithoutRedis)).toEqual([]);
  });
});

test('K1 a NODE_ID in use is refused with exit code 1; that of a crashed instance is free within seconds', async () => {
  const env = {
    REDIS_URL: (await startRedis()).url,
    DATABASE_URL: await freshDatabase(),
    NODE_ID: 'n1',
  };
  const first = await startServer(env);
  expect(await runServer(env)).toMatchObject({
    code: 1,
    stderr: 'NODE_ID=n1 is in use: another instance of this cluster runs with it. Each needs its own.\n',
  });
  expect((await first.fetch('/readyz')).status).toBe(200);
  await first.stop('SIGKILL');
  const crashedAt = Date.now();
  const second = await startServer(env);
  expect(Date.now() - crashedAt).toBeLessThan(15_000);
  await second.stop();
  const stoppedAt = Date.now();
  await startServer(env);
  expect(Date.now() - stoppedAt, 'nobody waits for one that has left').toBeLessThan(15_000);
});
