import { networkInterfaces } from 'node:os';
import { describe, expect, it } from 'vitest';
import { admin, next, playerOfSecondGeneration, Replica, register } from '../support/clients.ts';
import { startFielded } from '../support/fielded/players.ts';
import { startVlc } from '../support/fielded/vlc-http.ts';
import { image } from '../support/images.ts';
import { type Handler, pictureServer } from '../support/picture-server.ts';
import { sharedServer, startServer, type TestServer } from '../support/server.ts';

const MAX_BYTES = 200_000;
const web = await pictureServer();
const shared = sharedServer({
  PLAYER_HTTP: `http://{address}:${web.port}/snapshots/{file}`,
  MAX_MESSAGE_BYTES: String(MAX_BYTES),
  COMMAND_TIMEOUT_MS: '5000',
});

let shots = 0;
/** The name of a screenshot, and how a player reports it. */
const shot = (name: string) => ({
  url: `public/snapshots/${name}`,
  createdAt: new Date(Date.UTC(2026, 0, 1) + 1000 * ++shots).toISOString(),
});

/** A second-generation player: it sends the given state when it is polled. */
async function player(server: TestServer, id: string, state: object = {}) {
  const socket = playerOfSecondGeneration(server, id, { transports: ['websocket'] });
  let said: object = { vlc: { connected: true, playing: true, currentItem: 'clip.mp4' }, ...state };
  socket.on('player:request:state', () => socket.emit('player:state', said));
  await register(socket, id);
  return {
    socket,
    say: (more: object) => {
      said = { ...said, ...more };
      return socket.emitWithAck('player:state', said);
    },
    /** Answers `vlc:snapshot` like fielded players. */
    takes: (snapshot: object) =>
      socket.once('player:command', ({ commandId }) =>
        socket.emit('player:command:response', {
          commandId,
          status: 'success',
          result: { fileName: 'snapshot.jpg', snapshot },
        }),
      ),
  };
}
async function watcher(server: TestServer) {
  const socket = admin(server, { transports: ['websocket'] });
  const replica = new Replica(socket);
  await replica.subscribe();
  return { socket, replica };
}
type Facts = Record<'url' | 'thumbnailUrl' | 'takenAt', string> & { width: number };
const STORED = /^\/api\/v1\/snapshots\//;
async function pictureOf(replica: Replica, id: string, but = ''): Promise<Facts> {
  const document = await replica.device(id, (it) => {
    const { snapshot } = it.state as { snapshot?: Facts };
    return snapshot !== undefined && STORED.test(snapshot.url) && snapshot.url !== but;
  });
  return document.state.snapshot as unknown as Facts;
}
async function take(server: TestServer, id: string) {
  const { body } = await server.call(`/devices/${id}/commands?wait=true`, { command: 'vlc:snapshot' });
  return body.commands[0];
}

describe('P10 with PLAYER_HTTP, a screenshot that stays on the player is fetched', () => {
  it('a new one named in a state, once; the state then contains its metadata', async () => {
    web.serve('/snapshots/named.png', await image('png'));
    const { replica } = await watcher(shared.it);
    const { say } = await player(shared.it, 'named');
    const told = shot('named.png');
    await say({ snapshot: told });
    const first = await pictureOf(replica, 'named');
    expect(first).toMatchObject({ width: 400, takenAt: expect.any(String) });
    expect((await shared.it.fetch(first.url)).status).toBe(200);
    await say({ app: { more: 1 } });
    await say({ app: { more: 2 } });
    web.serve('/snapshots/named.png', await image('png', { seed: 2, width: 600 }));
    await say({ snapshot: shot('named.png') });
    const second = await pictureOf(replica, 'named', first.url);
    expect(second.width).toBe(600);
    expect(web.asked.filter((it) => it.includes('named.png')).length).toBe(2);
    const { body } = await shared.it.call('/devices/named/snapshots');
    expect(body.snapshots).toMatchObject([{ source: 'fetch' }, { source: 'fetch' }]);
    expect(replica.gaps).toEqual([]);
  });

  it('the one taken by vlc:snapshot: its metadata is in the result, and in the state', async () => {
    web.serve('/snapshots/taken.png', await image('png'));
    const { replica } = await watcher(shared.it);
    const { takes, say } = await player(shared.it, 'taken');
    const older = shot('taken.png');
    const taken = shot('taken.png');
    takes(taken);
    const command = await take(shared.it, 'taken');
    const facts = await pictureOf(replica, 'taken');
    expect(command).toMatchObject({ status: 'success', confirmedBy: 'response' });
    expect(command.result).toEqual({ fileName: 'snapshot.jpg', snapshot: taken, ...facts });
    // The cached state may still name the previous one, and then names this one: both are known.
    await say({ snapshot: older });
    await say({ snapshot: taken });
    takes(shot('taken.png'));
    await take(shared.it, 'taken');
    expect(web.asked.filter((it) => it.includes('taken.png')).length).toBe(2);
    expect((await shared.it.call('/devices/taken/snapshots')).body.snapshots).toMatchObject([
      { sameAsBefore: true },
      { sameAsBefore: false },
    ]);
  });

  it('P5 device:refresh fetches the player’s current one; an unchanged one is not stored again', async () => {
    web.serve('/snapshots/fresh.png', await image('png'));
    const { socket: one, replica } = await watcher(shared.it);
    const { say } = await player(shared.it, 'fresh');
    await say({ snapshot: shot('fresh.png') });
    const first = await pictureOf(replica, 'fresh');
    const ask = { deviceId: 'fresh', what: 'snapshot' };
    expect(await one.emitWithAck('device:refresh', ask)).toEqual({ ok: true, snapshot: first });
    web.serve('/snapshots/fresh.png', await image('png', { seed: 2 }));
    const { ok, snapshot } = await one.emitWithAck('device:refresh', ask);
    expect(ok).toBe(true);
    expect(await pictureOf(replica, 'fresh', first.url)).toEqual(snapshot);
    expect((await shared.it.call('/devices/fresh/snapshots')).body.snapshots.length).toBe(2);
    web.serve('/snapshots/fresh.png', (response) => response.writeHead(500).end());
    expect(await one.emitWithAck('device:refresh', ask)).toMatchObject({
      ok: false,
      error: { code: 'unavailable', message: expect.stringContaining('web server of the player') },
    });
  });
});

