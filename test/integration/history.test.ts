import { describe, expect, onTestFinished, test } from 'vitest';
import type { DeviceDocument } from '../../src/protocol/document.ts';
import { admin, Replica, type StreamMessage, startScreen } from '../support/clients.ts';
import { databases } from '../support/databases.ts';
import { PATIENCE_MS } from '../support/patience.ts';
import { startPostgres } from '../support/postgres.ts';
import { startServer } from '../support/server.ts';

describe.each(databases)('history on a running server: %s', (_kind, place) => {
  test('H1 the state at the time of each update is the document in the stream, including restarts', async () => {
    const { dataDir, databaseUrl = '' } = await place();
    let server = await startServer({ DATA_DIR: dataDir, DATABASE_URL: databaseUrl });
    const told: { id: string; version: number; at: string; document: DeviceDocument | undefined }[] = [];
    const record = async () => {
      const socket = admin(server, { transports: ['websocket'] });
      const replica = new Replica(socket);
      await replica.subscribe();
      // Registered after the replica's own listener, so each update is already applied.
      socket.on('state:updated', ({ updates }: StreamMessage) => {
        for (const { deviceId: id, version, at } of updates) {
          const known = replica.documents.get(id);
          // Of several versions in one message only the last document is visible.
          if (known?.version === version) told.push({ id, version, at, document: known.document });
        }
      });
      return { socket, replica };
    };

    let copy = await record();
    const screens = [await startScreen(server, 's-1'), await startScreen(server, 's-2')];
    for (let n = 1; n <= 20; n++) {
      for (const [i, { socket }] of screens.entries()) {
        const state = {
          vlc: { state: n % 2 ? 'playing' : 'paused', volume: n },
          screen: i,
          list: [`item ${n}`, { n }],
        };
        expect(await socket.emitWithAck('player:state', state)).toEqual({ ok: true });
      }
      // Exactly two versions of a device per message, independent of the machine's speed.
      if (n % 2 === 0)
        for (const id of ['s-1', 's-2'])
          await copy.replica.device(id, ({ state }) => (state.list as unknown[])?.[0] === `item ${n}`);
    }
    for (const { socket } of screens) socket.disconnect();
    await copy.replica.until(({ documents }) =>
      [...documents.values()].every((it) => it.document.connection.status === 'offline'),
    );
    copy.socket.disconnect();

    expect(await server.stop()).toBe(0);
    server = await server.restart();
    copy = await record();
    const third = await startScreen(server, 's-1');
    await copy.replica.device('s-1', ({ connection }) => connection.status === 'online');
    expect((await server.call('/devices/s-2', undefined, { method: 'DELETE' })).status).toBe(204);
    await copy.replica.until(({ documents }) => !documents.has('s-2'));
    third.socket.disconnect();

    expect(told.length).toBeGreaterThan(10);
    // Of several versions within a millisecond the last one counts.
    const lastOf = new Map<string, number>();
    for (const id of ['s-1', 's-2']) {
      const { body } = await server.call(`/devices/${id}/history?limit=1000`);
      for (const { at, version } of body.changes) lastOf.set(`${id} ${at}`, version);
    }
    const lasting = told.filter(({ id, at, version }) => lastOf.get(`${id} ${at}`) === version);
    expect(lasting.length).toBeGreaterThan(10);
    for (const { id, version, at, document } of lasting) {
      const answer = await server.call(`/devices/${id}/state?at=${at}`);
      expect(answer).toEqual({ status: 200, body: { deviceId: id, at, version, document } });
    }

    const { body } = await server.call('/devices/s-2/history?limit=1000');
    expect(body).not.toHaveProperty('cursor');
    expect(body.changes.at(-1)).toMatchObject({ deleted: true });
    const versions = body.changes.map(({ version }: { version: number }) => version);
    expect(versions).toEqual(versions.map((_: number, i: number) => i + 1));
    const after = await server.call(`/devices/s-2/state?at=${body.changes.at(-1).at}`);
    expect([after.status, after.body.code]).toEqual([404, 'device_unknown']);
  });
});

