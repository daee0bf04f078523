import { execFileSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { startScreen } from '../support/clients.ts';
import { databases } from '../support/databases.ts';
import { figureOf } from '../support/metrics.ts';
import { PATIENCE_MS } from '../support/patience.ts';
import { startServer, type TestServer } from '../support/server.ts';

const later = { command: 'vlc:play', target: { all: true }, start: '2199-12-24T08:00' };
/** What a client creates, and where a list of all of it is. */
const kinds: [what: string, path: string, make: (n: number) => object, list: string][] = [
  ['devices', '/devices', (n) => ({ id: `d-${n}`, name: 'Shelf' }), '/devices'],
  ['tokens', '/tokens', (n) => ({ name: `t-${n}`, role: 'viewer' }), '/tokens'],
  ['webhooks', '/webhooks', (n) => ({ url: `https://example.com/${n}` }), '/webhooks'],
  ['channels', '/channels', (n) => ({ kind: 'slack', name: `c-${n}`, url: `https://example.com/${n}` }), '/channels'],
  ['views', '/views', (n) => ({ name: `v-${n}`, query: 'group=hall' }), '/views'],
  ['schedules', '/schedules', (n) => ({ ...later, name: `s-${n}` }), '/schedules'],
];

/** How many of each there are. */
async function counted(server: TestServer): Promise<Record<string, number>> {
  const counts = kinds.map(async ([what, , , list]) => {
    const { status, body } = await server.call(list);
    expect(status, list).toBe(200);
    return [what, (body[what] ?? Object.values(body).find(Array.isArray)).length];
  });
  return Object.fromEntries(await Promise.all(counts));
}

describe.each(databases)('%s', (_, place) => {
  test('R7 whatever was answered 201 is there after kill -9 in the same moment', async () => {
    const { dataDir, databaseUrl = '' } = await place();
    const server = await startServer({ DATA_DIR: dataDir, DATABASE_URL: databaseUrl });
    const made: Record<string, number> = {};
    for (const [what, path, make] of kinds) made[what] = (await server.call(path, make(0))).status === 201 ? 1 : 0;
    expect(made).toEqual(Object.fromEntries(kinds.map(([what]) => [what, 1])));
    let killed: Promise<unknown> | undefined;
    const all = kinds.flatMap(([what, path, make]) =>
      Array.from({ length: 10 }, async (_, n) => {
        const { status } = await server.call(path, make(n + 1));
        if (status === 201) made[what] = (made[what] ?? 0) + 1;
        if (what === 'devices') killed ??= server.stop('SIGKILL');
      }),
    );
    await Promise.allSettled(all);
    await killed;
    const kept = await counted(await server.restart());
    for (const [what, count] of Object.entries(made)) expect(kept[what], what).toBeGreaterThanOrEqual(count);
  });
});

/** The answers while the disk is full. All at once, before the server knows. */
async function onFullDisk(server: TestServer, requests: readonly (() => ReturnType<TestServer['call']>)[]) {
  const limit = (bytes: string) => execFileSync('prlimit', ['--pid', `${server.pid}`, `--fsize=${bytes}:unlimited`]);
  limit('1');
  const answers = await Promise.all(requests.map((ask) => ask()));
  limit('unlimited');
  return answers;
}

test('R7 what cannot be stored is answered 503, and does not appear later', async () => {
  const server = await startServer();
  const asks = kinds.map(
    ([, path, make]) =>
      () =>
        server.call(path, make(0)),
  );
  const answers = await onFullDisk(server, asks);
  expect(answers.map(({ status, body }) => [status, body.code])).toEqual(kinds.map(() => [503, 'unavailable']));
  const none = Object.fromEntries(kinds.map(([what]) => [what, 0]));
  const patience = { timeout: PATIENCE_MS };
  await expect.poll(async () => (await server.fetch('/readyz')).status, patience).toBe(200);
  await expect.poll(() => figureOf(server, 'vigia_store_backlog{of="records"}'), patience).toBe(0);
  expect(await counted(server)).toEqual(none);
  await server.stop('SIGKILL');
  const again = await server.restart();
  expect(await counted(again)).toEqual(none);
  for (const [what, path, make] of kinds) expect((await again.call(path, make(0))).status, what).toBe(201);
});

test('R7, D4, W12 a change that cannot be stored is answered 503, and leaves nothing behind', async () => {
  const server = await startServer();
  const send = (method: string, path: string, body?: object) =>
    server.call(path, undefined, { method, ...(body && { body: JSON.stringify(body) }) });
  const soon = { notOnAirAfterMs: 0, recoverAfterMs: 0 };
  await send('PUT', '/policies/default', soon);
  const { token } = (await server.call('/devices', { id: 'd' })).body;
  const screen = await startScreen(server, 'd');
  screen.state = 'stopped';
  screen.report();
  const patience = { timeout: PATIENCE_MS };
  const alerts = async () => (await server.call('/alerts?open=true')).body.alerts;
  await expect.poll(alerts, patience).toMatchObject([{ alert: 'device_not_on_air' }]);
  const alert = `/alerts/${(await alerts())[0].id}`;
  const made = await Promise.all(['webhooks', 'channels', 'views', 'schedules'].map(create));
  await send('PUT', '/desired', { playback: 'paused' });
  // A picture that is none: 400 with a valid token, 401 otherwise.
  const mayUpload = async () => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'image/png' };
    return (await server.fetch('/api/v1/devices/d/snapshot', { method: 'POST', body: 'x', headers })).status === 400;
  };
  const lists = ['/webhooks', '/channels', '/views', '/schedules', '/policies', '/desired'];
  const seen = async () => {
    // After a restart, nothing is measured.
    const { closable: _, ...worked } = (await server.call(alert)).body;
    const found = await Promise.all(lists.map(async (it) => (await server.call(it)).body));
    return [await mayUpload(), worked, ...found];
  };
  const before = await seen();
  expect(before[0]).toBe(true);

  const changes: [method: string, path: string, body?: object][] = [
    ['POST', '/devices/d/token', { disconnect: true }],
    ['POST', `${alert}/comment`, { comment: 'a cable' }],
    ['POST', `${alert}/acknowledge`, {}],
    ['POST', `${alert}/assign`, { to: 'Ana' }],
    ['POST', `${alert}/mute`, { forMs: 3_600_000 }],
    ['PUT', '/policies/default', { offlineAfterMs: 60_000 }],
    ['DELETE', '/desired'],
    ...made.map((it): [string, string] => ['DELETE', it]),
  ];
  const answers = await onFullDisk(
    server,
    changes.map((it) => () => send(...it)),
  );
  expect(answers.map(({ status }, i) => [changes[i]?.[1], status])).toEqual(changes.map(([, path]) => [path, 503]));
  await expect.poll(async () => (await server.fetch('/readyz')).status, patience).toBe(200);
  await expect.poll(() => figureOf(server, 'vigia_store_backlog{of="records"}'), patience).toBe(0);
  expect(await seen()).toEqual(before);
  expect(screen.socket.connected).toBe(true);
  await server.stop('SIGKILL');
  await server.restart();
  expect(await seen()).toEqual(before);

  async function create(what: string): Promise<string> {
    const [, path, make] = kinds.find(([it]) => it === what) as (typeof kinds)[number];
    return `${path}/${(await server.call(path, make(0))).body.id}`;
  }
});
