import { isDeepStrictEqual } from 'node:util';
import jsonPatch from 'fast-json-patch';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { createRandom } from '../../src/cli/simulator/random.ts';
import {
  type Admin,
  type Change,
  connectAdmin,
  type Progress,
  type VersionedDocument,
} from '../../src/client/admin.ts';
import { admin as adminSocket, next as nextEvent, startScreen } from '../support/clients.ts';
import { startLossyProxy } from '../support/lossy-proxy.ts';
import { PATIENCE_MS } from '../support/patience.ts';
import { startServer, type TestServer } from '../support/server.ts';

// Restarts are slow when many tests run at once.
vi.setConfig({ testTimeout: 60_000 });
const within = { timeout: PATIENCE_MS, interval: 20 };

function connect(server: TestServer, options: Partial<Parameters<typeof connectAdmin>[0]> = {}): Admin {
  const admin = connectAdmin({ url: server.url, token: server.adminToken, scope: { all: true }, ...options });
  onTestFinished(() => admin.close());
  return admin;
}

/** The server's documents, by REST. */
async function truth(server: TestServer): Promise<unknown[]> {
  const { body } = await server.call('/devices?limit=500');
  const list = (body.devices ?? body.items) as { document: { id: string } }[];
  return list.sort((a, b) => a.document.id.localeCompare(b.document.id));
}
const stateOf = (it: unknown) => (it as VersionedDocument).document.state;
const copyOf = (admin: Admin) => [...admin.devices.values()].sort((a, b) => a.document.id.localeCompare(b.document.id));

describe('a live copy', () => {
  test('A1 holds the documents, notifies of changes to all, group and device, and shares unchanged parts', async () => {
    // No device is polled meanwhile: the answer would replace this state.
    const server = await startServer({ STATE_INTERVAL_MS: '60000' });
    const [one, two] = [await startScreen(server, 'one'), await startScreen(server, 'two')];
    const admin = connect(server);
    await admin.ready();
    await expect.poll(() => admin.devices.get('one')?.document.state.vlc, within).toBeTruthy();
    await expect.poll(() => admin.devices.get('two')?.document.state.vlc, within).toBeTruthy();
    await server.call('/devices/two', { group: 'bar' }, { method: 'PATCH' });
    await expect.poll(() => admin.devices.get('two')?.document.group, within).toBe('bar');

    const told: Record<string, Change[]> = { all: [], one: [], bar: [] };
    admin.onChange({ all: true }, (changes) => void told.all?.push(...changes));
    admin.onChange({ devices: ['one'] }, (changes) => void told.one?.push(...changes));
    const off = admin.onChange({ groups: ['bar'] }, (changes) => void told.bar?.push(...changes));
    const before = admin.devices.get('one');
    one.socket.emit('player:state', { vlc: { state: 'playing', fullscreen: false }, app: { version: '2' } });
    await expect.poll(() => admin.devices.get('one')?.document.state.app, within).toEqual({ version: '2' });
    const after = admin.devices.get('one');
    expect(after).not.toBe(before);
    expect(after?.document.labels).toBe(before?.document.labels);
    expect(before?.document.state.app, 'what was handed out never changes').toBeUndefined();
    expect(told.one).toEqual(told.all);
    expect(told.bar).toEqual([]);
    two.socket.emit('player:state', { vlc: { state: 'paused' } });
    await expect.poll(() => told.bar?.length, within).toBeGreaterThan(0);
    off();
    const known = told.bar?.length;
    await server.call('/devices/two', undefined, { method: 'DELETE' });
    await expect.poll(() => admin.devices.has('two'), within).toBe(false);
    expect(told.bar?.length).toBe(known);
    expect(told.all?.at(-1)).toMatchObject({ deviceId: 'two', before: {} });
    expect(copyOf(admin)).toEqual(await truth(server));
  });

  test('A1 after seeded chaos (lost messages, dropped connections, a restart) the copy equals the server’s, seed 7', async () => {
    let server = await startServer({ STREAM_INTERVAL_MS: '10', STATE_INTERVAL_MS: '60000' });
    const proxy = await startLossyProxy(server.url);
    const screens = await Promise.all(Array.from({ length: 6 }, (_, i) => startScreen(server, `s${i}`)));
    const admin = connect(server, { url: proxy.url });
    await admin.ready();
    const random = createRandom(7);
    proxy.loses = () => random() < 0.4;
    for (let round = 0; round < 3; round++) {
      for (let i = 0; i < 60; i++) {
        const screen = screens[Math.floor(random() * screens.length)];
        const [key, value] = [`k${Math.floor(random() * 5)}`, Math.floor(random() * 100)];
        screen?.socket.emit('state:update', { changes: { [key]: { value, list: Array(value % 7).fill(value) } } });
        await new Promise((resolve) => setTimeout(resolve, 4));
      }
      if (round === 0) proxy.cut();
      if (round === 1) {
        await server.stop('SIGKILL');
        server = await server.restart();
        await expect.poll(() => screens.every(({ socket }) => socket.connected), within).toBe(true);
      }
    }
    expect(proxy.lost, 'a chaos that loses nothing proves nothing').toBeGreaterThan(0);
    proxy.loses = () => false;
    await expect
      .poll(async () => {
        const [copy, real] = [copyOf(admin), await truth(server)];
        return isDeepStrictEqual(copy, real) ? 'the same' : { link: admin.status, diff: jsonPatch.compare(copy, real) };
      }, within)
      .toBe('the same');
    expect(admin.status.link).toBe('live');
  });

  const TIMES = 4;
  test('S8 documents that arrive in parts while they change give the same copy, with one subscription', async () => {
    const server = await startServer({ STREAM_INTERVAL_MS: '5' });
    const screens = await Promise.all(Array.from({ length: 12 }, (_, i) => startScreen(server, `s${i}`)));
    // Polled states would replace this one.
    for (const screen of screens) screen.reports = false;
    for (const { socket } of screens) socket.emit('player:state', { text: 'x'.repeat(200_000), n: -1 });
    await expect.poll(async () => (await truth(server)).every((it) => 'text' in stateOf(it)), within).toBe(true);
    const wanted = { scope: { all: true }, parts: true };
    expect(await adminSocket(server).emitWithAck('fleet:subscribe', wanted)).toMatchObject({ more: 11 });
    const links: string[] = [];
    let n = 0;
    const changing = setInterval(() => {
      screens[n++ % 12]?.socket.emit('state:update', { changes: { n } });
    }, 10);
    for (let i = 0; i < TIMES; i++) {
      const admin = connect(server);
      const off = admin.onStatus(({ link }) => void links.push(link));
      await admin.ready();
      expect(admin.devices.size).toBe(12);
      await expect.poll(() => stateOf(admin.devices.get('s11')).n, within).toBeGreaterThan(n);
      off();
      if (i < TIMES - 1) admin.close();
      else {
        clearInterval(changing);
        await expect.poll(async () => isDeepStrictEqual(copyOf(admin), await truth(server)), within).toBe(true);
      }
    }
    expect(links).toEqual(Array(TIMES).fill('live'));
  });

  test('A1, S4 a silent connection is noticed: stale, with its age, and live again', async () => {
    const server = await startServer();
    const proxy = await startLossyProxy(server.url);
    const admin = connect(server, { url: proxy.url });
    await admin.ready();
    const links: string[] = [];
    admin.onStatus(({ link }) => void links.push(link));
    proxy.isSilent = true;
    await expect.poll(() => links, within).toEqual(['stale']);
    expect(Date.now() - (admin.status.heardAt ?? 0)).toBeGreaterThan(4900);
    proxy.isSilent = false;
    proxy.cut();
    await expect.poll(() => links.at(-1), within).toBe('live');
  });
});