test('H11 the history of a device that changes more than its budget is marked as coarse, and so is the audit', async () => {
  const server = await startServer({});
  const { socket } = await startScreen(server, 'busy');
  const named = async (n: number) =>
    (await server.call('/devices/busy', { labels: { n: `${n}` } }, { method: 'PATCH' })).body;
  for (let n = 0; n < 60; n++) await named(n);
  const { body: list } = await server.call('/devices/busy/history?limit=1000');
  const coarse = list.changes.find((change: { coarse?: true }) => change.coarse);
  expect(coarse).toMatchObject({ coarse: true, document: { id: 'busy' } });
  const at = new Date(Date.parse(coarse.at) + 1).toISOString();
  expect((await server.call(`/devices/busy/state?at=${at}`)).body).toMatchObject({
    at,
    version: coarse.version,
    coarse: true,
    since: coarse.at,
    note: expect.stringContaining('more than its history keeps'),
    document: { labels: coarse.document.labels },
  });
  // The current state is exact.
  expect((await server.call('/devices/busy/state')).body).toMatchObject({ document: { labels: { n: '59' } } });
  expect((await server.call('/devices/busy/state')).body).not.toHaveProperty('coarse');
  await expect
    .poll(async () => (await server.call('/audit?kind=device.history_coarse')).body.records)
    .toMatchObject([{ actor: 'server', deviceId: 'busy' }]);
  socket.disconnect();

  // A clean stop stores the last document.
  const last = (await server.call('/devices/busy/state')).body;
  expect(await server.stop()).toBe(0);
  const again = await server.restart();
  const { body } = await again.call('/devices/busy/history?limit=1000');
  expect(body.changes.at(-1).version).toBeGreaterThanOrEqual(last.version);
  const past = (await again.call(`/devices/busy/state?at=${last.at}`)).body;
  expect(past).toMatchObject({ document: { labels: { n: '59' } } });
});

test('H4 while PostgreSQL is stopped history reports it, and is complete afterwards', async () => {
  const postgres = await startPostgres();
  onTestFinished(() => postgres.remove());
  const server = await startServer({ DATABASE_URL: await postgres.createDatabase(), OFFLINE_GRACE_MS: '60000' });
  const { socket } = await startScreen(server, 's-1');
  // Numbers may be held as ticks.
  const stateOf = (n: number) => ({ item: `clip ${n}` });
  const report = (n: number) => socket.emitWithAck('player:state', stateOf(n));
  const past = (at: string) => server.fetch(`/api/v1/devices/s-1/state?at=${at}`);
  const now = async () => (await server.call('/devices/s-1/state')).body;
  await report(1);
  const before = await now();
  expect((await past(before.at)).status).toBe(200);

  await postgres.stop();
  await report(2);
  await expect.poll(async () => (await past(before.at)).status).toBe(503);
  const refused = await past(before.at);
  expect(refused.headers.get('retry-after')).toBe('5');
  expect(((await refused.json()) as { code: string }).code).toBe('unavailable');
  expect((await server.fetch('/api/v1/devices/s-1/history')).status).toBe(503);
  expect((await server.fetch('/api/v1/devices/s-1/commands')).status).toBe(503);
  for (let n = 3; n <= 10; n++) expect(await report(n)).toEqual({ ok: true });
  expect((await now()).document.state).toEqual(stateOf(10));

  await postgres.start();
  await expect.poll(async () => (await past(before.at)).status).toBe(200);
  expect(((await (await past(before.at)).json()) as { document: { state: object } }).document.state).toEqual(
    stateOf(1),
  );
  const last = await now();
  // Until all is written, the answer says that recent changes are missing.
  await expect.poll(async () => (await past(last.at)).json(), { timeout: PATIENCE_MS }).toEqual(last);
});
