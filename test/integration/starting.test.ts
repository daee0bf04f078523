import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { expect, onTestFinished, test, vi } from 'vitest';
import { playerOfSecondGeneration } from '../support/clients.ts';
import { freshDatabase } from '../support/databases.ts';
import { freePort } from '../support/free-port.ts';
import { PATIENCE_MS } from '../support/patience.ts';
import { runServer, startServer, type TestServer } from '../support/server.ts';

/** A database behind a port that opens later. */
async function lateDatabase(): Promise<{ url: string; open(): Promise<void> }> {
  const url = new URL(await freshDatabase());
  const [host, port] = [url.hostname, Number(url.port)];
  const relay = createServer((socket) => {
    const database = connect(port, host);
    for (const [from, to] of [
      [socket, database],
      [database, socket],
    ] as const) {
      from.pipe(to);
      from.on('error', () => to.destroy());
      from.on('close', () => to.destroy());
    }
  });
  onTestFinished(() => void relay.close());
  const latePort = await freePort();
  url.host = `127.0.0.1:${latePort}`;
  return { url: url.href, open: async () => void (await once(relay.listen(latePort, '127.0.0.1'), 'listening')) };
}

test.each(['uws', 'node'])(
  'R8 while it starts, its port (%s) answers probes, and players wait without giving up',
  async (TRANSPORT) => {
    const database = await lateDatabase();
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    const starting = startServer({ PORT: String(port), DATABASE_URL: database.url, TRANSPORT, BASE_PATH: '/signage' });
    starting.catch(() => {});
    const get = async (path: string) => {
      const response = await fetch(url + path);
      const body = await response.text();
      return [response.status, body.startsWith('{') ? JSON.parse(body) : body];
    };
    await vi.waitFor(async () => expect(await get('/healthz')).toEqual([200, { status: 'ok' }]), {
      timeout: PATIENCE_MS,
      interval: 50,
    });
    const unready = [503, { status: 'unavailable', reasons: ['starting'] }];
    expect(await get('/readyz')).toEqual(unready);
    expect(await get('/signage/readyz')).toEqual(unready);
    for (const path of [
      '/',
      '//',
      '/metrics',
      '/api/v1/devices',
      '/socket.io/?EIO=4&transport=polling&sid=waiting-room',
    ])
      expect(await get(path)).toEqual([503, expect.objectContaining({ code: 'unavailable' })]);

    const player = playerOfSecondGeneration({ url, playerToken: 'test-player-token' } as TestServer, 'd1', {
      reconnectionAttempts: 10,
      reconnectionDelay: 20,
      reconnectionDelayMax: 20,
    });
    onTestFinished(() => void player.close());
    player.on('connect', () => player.emit('player:register', { deviceId: 'd1' }));
    const registered = new Promise((resolve) => player.once('player:registered', resolve));
    let attempts = 0;
    player.io.on('reconnect_attempt', () => attempts++);
    await vi.waitFor(() => expect(attempts).toBeGreaterThan(20), { timeout: PATIENCE_MS, interval: 50 });
    expect(player.connected).toBe(false);

    await database.open();
    const server = await starting;
    await registered;
    expect((await server.fetch('/readyz')).status).toBe(200);
  },
);

test('R1 a signal while the modules still load ends it with 0', async () => {
  // Loading stands still at the first heavy module, as it does for a second on a busy machine.
  const slow = `data:text/javascript,${encodeURIComponent(`
    import { register } from 'node:module';
    register('data:text/javascript,' + encodeURIComponent(\`
      export async function load(url, context, next) {
        if (url.endsWith('/dist/src/config.js')) {
          process.kill(process.pid, 'SIGTERM');
          await new Promise((resolve) => setTimeout(resolve, 60_000));
        }
        return next(url, context);
      }
    \`));
  `)}`;
  const { code } = await runServer({}, ['--import', slow]);
  expect(code).toBe(0);
});