describe('commands', () => {
  test('C2 send resolves with the ending and reports progress; for a group, once per device', async () => {
    const server = await startServer({ COMMAND_TIMEOUT_MS: '2000' });
    await startScreen(server, 'one');
    const two = await startScreen(server, 'two');
    two.answers = 'error';
    const admin = connect(server);
    await admin.ready();
    const way: Progress[] = [];
    const ending = await admin.send({ deviceId: 'one', command: 'vlc:play' }, (it) => void way.push(it));
    expect(ending).toMatchObject({ deviceId: 'one', status: 'success', confirmedBy: 'response', attempts: 1 });
    expect(way.at(-1)).toMatchObject({ status: 'success' });
    const endings = await admin.send({ deviceIds: ['one', 'two', 'none'], command: 'vlc:stop' });
    expect(endings.map(({ deviceId, status }) => [deviceId, status])).toEqual([
      ['one', 'success'],
      ['two', 'error'],
      ['none', 'undelivered'],
    ]);
    expect(endings[2]?.error?.code).toBe('device_unknown');
    await expect(admin.send({ deviceId: 'one', command: 'vlc:play', params: { volume: -1 } })).rejects.toMatchObject({
      code: 'command_invalid',
      details: [{ path: 'params.volume' }],
    });
  });

  test('C2 after a lost acknowledgement and a server restart nothing starts twice, and the ending is reported', async () => {
    const server = await startServer({ COMMAND_TIMEOUT_MS: '20000' });
    const screen = await startScreen(server, 'one');
    screen.answers = 'silent';
    const proxy = await startLossyProxy(server.url);
    const admin = connect(server, { url: proxy.url });
    await admin.ready();
    proxy.isSilent = true;
    const ending = admin.send({ deviceId: 'one', command: 'vlc:pause' });
    await expect.poll(() => screen.received.length, within).toBe(1);
    const { commandId } = screen.received[0] as { commandId: string };
    proxy.cut();
    screen.respond(commandId);
    proxy.isSilent = false;
    expect(await ending).toMatchObject({ commandId, status: 'success' });

    // While disconnected: it ends before the admin reconnects.
    const away = admin.send({ deviceId: 'one', command: 'vlc:play' });
    await expect.poll(() => screen.received.length, within).toBe(2);
    const next = screen.received[1] as { commandId: string };
    await server.stop('SIGKILL');
    const registered = nextEvent(screen.socket, 'player:registered');
    await server.restart();
    await registered;
    screen.respond(next.commandId);
    expect(await away).toMatchObject({ commandId: next.commandId, status: 'success' });
    expect(screen.received.filter(({ commandId: id }) => id === commandId)).toHaveLength(1);
  });

  test('C2 an ending that was reported to another session of the token is returned when asked again', async () => {
    const server = await startServer({ COMMAND_TIMEOUT_MS: '20000' });
    const screen = await startScreen(server, 'one');
    screen.answers = 'silent';
    const proxy = await startLossyProxy(server.url);
    const admin = connect(server, { url: proxy.url });
    const other = connect(server, { scope: undefined as never });
    await Promise.all([admin.ready(), other.ready()]);
    const ending = admin.send({ deviceId: 'one', command: 'vlc:play' });
    await expect.poll(() => screen.received.length, within).toBe(1);
    const { commandId } = screen.received[0] as { commandId: string };
    proxy.isSilent = true;
    proxy.cut();
    screen.respond(commandId, { status: 'error', message: 'no screen' });
    await expect.poll(async () => (await server.call(`/commands/${commandId}`)).body.status, within).toBe('error');
    proxy.isSilent = false;
    expect(await ending).toMatchObject({ status: 'error', message: 'no screen', attempts: 1 });
  });

  test('cancel, get, watch (reference-counted, over a restart) and refresh', async () => {
    let server = await startServer({ STATE_INTERVAL_MS: '60000' });
    const screen = await startScreen(server, 'one');
    const admin = connect(server);
    await admin.ready();
    const interval = () => admin.devices.get('one')?.document.report.intervalMs;
    const [first, second] = [admin.watch('one'), admin.watch('one')];
    await expect.poll(interval, within).toBe(200);
    first();
    first();
    await server.stop('SIGKILL');
    server = await server.restart();
    await expect.poll(() => screen.socket.connected && admin.status.link === 'live', within).toBe(true);
    await expect.poll(interval, within).toBe(200);
    second();
    await expect.poll(interval, within).toBe(60_000);
    expect((await admin.get('one')).document.id).toBe('one');
    await expect(admin.get('none')).rejects.toMatchObject({ code: 'device_unknown' });
    await admin.refresh('one', 'state');
    screen.socket.disconnect();
    await expect.poll(() => admin.devices.get('one')?.document.connection.status, within).toBe('offline');
    const waiting = admin.send({ deviceId: 'one', command: 'vlc:play', ttlMs: 60_000, commandId: 'mine' });
    await expect.poll(() => Object.keys(admin.devices.get('one')?.document.commands ?? {}), within).toEqual(['mine']);
    expect(await admin.cancel('mine')).toBe('cancelled');
    expect(await waiting).toMatchObject({ status: 'cancelled' });
  });
});

