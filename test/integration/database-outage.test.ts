import { execFileSync, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { openDatabase } from '../../src/adapters/database/database.ts';
import { createLogger } from '../../src/log.ts';
import { Replica, startScreen } from '../support/clients.ts';
import { ownPostgres } from '../support/databases.ts';
import { figureOf } from '../support/metrics.ts';
import { operator, run } from '../support/operator.ts';
import { PATIENCE_MS } from '../support/patience.ts';
import { POSTGRES_PASSWORD } from '../support/postgres.ts';
import { runServer, startServer, type TestServer } from '../support/server.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

interface Outage {
  env(): Promise<Record<string, string>>;
  begin(server: TestServer): Promise<void>;
  end(server: TestServer): Promise<void>;
}

const DATABASE_URL = async () => ({ DATABASE_URL: await (await ownPostgres()).createDatabase() });
/** The maximum file size of that process: writes beyond it fail, as on a full disk. */
const limitFiles = (server: TestServer, bytes: string) =>
  void execFileSync('prlimit', ['--pid', String(server.pid), `--fsize=${bytes}:unlimited`]);

const outages: [string, Outage][] = [
  [
    'PostgreSQL stopped and started again',
    {
      env: DATABASE_URL,
      begin: async () => (await ownPostgres()).stop(),
      end: async () => (await ownPostgres()).start(),
    },
  ],
  [
    'PostgreSQL hangs for a while',
    {
      env: DATABASE_URL,
      begin: async () => (await ownPostgres()).pause(),
      end: async () => (await ownPostgres()).resume(),
    },
  ],
  [
    'SQLite on a full disk',
    {
      env: async () => ({}),
      begin: async (server) => limitFiles(server, '1'),
      end: async (server) => limitFiles(server, 'unlimited'),
    },
  ],
];

/** Polls until the condition holds: nothing visible from outside marks the moment. */
async function eventually(what: string, isSo: () => Promise<boolean>, withinMs = PATIENCE_MS): Promise<void> {
  for (const until = Date.now() + withinMs; !(await isSo()); await delay(50)) {
    if (Date.now() > until) throw new Error(`not within ${withinMs} ms: ${what}`);
  }
}

const backlogOf = (server: TestServer) => figureOf(server, 'vigia_store_backlog{of="records"}');

describe.each(outages)('R7 %s', (_, { env, begin, end }) => {
  test('reports, patches, commands and edits continue; once the database is back all of it is stored', async () => {
    const server = await startServer({ ...(await env()), OFFLINE_GRACE_MS: '5000', COMMAND_TIMEOUT_MS: '5000' });
    const screen = await startScreen(server, 'd');
    const socket = await operator(server);
    const replica = new Replica(socket);
    await replica.subscribe();
    const play = { deviceId: 'd', command: 'vlc:play' };
    expect((await run(socket, play)).status).toBe('success');

    await begin(server);
    const endings = [await run(socket, play)];
    await eventually('the instance says so', async () => {
      const answer = await server.fetch('/readyz');
      return answer.status === 503 && (await answer.text()).includes('the database');
    });

    for (let n = 0; n < 50; n++) await screen.socket.emitWithAck('player:state', { n });
    await replica.device('d', ({ state }) => state.n === 49);
    const took: number[] = [];
    for (let i = 0; i < 5; i++) {
      const startedAt = performance.now();
      endings.push(await run(socket, play));
      took.push(performance.now() - startedAt);
    }
    // Each command is recorded three times, and no longer waits for any of them: together that would take 750 ms.
    expect(Math.min(...took)).toBeLessThan(500);
    expect(endings.map(({ status }) => status)).toEqual(Array(6).fill('success'));
    const patch = { method: 'PATCH', body: JSON.stringify({ name: 'renamed meanwhile' }) };
    expect((await server.call('/devices/d', undefined, patch)).status).toBe(200);
    await startScreen(server, 'new');
    // What is reported once must be stored.
    expect(await server.call('/tokens', { name: 'wall', role: 'viewer' })).toMatchObject({
      status: 503,
      body: { code: 'unavailable' },
    });
    expect(await backlogOf(server)).toBeGreaterThan(0);

    await end(server);
    await eventually('it is ready again', async () => (await server.fetch('/readyz')).status === 200);
    await eventually('nothing waits', async () => (await backlogOf(server)) === 0);
    const told = replica.documents.get('d')?.version ?? 0;
    expect(server.logs.map((line) => JSON.stringify(line)).join()).not.toContain(POSTGRES_PASSWORD);
    await server.stop('SIGKILL');

    const again = await server.restart();
    const { version, document } = (await again.call('/devices/d')).body;
    expect(version).toBeGreaterThanOrEqual(told);
    expect(document.name).toBe('renamed meanwhile');
    expect((await again.call('/devices/new')).status).toBe(200);
    for (const { commandId } of endings) {
      expect((await again.call(`/commands/${commandId}`)).body.status).toBe('success');
    }
    expect((await again.call('/tokens')).body.tokens).toEqual([]);
  });
});

/** Kills the process after the nth step on a database's file, in any of its threads. */
const killedAtStep = (n: number): string => {
  const code = `import fs from 'node:fs'; import { syncBuiltinESMExports } from 'node:module';
    let left = ${n};
    for (const name of ['openSync', 'chmodSync', 'linkSync', 'renameSync']) {
      const original = fs[name];
      fs[name] = (...given) => {
        const done = original(...given);
        if (String(given[0]).includes('vigia.db') && --left === 0) process.kill(process.pid, 'SIGKILL');
        return done;
      };
    }
    syncBuiltinESMExports();`;
  return `--import=data:text/javascript,${encodeURIComponent(code)}`;
};

describe('R6 startup', () => {
  test('waits for a PostgreSQL server that is not there yet', async () => {
    const url = await (await ownPostgres()).createDatabase();
    const postgres = await ownPostgres();
    await postgres.stop();
    // A connection that comes too early is refused; then the real server takes the port.
    const nobody = createServer((socket) => socket.destroy()).listen(postgres.port, '127.0.0.1');
    const refused = once(nobody, 'connection');
    const starting = startServer({ DATABASE_URL: url });
    await refused;
    await new Promise((resolve) => nobody.close(resolve));
    await postgres.start();
    const server = await starting;
    expect(server.logs.map(({ msg }) => msg).join('\n')).toMatch(/The database 127\.0\.0\.1:\d+\/t_\w+ cannot be used/);
    expect(JSON.stringify(server.logs)).not.toContain(POSTGRES_PASSWORD);
  });

  test('gives up after a while with one message, without the password', async () => {
    const databaseUrl = `postgres://vigia:${POSTGRES_PASSWORD}@127.0.0.1:1/nowhere`;
    const log = createLogger({ logLevel: 'silent', nodeId: 'test' });
    const error = await openDatabase({ dataDir: await temporaryDirectory(), databaseUrl, log, patienceMs: 300 }).catch(
      (it) => it,
    );
    expect(error).toMatchObject({ name: 'DatabaseError', message: expect.stringContaining('127.0.0.1:1/nowhere') });
    expect(error.message).not.toContain(POSTGRES_PASSWORD);
  });

  test('a rejected sign-in gives one message at once, without the password, and exit code 1', async () => {
    const url = new URL(await (await ownPostgres()).createDatabase());
    url.password = 'wrong-secret';
    const { code, stderr } = await runServer({ DATABASE_URL: url.href });
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^The database 127\.0\.0\.1:\d+\/t_\w+ cannot be used: password authentication failed .*\n$/,
    );
    expect(stderr).not.toContain('wrong-secret');
  });

  test('a file that is no database gives one message and exit code 1, and stays unchanged', async () => {
    const DATA_DIR = await temporaryDirectory();
    const letter = 'a letter to my aunt '.repeat(200);
    await writeFile(join(DATA_DIR, 'vigia.db'), letter);
    const { code, stderr } = await runServer({ DATA_DIR });
    expect(code).toBe(1);
    expect(stderr).toMatch(/^The database .*vigia\.db cannot be used: file is not a database .*vigia restore .*\n$/);
    expect(await readFile(join(DATA_DIR, 'vigia.db'), 'utf8')).toBe(letter);
  });

  test('an empty file is not treated as a new fleet: one message with a remedy, and exit code 1', async () => {
    const DATA_DIR = await temporaryDirectory();
    await writeFile(join(DATA_DIR, 'vigia.db'), '');
    const { code, stderr } = await runServer({ DATA_DIR });
    expect(code).toBe(1);
    expect(stderr).toMatch(/^The database .*vigia\.db is empty.*vigia restore .*\n$/);
  });

  test('a first start that is killed while it creates the database leaves no empty file, so the next one serves', async () => {
    const open = join(import.meta.dirname, '../../dist/src/adapters/database/database.js');
    const log = '{ info() {}, warn() {}, error() {} }';
    const program = `const { openDatabase } = await import('${open}');
      await (await openDatabase({ dataDir: process.env.DATA_DIR, log: ${log} })).close();`;
    const run = (dataDir: string, nodeOptions: string) => {
      const env = { ...process.env, DATA_DIR: dataDir, NODE_OPTIONS: nodeOptions };
      const { signal, status, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
        env,
        encoding: 'utf8',
      });
      return { signal, status, stderr };
    };
    const ended = { signal: null, status: 0, stderr: '' };
    let killed = 0;
    // At each step that names the file, until there is none left.
    for (;;) {
      const dataDir = await temporaryDirectory();
      const { signal } = run(dataDir, killedAtStep(killed + 1));
      expect(run(dataDir, ''), `killed at step ${killed + 1}`).toEqual(ended);
      if (signal === null) break;
      killed++;
    }
    expect(killed).toBeGreaterThan(2);
  });

  test('two processes that start at once on an empty PostgreSQL database both serve', async () => {
    const env = await DATABASE_URL();
    const servers = await Promise.all([startServer(env), startServer(env)]);
    for (const server of servers) expect((await server.fetch('/readyz')).status).toBe(200);
  });
});
