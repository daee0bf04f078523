import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { engine } from '../fuzz/engine.ts';
import { admins, players } from '../fuzz/events.ts';
import { http } from '../fuzz/http.ts';
import { Random } from '../fuzz/random.ts';
import { rest } from '../fuzz/rest.ts';
import { admin, Replica, startScreen } from '../support/clients.ts';
import { freshDatabase } from '../support/databases.ts';
import { expectHealthy } from '../support/health.ts';
import { startServer, type TestServer } from '../support/server.ts';

const noNative = ['--import', fileURLToPath(new URL('../support/no-native.mjs', import.meta.url))];
const fuzzers = { http, engine, players, admins, rest };

/** `npm run fuzz` sets these; the defaults are for a short run, with a constant seed. */
const SECONDS = Number(process.env.FUZZ_SECONDS ?? 2);
const SEED = Number(process.env.FUZZ_SEED ?? 1);
const combinations = [
  ['µWS', 'SQLite'],
  ['Node', 'PostgreSQL'],
  ...(process.env.FUZZ_SECONDS
    ? [
        ['µWS', 'PostgreSQL'],
        ['Node', 'SQLite'],
      ]
    : []),
] as [string, string][];

/** A correct player and a correct admin are served, records can be read, and there were no unexpected errors. */
async function expectUnhurt(server: TestServer): Promise<void> {
  const faults = server.logs.filter(({ level }) => level === 'error' || level === 'fatal');
  // Each once, however often it occurred.
  expect([...new Set(faults.map(({ time: _, ...line }) => JSON.stringify(line).replaceAll('\\n', '\n')))]).toEqual([]);
  await expectHealthy(server);
  const screen = await startScreen(server, 'honest');
  const replica = new Replica(admin(server));
  await replica.subscribe({ scope: { devices: ['honest'] } });
  const { body } = await server.call('/devices/honest/commands?wait=true', { command: 'vlc:play', timeoutMs: 8000 });
  expect(body.commands).toMatchObject([{ status: 'success' }]);
  await replica.device('honest', ({ state }) => JSON.stringify(state).includes('playing'));
  screen.socket.disconnect();
  for (const path of [
    '/devices',
    '/devices/fuzz-0/history',
    '/devices/fuzz-0/commands',
    '/audit',
    '/alerts',
    '/stats',
    '/policies',
    '/tokens',
  ]) {
    expect((await server.call(path)).status, path).toBe(200);
  }
  const figures = await (await server.fetch('/metrics')).text();
  for (const name of ['uncaught_errors', 'actor_restarts', 'records_lost']) {
    const lines = figures.split('\n').filter((line) => line.startsWith(`vigia_${name}_total`));
    expect(lines.length, name).toBeGreaterThan(0);
    // At most the last 32 periods of a device wait to be written, which is correct.
    for (const line of lines) if (!line.includes('"periods"')) expect(line).toMatch(/ 0$/);
  }
}

it.each(combinations)(
  `R9 on %s and %s no input does harm (${SECONDS} s, seed ${SEED})`,
  { timeout: 60_000 + SECONDS * 2000 },
  async (host, database) => {
    const server = await startServer(
      {
        DATABASE_URL: database === 'PostgreSQL' ? await freshDatabase() : '',
        PLAYER_RATE: '5000',
        PLAYER_BURST: '10000',
        STATE_INTERVAL_MS: '200',
        TRANSPORT: 'uws',
      },
      host === 'Node' ? noNative : [],
    );
    const until = performance.now() + SECONDS * 1000;
    const goesOn = () => performance.now() < until && server.ended() === undefined;
    const counts = await Promise.all(
      Object.entries(fuzzers).map(async ([name, fuzz], i) => [
        name,
        await fuzz(server, new Random(SEED * 5 + i), goesOn),
      ]),
    );
    console.log(`${host}, ${database}: ${counts.map(([name, count]) => `${name} ${count}`).join(', ')}`);
    for (const [name, count] of counts) expect(count, String(name)).toBeGreaterThan(0);
    await expectUnhurt(server);
  },
);