test('P9 a wrong token, and one that is removed, end the client with an error', async () => {
  const server = await startServer();
  const wrong = connect(server, { token: 'wrong' });
  await expect(wrong.ready()).rejects.toMatchObject({ code: 'unauthorized' });
  expect(wrong.status).toMatchObject({ link: 'ended', error: { code: 'unauthorized' } });
  const { body } = await server.call('/tokens', { name: 'guest', role: 'viewer' });
  const guest = connect(server, { token: body.token });
  await guest.ready();
  await expect(guest.send({ all: true, command: 'vlc:play' })).rejects.toMatchObject({ code: 'forbidden' });
  await server.call(`/tokens/${body.id}`, undefined, { method: 'DELETE' });
  await expect.poll(() => guest.status.link, within).toBe('ended');
  expect(guest.status.error?.code).toBe('unauthorized');
});

test('G1 a desired state is set, followed in the copy, and removed; a refusal has its code', async () => {
  const server = await startServer();
  const screen = await startScreen(server, 'wanted');
  screen.state = 'paused';
  screen.report();
  const admin = connect(server);
  await admin.ready();
  const desired = () => admin.devices.get('wanted')?.document.desired;
  await admin.setDesired({ deviceId: 'wanted' }, { playback: 'playing' });
  await expect.poll(() => desired()?.status, within).toBe('converged');
  expect(screen.received.map(({ command }) => command)).toEqual(['vlc:play']);
  await admin.setDesired({ deviceId: 'wanted' }, null);
  await expect.poll(desired, within).toBeUndefined();
  await admin.setDesired({ group: 'lobby/ñ' }, { playback: 'paused' });
  await admin.setDesired({ all: true }, { playback: 'paused' });
  await expect(admin.setDesired({ deviceId: 'none' }, { playback: 'paused' })).rejects.toMatchObject({
    code: 'device_unknown',
  });
  await expect(admin.setDesired({ all: true }, { playback: 'on' } as never)).rejects.toMatchObject({
    code: 'invalid_payload',
    details: [{ path: 'playback' }],
  });
});