describe('P10 a screenshot that cannot be fetched: the command succeeds all the same, and its result says why', () => {
  const endless = Buffer.alloc(64 * 1024);
  const faults: [string, string, string, Handler][] = [
    ['a redirect', 'unavailable', 'redirects', (it) => it.writeHead(302, { location: '/snapshots/secret.png' }).end()],
    [
      'a permanent one',
      'unavailable',
      'redirects',
      (it) => it.writeHead(308, { location: '/snapshots/secret.png' }).end(),
    ],
    ['nothing there', 'unavailable', 'no screenshot', (it) => it.writeHead(404).end()],
    [
      'a page',
      'invalid_payload',
      'not a JPEG',
      (it) => it.writeHead(200, { 'content-type': 'image/png' }).end('<!doctype html><h1>Hello</h1>'),
    ],
    [
      'an SVG',
      'invalid_payload',
      'not a JPEG',
      (it) => it.writeHead(200, { 'content-type': 'image/svg+xml' }).end('<svg xmlns="http://www.w3.org/2000/svg"/>'),
    ],
    [
      'too much, announced',
      'payload_too_large',
      'too many bytes',
      (it) => it.writeHead(200, { 'content-length': MAX_BYTES + 1 }).flushHeaders(),
    ],
    [
      'no end',
      'payload_too_large',
      'too many bytes',
      (it) => {
        const more = () => {
          while (!it.destroyed && it.write(endless));
        };
        it.on('drain', more);
        more();
      },
    ],
    ['a connection that breaks', 'unavailable', 'cannot be reached', (it) => it.destroy()],
  ];
  it.each(faults)('%s: %s', async (name, code, message, handler) => {
    const file = `${name.replaceAll(/\W/g, '-')}.png`;
    web.serve('/snapshots/secret.png', await image('png'));
    web.serve(`/snapshots/${file}`, handler);
    const { takes } = await player(shared.it, `fails-${file}`);
    const told = shot(file);
    takes(told);
    const { status, result } = await take(shared.it, `fails-${file}`);
    expect(status).toBe('success');
    expect(result).toEqual({
      fileName: 'snapshot.jpg',
      snapshot: told,
      error: expect.objectContaining({ code, message: expect.stringContaining(message) }),
    });
    expect(web.asked).not.toContain('/snapshots/secret.png');
    expect((await shared.it.call(`/devices/fails-${file}/snapshots`)).body.snapshots).toEqual([]);
  });

  it('a wrong content type is ignored, the actual type counts', async () => {
    const picture = await image('webp');
    web.serve('/snapshots/liar.txt', (response) =>
      response.writeHead(200, { 'content-type': 'text/html' }).end(picture),
    );
    const { takes } = await player(shared.it, 'liar');
    takes(shot('liar.txt'));
    expect((await take(shared.it, 'liar')).result).toMatchObject({ url: expect.stringMatching(STORED), width: 400 });
  });

  it('a player that hangs delays no other, and times out', async () => {
    web.serve('/snapshots/hangs.png', () => {});
    web.serve('/snapshots/drips.png', (response) => {
      response.writeHead(200).write('x');
      const drip = setInterval(() => response.write('x'), 100);
      response.on('close', () => clearInterval(drip));
    });
    web.serve('/snapshots/well.png', await image('png'));
    const ended = ['hangs', 'drips'].map(async (id) => {
      const { takes } = await player(shared.it, id);
      takes(shot(`${id}.png`));
      return take(shared.it, id);
    });
    const { takes } = await player(shared.it, 'well');
    takes(shot('well.png'));
    expect((await take(shared.it, 'well')).result.url).toMatch(STORED);
    for (const command of await Promise.all(ended))
      expect(command).toMatchObject({
        status: 'success',
        result: { error: { code: 'unavailable', message: expect.stringContaining('in time') } },
      });
  });

  it.each([
    '../secret.png',
    'http://127.0.0.1/secret.png',
    '//127.0.0.1/secret.png',
    '%2e%2e/secret.png',
    '\\\\x\\secret.png',
  ])('a path that escapes is never requested: %s', async (url) => {
    const id = `path-${++shots}`;
    const { takes, say, socket } = await player(shared.it, id);
    const before = web.asked.length;
    takes({ url, createdAt: null });
    expect((await take(shared.it, id)).result).toMatchObject({ snapshot: { url }, error: { code: 'invalid_payload' } });
    await say({ snapshot: { url, createdAt: '2026-02-02T00:00:00.000Z' } });
    expect((await shared.it.call(`/devices/${id}`)).body.document.state.snapshot).toMatchObject({ url });
    expect(web.asked.length).toBe(before);
    expect(socket.connected).toBe(true);
  });

  it('is logged once per device and reason, and counted', async () => {
    const { say } = await player(shared.it, 'logged');
    for (const name of ['gone.png', 'gone-too.png', 'gone-as-well.png']) {
      await say({ snapshot: shot(name) });
      await expect.poll(() => web.asked).toContain(`/snapshots/${name}`);
    }
    const line = await shared.it.logged(({ deviceId, reason }) => deviceId === 'logged' && reason === 'bad_status');
    expect(line).toMatchObject({ level: 'info', address: '127.0.0.1', path: 'public/snapshots/gone.png' });
    expect(await (await shared.it.fetch('/metrics')).text()).toMatch(
      /vigia_pictures_refused_total\{reason="bad_status"\} [1-9]/,
    );
    expect(shared.it.logs.filter(({ deviceId, reason }) => deviceId === 'logged' && reason).length).toBe(1);
  });
});

