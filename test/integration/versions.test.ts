import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Update } from '../../src/protocol/document.ts';
import { admin, next, playerOfSecondGeneration, Replica, register } from '../support/clients.ts';
import { startServer, type TestServer } from '../support/server.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { startVigia } from '../support/vigia.ts';

/** More than a start after a crash leaps over for what was not yet recorded (5,000). */
const CHANGES = 6000;

interface Loss {
  /** From now on, what happens is lost. */
  begin(server: TestServer): Promise<void>;
  /** It is lost, and the server runs again. */
  end(server: TestServer): Promise<TestServer>;
}

const losses = (): [string, Loss][] => {
  let backup = '';
  return [
    [
      'its disk was full for more changes than it leaps over, and then it was killed',
      {
        begin: async ({ pid }) => void execFileSync('prlimit', ['--pid', String(pid), '--fsize=1:unlimited']),
        async end(server) {
          await server.stop('SIGKILL');
          return server.restart();
        },
      },
    ],
    [
      'a backup is restored that is older than more changes than it leaps over',
      {
        async begin({ dataDir: DATA_DIR }) {
          backup = join(await temporaryDirectory(), 'vigia.backup');
          expect(await startVigia({ DATA_DIR }, ['backup', backup]).ran).toMatchObject({ code: 0 });
        },
        async end(server) {
          await server.stop();
          const restored = await startVigia({ DATA_DIR: server.dataDir }, ['restore', backup, '--force']).ran;
          expect(restored, restored.stderr).toMatchObject({ code: 0 });
          return server.restart();
        },
      },
    ],
  ];
};

test.each(losses())(
  'D1 no version that was told is given again: %s',
  { timeout: 60_000 },
  async (_, { begin, end }) => {
    const server = await startServer({ PLAYER_RATE: '100000', PLAYER_BURST: '100000', STATE_INTERVAL_MS: '60000' });
    const watcher = admin(server);
    const replica = new Replica(watcher);
    await replica.subscribe();
    const told = new Map<string, number>();
    watcher.on('state:updated', ({ updates }: { updates: Update[] }) => {
      for (const { deviceId, version } of updates) told.set(deviceId, Math.max(version, told.get(deviceId) ?? 0));
    });
    const player = async (on: TestServer, id: string) => {
      const socket = playerOfSecondGeneration(on, id, { transports: ['websocket'] });
      await register(socket, id);
      return socket;
    };
    /** Ends with a change that is told last. */
    const change = async (id: string, times: number) => {
      const socket = await player(server, id);
      for (let n = 1; n <= times; n++) socket.emit('player:state', { n });
      await replica.device(id, ({ state }) => state.n === times);
      socket.disconnect();
    };
    await change('known', 1);
    await change('removed', 1);

    await begin(server);
    await change('known', CHANGES);
    await change('new', 20);
    const gone = next<{ updates: Update[] }>(watcher, 'state:updated', ({ updates }) =>
      updates.some((it) => it.deviceId === 'removed' && 'deleted' in it),
    );
    expect((await server.fetch('/api/v1/devices/removed', { method: 'DELETE' })).status).toBe(204);
    await gone;
    expect(told.get('known')).toBeGreaterThan(CHANGES);
    watcher.disconnect();

    const again = await end(server);
    const known = (await again.call('/devices/known')).body.version;
    expect(known).toBeGreaterThan(told.get('known') as number);
    // What it may have lost it still knows after a stop that was a clean one.
    await again.stop();
    const later = await again.restart();
    for (const id of ['known', 'new', 'removed']) {
      await player(later, id);
      expect((await later.call(`/devices/${id}`)).body.version, id).toBeGreaterThan(told.get(id) as number);
    }
  },
);
