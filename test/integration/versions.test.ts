import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Update } from '../../src/protocol/document.ts';
import { admin, next, playerOfSecondGeneration, Replica, register } from '../support/clients.ts';
import { freshDatabase } from '../support/databases.ts';
import { startServer, type TestServer } from '../support/server.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { startVigia } from '../support/vigia.ts';

/** More versions than a start after a crash skips (5,000). */
const CHANGES = 6000;
const README = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
/** The README's instructions for a database restored with PostgreSQL's own tools. */
const MARK = /--command="(insert into meta [^"]+)"/.exec(README)?.[1];

interface Loss {
  env?(): Promise<Record<string, string>>;
  /** All later changes will be lost to the server. */
  begin(server: TestServer): Promise<TestServer>;
  /** The changes are lost, and the server runs again. */
  end(server: TestServer): Promise<TestServer>;
}

function losses(): [string, Loss][] {
  let copy = '';
  let databaseUrl = '';
  return [
    [
      'its disk was full for more changes than it skips, and then it was killed',
      {
        async begin(server) {
          execFileSync('prlimit', ['--pid', String(server.pid), '--fsize=1:unlimited']);
          return server;
        },
        async end(server) {
          await server.stop('SIGKILL');
          return server.restart();
        },
      },
    ],
    [
      'a backup is restored that is older than more changes than it skips',
      {
        async begin(server) {
          copy = join(await temporaryDirectory(), 'vigia.backup');
          expect(await startVigia({ DATA_DIR: server.dataDir }, ['backup', copy]).ran).toMatchObject({ code: 0 });
          return server;
        },
        async end(server) {
          await server.stop();
          const restored = await startVigia({ DATA_DIR: server.dataDir }, ['restore', copy, '--force']).ran;
          expect(restored, restored.stderr).toMatchObject({ code: 0 });
          return server.restart();
        },
      },
    ],
    [
      'a dump of PostgreSQL is restored that is as old, of a server that was stopped for it',
      {
        async env() {
          databaseUrl = await freshDatabase();
          return { DATABASE_URL: databaseUrl };
        },
        async begin(server) {
          await server.stop();
          copy = join(await temporaryDirectory(), 'vigia.dump');
          execFileSync('pg_dump', ['--format=custom', `--file=${copy}`, databaseUrl]);
          return server.restart();
        },
        async end(server) {
          await server.stop();
          const restored = await freshDatabase();
          execFileSync('pg_restore', ['--no-acl', `--dbname=${restored}`, copy]);
          execFileSync('psql', ['--quiet', `--command=${MARK}`, restored]);
          return server.restart({ DATABASE_URL: restored });
        },
      },
    ],
  ];
}

/** The burst of one token's requests. */
const EDITS_EACH = 1500;
/** Requests of one editor under way: each waits for its write. */
const AT_ONCE = 20;

const editorsOf = (server: TestServer) =>
  Promise.all(
    Array.from({ length: Math.ceil(CHANGES / EDITS_EACH) }, async (_, i) => {
      const { body } = await server.call('/tokens', { name: `editor-${i}`, role: 'admin' });
      return body.token as string;
    }),
  );

/** Sends concurrent changes of the device. Returns their number. */
async function edit(server: TestServer, id: string, editors: readonly string[]): Promise<number> {
  const editing = editors.map(async (token, i) => {
    for (let n = 0; n < EDITS_EACH; n += AT_ONCE) {
      const some = Array.from({ length: AT_ONCE }, async (_, k) => {
        const body = JSON.stringify({ labels: { [`by-${i}`]: String(n + k) } });
        const { status } = await server.fetch(`/api/v1/devices/${id}`, { method: 'PATCH', body, token });
        expect(status).toBe(200);
      });
      await Promise.all(some);
    }
  });
  await Promise.all(editing);
  return editors.length * EDITS_EACH;
}

test.each(losses())('D1 a published version is never assigned again: %s', async (_, loss) => {
  const rate = { PLAYER_RATE: '100000', PLAYER_BURST: '100000', STATE_INTERVAL_MS: '60000' };
  let server = await startServer({ ...rate, ...(await loss.env?.()) });
  const player = async (id: string) => {
    const socket = playerOfSecondGeneration(server, id, { transports: ['websocket'] });
    await register(socket, id);
    return socket;
  };
  const change = async (id: string, times: number) => {
    const socket = await player(id);
    // Reports with an acknowledgement are never superseded (S9).
    await Promise.all(Array.from({ length: times }, (_, i) => socket.emitWithAck('player:state', { n: i + 1 })));
    socket.disconnect();
  };
  await change('known', 1);
  await change('removed', 1);
  const editors = await editorsOf(server);
  server = await loss.begin(server);

  const watcher = admin(server);
  const replica = new Replica(watcher);
  await replica.subscribe();
  const told = new Map<string, number>();
  watcher.on('state:updated', ({ updates }: { updates: Update[] }) => {
    for (const { deviceId, version } of updates) told.set(deviceId, Math.max(version, told.get(deviceId) ?? 0));
  });
  // A player is limited to one change per second (A9), so operators make these.
  const edits = await edit(server, 'known', editors);
  await replica.until(() => (told.get('known') ?? 0) > edits);
  await change('new', 20);
  await replica.device('new', ({ state }) => state.n === 20);
  const gone = next<{ updates: Update[] }>(watcher, 'state:updated', ({ updates }) =>
    updates.some((it) => it.deviceId === 'removed' && 'deleted' in it),
  );
  expect((await server.fetch('/api/v1/devices/removed', { method: 'DELETE' })).status).toBe(204);
  await gone;
  expect(told.get('known')).toBeGreaterThan(CHANGES);
  watcher.disconnect();

  server = await loss.end(server);
  expect((await server.call('/devices/known')).body.version).toBeGreaterThan(told.get('known') as number);
  // After a clean stop it still knows that data may have been lost.
  await server.stop();
  server = await server.restart();
  for (const id of ['known', 'new', 'removed']) {
    await player(id);
    expect((await server.call(`/devices/${id}`)).body.version, id).toBeGreaterThan(told.get(id) as number);
  }
});