it('P10 {lan} is never loopback, link-local, or the server itself: nothing is requested', async () => {
  const server = await startServer({ PLAYER_HTTP: `http://{lan}:${web.port}/{path}`, COMMAND_TIMEOUT_MS: '5000' });
  const before = web.asked.length;
  const own = Object.values(networkInterfaces()).flatMap((it) => it ?? []);
  const interfaces = ['169.254.169.254', '127.0.0.1', '0.0.0.0', '::ffff:127.0.0.1', '::1', 'localhost'];
  interfaces.push(...own.map(({ address }) => address));
  const network = Object.fromEntries(
    interfaces.map((address, i) => [`eth${i}`, { address, mac: '02:00:00:00:00:01', internal: false }]),
  );
  const { takes, say } = await player(server, 'lan', { system: { network } });
  await say({ snapshot: shot('x.png') });
  takes(shot('x.png'));
  expect((await take(server, 'lan')).result.error).toMatchObject({
    code: 'unavailable',
    message: expect.stringContaining('no private address'),
  });
  expect(web.asked.length).toBe(before);
});

it('P10 an unmodified fielded player: its screenshot is fetched, and is then the one in its state', async () => {
  web.serve('/snapshots/snapshot.jpg', await image('jpeg'));
  const { socket, replica } = await watcher(shared.it);
  const vlc = await startVlc();
  startFielded('second', { deviceId: 'fielded', server: shared.it, vlc, monitorMs: 200 });
  // Before its monitor has measured, nothing shows what kind of player it is.
  await replica.device('fielded', ({ state }) => 'app' in state);
  const ask = { deviceId: 'fielded', what: 'snapshot' };
  const none = {
    ok: false,
    error: { code: 'unavailable', message: expect.stringContaining('vlc:snapshot takes one') },
  };
  expect(await socket.emitWithAck('device:refresh', ask)).toMatchObject(none);
  const { status, result } = await take(shared.it, 'fielded');
  expect([status, result.fileName, result.snapshot.url]).toEqual([
    'success',
    'snapshot.jpg',
    'public/snapshots/snapshot.jpg',
  ]);
  const facts = await pictureOf(replica, 'fielded');
  expect(result).toMatchObject(facts);
  expect(await socket.emitWithAck('device:refresh', ask)).toEqual({ ok: true, snapshot: facts });
  expect((await shared.it.call('/devices/fielded/snapshots')).body.snapshots.length).toBe(1);
});

/** Two processes start, which takes long on a busy machine. */
it('R1 after a restart the same screenshot is not stored again, and a fetch that hangs does not delay the stop', async () => {
  web.serve('/snapshots/again.png', await image('png'));
  web.serve('/snapshots/hangs-at-the-stop.png', () => {});
  const first = await startServer({ PLAYER_HTTP: `http://{address}:${web.port}/snapshots/{file}` });
  const { replica } = await watcher(first);
  const { say, socket } = await player(first, 'again');
  const told = shot('again.png');
  await say({ snapshot: told });
  const stored = await pictureOf(replica, 'again');
  await say({ snapshot: shot('hangs-at-the-stop.png') });
  await expect.poll(() => web.asked).toContain('/snapshots/hangs-at-the-stop.png');
  socket.disconnect();
  const begun = performance.now();
  expect(await first.stop()).toBe(0);
  expect(performance.now() - begun).toBeLessThan(5000);
  const second = await first.restart();
  const fetches = () => web.asked.filter((it) => it === '/snapshots/again.png').length;
  expect(fetches()).toBe(1);
  await (await player(second, 'again')).say({ snapshot: told });
  await expect.poll(fetches).toBe(2);
  // Later fetches are stored later.
  web.serve('/snapshots/other.png', await image('png', { seed: 2 }));
  const later = await watcher(second);
  await (await player(second, 'again')).say({ snapshot: shot('other.png') });
  await pictureOf(later.replica, 'again', stored.url);
  expect((await second.call('/devices/again/snapshots')).body.snapshots).toMatchObject([{}, { url: stored.url }]);
  expect((await second.call('/devices/again/snapshots')).body.snapshots.length).toBe(2);
});

describe('P10 without PLAYER_HTTP, the client learns at once that the screenshot stayed on the player, and how to get it', () => {
  const plain = sharedServer({ COMMAND_TIMEOUT_MS: '5000' });
  const how = expect.stringMatching(/stayed on the player: public\/snapshots\/.*127\.0\.0\.1.*PLAYER_HTTP/);

  it('in the result of vlc:snapshot, beside the player’s answer', async () => {
    const { takes } = await player(plain.it, 'stays');
    const told = shot('stays.png');
    takes(told);
    expect(await take(plain.it, 'stays')).toMatchObject({
      status: 'success',
      confirmedBy: 'response',
      result: { fileName: 'snapshot.jpg', snapshot: told, error: { code: 'unavailable', message: how } },
    });
  });

  it('P5 in the answer to device:refresh, without contacting the player', async () => {
    const { socket: one } = await watcher(plain.it);
    const { say, socket, takes } = await player(plain.it, 'asked');
    let asked = 0;
    socket.on('player:request:snapshot', () => asked++);
    const ask = () => one.emitWithAck('device:refresh', { deviceId: 'asked', what: 'snapshot' });
    await say({ snapshot: { url: null, createdAt: null } });
    expect(await ask()).toMatchObject({
      ok: false,
      error: { code: 'unavailable', message: expect.stringContaining('vlc:snapshot') },
    });
    takes(shot('asked.png'));
    await take(plain.it, 'asked');
    // Its state was created before.
    await say({ app: {} });
    expect(await ask()).toMatchObject({ ok: false, error: { code: 'unavailable', message: how } });
    expect(asked).toBe(0);
    // A player that does send its screenshots is asked.
    const sent = next(socket, 'player:request:snapshot').then(async () =>
      socket.emit('player:state', { snapshot: { data: await image('png') } }),
    );
    await socket.emitWithAck('player:state', { snapshot: { data: await image('png', { seed: 2 }) } });
    await expect.poll(async () => (await plain.it.call('/devices/asked/snapshots')).body.snapshots.length).toBe(1);
    expect(await ask()).toMatchObject({ ok: true, snapshot: { width: 400 } });
    await sent;
  });

  it('the path stays in the state as data, and never replaces a stored screenshot', async () => {
    const { replica } = await watcher(plain.it);
    const { say, socket } = await player(plain.it, 'data');
    const told = shot('data.png');
    await say({ snapshot: told });
    expect((await plain.it.call('/devices/data')).body.document.state.snapshot).toEqual(told);
    await socket.emitWithAck('player:state', { snapshot: { data: await image('png') } });
    const stored = await pictureOf(replica, 'data');
    await say({ snapshot: shot('data.png') });
    expect((await plain.it.call('/devices/data')).body.document.state.snapshot).toEqual(stored);
  });
});
