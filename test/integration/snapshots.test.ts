import { request } from 'node:http';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import {
  admin,
  gather,
  next,
  playerOfFirstGeneration,
  playerOfSecondGeneration,
  Replica,
  register,
  startScreen,
} from '../support/clients.ts';
import { bomb, image } from '../support/images.ts';
import { sharedServer, startServer } from '../support/server.ts';

const shared = sharedServer({ KEEP_SNAPSHOTS: '3', COMMAND_TIMEOUT_MS: '5000' });

const player = async (deviceId: string, of = playerOfSecondGeneration) => {
  const socket = of(shared.it, deviceId, { transports: ['websocket'] });
  await register(socket, deviceId);
  return socket;
};
const watcher = async () => {
  const socket = admin(shared.it, { transports: ['websocket'] });
  const replica = new Replica(socket);
  await replica.subscribe();
  return { socket, replica };
};
/** The metadata of the device's picture, once one matches. */
const pictureOf = async (replica: Replica, id: string, fits: (snapshot: Facts) => boolean = () => true) => {
  const document = await replica.device(id, (it) => {
    const { snapshot } = it.state as { snapshot?: Facts };
    return snapshot?.url !== undefined && fits(snapshot);
  });
  return document.state.snapshot as unknown as Facts;
};
type Facts = Record<'url' | 'thumbnailUrl' | 'takenAt', string> &
  Record<'bytes' | 'width' | 'height', number> &
  Record<'black' | 'sameAsBefore', boolean>;

/** Uploads a picture, and returns the answer: its metadata or a problem. */
const upload = async (
  id: string,
  body: string | Uint8Array<ArrayBuffer>,
  contentType: string,
  token = shared.it.playerToken,
) =>
  shared.it.fetch(`/api/v1/devices/${id}/snapshot`, {
    method: 'POST',
    body,
    token,
    headers: { 'content-type': contentType },
  }) as Promise<Omit<Response, 'json'> & { json(): Promise<Facts & { code: string }> }>;

describe('P10 a picture in a state becomes a file, and the state refers to it', () => {
  it.each([
    ['first', 'base64', playerOfFirstGeneration, (it: Buffer) => ({ data: it.toString('base64'), format: 'jpeg' })],
    [
      'second',
      'a data URL',
      playerOfSecondGeneration,
      (it: Buffer) => ({
        image: `data:image/jpeg;base64,${it.toString('base64')}`,
      }),
    ],
    ['second', 'binary', playerOfSecondGeneration, (it: Buffer) => ({ base64: it })],
    ['first', 'binary without a wrapping', playerOfFirstGeneration, (it: Buffer) => it],
  ] as const)('%s generation, %s', async (generation, how, of, wrap) => {
    const id = `state-${generation}-${how.replaceAll(' ', '-')}`;
    const { replica } = await watcher();
    const socket = await player(id, of);
    const before = new Date(Date.now() - 1).toISOString();
    const answer = await socket.emitWithAck('player:state', {
      vlc: { state: 'playing' },
      snapshot: wrap(await image('jpeg')),
    });
    expect(answer).toEqual({ ok: true });
    const facts = await pictureOf(replica, id);
    expect(facts).toEqual({
      url: expect.stringMatching(/^\/api\/v1\/snapshots\/[0-9a-z]{9}-[0-9a-f]{16}$/),
      thumbnailUrl: `${facts.url}/thumbnail`,
      bytes: expect.any(Number),
      width: 400,
      height: 200,
      takenAt: expect.any(String),
      black: false,
      sameAsBefore: false,
    });
    expect(facts.takenAt >= before).toBe(true);
    const stored = await shared.it.fetch(facts.url);
    const bytes = Buffer.from(await stored.arrayBuffer());
    expect(bytes.length).toBe(facts.bytes);
    expect(await sharp(bytes).metadata()).toMatchObject({ format: 'webp', width: 400, height: 200 });
    const small = Buffer.from(await (await shared.it.fetch(facts.thumbnailUrl)).arrayBuffer());
    expect(await sharp(small).metadata()).toMatchObject({ format: 'webp', width: 320, height: 160 });
    expect(replica.gaps).toEqual([]);
  });

  it('P10 a state without a picture leaves the last one visible, and P4 a partial one may bring a new one', async () => {
    const { replica } = await watcher();
    const socket = await player('lasting');
    await socket.emitWithAck('player:state', { vlc: { state: 'playing' }, snapshot: { data: await image('png') } });
    const first = await pictureOf(replica, 'lasting');
    await socket.emitWithAck('player:state', { vlc: { state: 'paused' }, app: { a: 1 } });
    expect((await shared.it.call('/devices/lasting')).body.document.state).toEqual({
      vlc: { state: 'paused' },
      app: { a: 1 },
      snapshot: first,
    });
    const changes = { snapshot: { data: await image('png', { seed: 2 }) } };
    await socket.emitWithAck('state:update', { deviceId: 'lasting', timestamp: 1, changes });
    const second = await pictureOf(replica, 'lasting', ({ url }) => url !== first.url);
    expect(second.sameAsBefore).toBe(false);
    expect(replica.gaps).toEqual([]);
  });

  it('P10 text in the place of a picture stays in the state (P3), but is not published as a stored picture', async () => {
    const socket = await player('forger');
    await socket.emitWithAck('player:state', { snapshot: { note: 'none yet' } });
    expect((await shared.it.call('/devices/forger')).body.document.state).toEqual({ snapshot: { note: 'none yet' } });
    const url = '/api/v1/snapshots/0mabcdefg-0123456789abcdef';
    await socket.emitWithAck('player:state', { mark: 'later', snapshot: { url, black: true } });
    expect((await shared.it.call('/devices/forger')).body.document.state).toEqual({ mark: 'later' });
  });

  it('P10 black and unchanged pictures are marked', async () => {
    const { replica } = await watcher();
    const socket = await player('marked');
    const send = async (picture: Buffer, last: Facts | undefined) => {
      await socket.emitWithAck('player:state', { snapshot: { data: picture.toString('base64') } });
      return pictureOf(replica, 'marked', ({ url }) => url !== last?.url);
    };
    const dark = await send(await image('jpeg', { colour: { r: 2, g: 0, b: 3 } }), undefined);
    expect(dark).toMatchObject({ black: true, sameAsBefore: false });
    const bright = await send(await image('png'), dark);
    expect(bright).toMatchObject({ black: false, sameAsBefore: false });
    const again = await send(await image('png'), bright);
    expect(again).toMatchObject({ black: false, sameAsBefore: true });
    expect(await send(await image('png', { seed: 3 }), again)).toMatchObject({ sameAsBefore: false });
  });
});

const text = (it: string) => Buffer.from(it.padEnd(400));
const bad: [string, () => Promise<Buffer | string>, string][] = [
  ['an image bomb', async () => bomb(60_000, 60_000), 'payload_too_large'],
  ['a JPEG that ends early', async () => (await image('jpeg')).subarray(0, 3000), 'invalid_payload'],
  [
    'an SVG',
    async () => text('<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'),
    'invalid_payload',
  ],
  ['a page', async () => text('<!doctype html><script>alert(1)</script>'), 'invalid_payload'],
  [
    'a PNG in its first bytes only',
    async () => Buffer.concat([(await image('png')).subarray(0, 8), text('…')]),
    'invalid_payload',
  ],
  ['no base64', async () => 'ü!§$%&/()='.repeat(100), 'invalid_payload'],
  ['a data URL of nothing', async () => 'data:image/png;base64,', 'invalid_payload'],
];

describe('P10 an invalid picture is refused with its code, and nothing is stored', () => {
  it.each(bad)('%s in a state', async (name, make, code) => {
    const id = `bad-${name.replaceAll(/[^a-zA-Z]/g, '-')}`;
    const socket = await player(id);
    const error = next<{ code: string; event: string }>(socket, 'player:error');
    const answer = await socket.emitWithAck('player:state', {
      vlc: { state: 'playing' },
      snapshot: { data: await make() },
    });
    expect(answer).toEqual({ ok: true });
    expect(await error).toMatchObject({ code, event: 'player:state' });
    expect((await shared.it.call(`/devices/${id}`)).body.document.state).toEqual({ vlc: { state: 'playing' } });
    expect((await shared.it.call(`/devices/${id}/snapshots`)).body).toEqual({ snapshots: [] });
    expect(socket.connected).toBe(true);
  });

  it('an upload: its code as a problem', async () => {
    await player('bad-upload');
    for (const [, make, code] of bad) {
      const made = await make();
      const answer =
        typeof made === 'string'
          ? await upload('bad-upload', JSON.stringify({ data: made }), 'application/json')
          : await upload('bad-upload', new Uint8Array(made), 'image/png');
      expect(answer.headers.get('content-type')).toBe('application/problem+json');
      expect((await answer.json()).code).toBe(code);
    }
    for (const [type, body] of [
      ['text/plain', 'x'],
      ['application/json', '{'],
      ['application/json', '7'],
      ['application/json', '{"data":5}'],
    ]) {
      expect(await (await upload('bad-upload', body as string, type as string)).json()).toMatchObject({
        status: 400,
        code: 'invalid_payload',
      });
    }
    expect((await shared.it.call('/devices/bad-upload/snapshots')).body).toEqual({ snapshots: [] });
  });

  it('100 MB are refused by their announced length, before any of it is read', async () => {
    await player('huge');
    const answer = await new Promise<{ status: number | undefined; body: string }>((resolve, reject) => {
      const req = request(
        `${shared.it.url}/api/v1/devices/huge/snapshot`,
        {
          method: 'POST',
          headers: {
            authorization: `Bearer ${shared.it.playerToken}`,
            'content-type': 'image/png',
            'content-length': 100_000_000,
          },
        },
        (res) => {
          let body = '';
          res.on('data', (chunk) => {
            body += chunk;
          });
          res.on('end', () => resolve({ status: res.statusCode, body }));
        },
      );
      req.on('error', reject);
      req.write(Buffer.alloc(1000));
      setTimeout(() => req.destroy(new Error('no answer')), 5000).unref();
    });
    expect(answer.status).toBe(413);
    expect(JSON.parse(answer.body).code).toBe('payload_too_large');
  });
});

describe('POST /devices/{id}/snapshot', () => {
  it.each(['image/png', 'application/octet-stream', 'application/json'])('%s: 201 with the metadata', async (type) => {
    const id = `upload-${type.replace('/', '-')}`;
    const { replica } = await watcher();
    await player(id);
    const picture = await image('png');
    const body = type.endsWith('json')
      ? JSON.stringify({ image: picture.toString('base64') })
      : new Uint8Array(picture);
    const answer = await upload(id, body, type);
    expect(answer.status).toBe(201);
    const facts = await answer.json();
    expect(answer.headers.get('location')).toBe(facts.url);
    expect(await pictureOf(replica, id)).toEqual(facts);
  });

  it('requires a token with which this device could connect; an admin is no device', async () => {
    const { body: own } = await shared.it.call('/devices', { id: 'owner' });
    const { body: other } = await shared.it.call('/devices', { id: 'other' });
    const picture = new Uint8Array(await image('png'));
    expect((await upload('owner', picture, 'image/png', own.token)).status).toBe(201);
    for (const token of [other.token, shared.it.adminToken, 'guess']) {
      const refused = await upload('owner', picture, 'image/png', token);
      expect(refused.status).toBe(401);
      expect((await refused.json()).code).toBe('unauthorized');
    }
    const unknown = await upload('nobody', picture, 'image/png');
    expect([unknown.status, (await unknown.json()).code]).toEqual([404, 'device_unknown']);
  });
});

describe('fetching', () => {
  it('a picture never changes: ETag, 304, cacheable, and nothing but a picture', async () => {
    await player('cached');
    const { url, thumbnailUrl } = await (
      await upload('cached', new Uint8Array(await image('webp')), 'image/webp')
    ).json();
    const tags = new Set<string>();
    for (const address of [url, thumbnailUrl]) {
      const answer = await shared.it.fetch(address);
      expect(answer.status).toBe(200);
      expect(Object.fromEntries(answer.headers)).toMatchObject({
        'content-type': 'image/webp',
        'cache-control': 'private, max-age=31536000, immutable',
        'x-content-type-options': 'nosniff',
        'content-security-policy': expect.stringContaining("default-src 'none'"),
      });
      const etag = answer.headers.get('etag') as string;
      tags.add(etag);
      const again = await shared.it.fetch(address, { headers: { 'if-none-match': `"x", W/${etag}` } });
      expect([again.status, (await again.arrayBuffer()).byteLength]).toEqual([304, 0]);
      expect((await fetch(shared.it.url + address)).status).toBe(401);
      expect((await shared.it.fetch(address, { token: shared.it.playerToken })).status).toBe(401);
    }
    expect(tags.size).toBe(2);
    const { body: viewer } = await shared.it.call('/tokens', { name: 'eyes', role: 'viewer' });
    expect((await shared.it.fetch(url, { token: viewer.token })).status).toBe(200);
  });

  it.each(['0mabcdefg-0123456789abcdef', '0mabcdefg-0123456789abcdef/thumbnail'])('%s: not found', async (sid) => {
    expect((await shared.it.call(`/snapshots/${sid}`)).status).toBe(404);
  });

  it.each(['..%2f..%2fsecrets.json', '%2e%2e%2f', 'x', '0mabcdefg-0123456789abcdef.webp'])(
    'no path escapes: %s',
    async (sid) => {
      const answer = await shared.it.fetch(`/api/v1/snapshots/${sid}`);
      expect([400, 404]).toContain(answer.status);
      expect(await answer.text()).not.toContain('oken":"');
    },
  );

  it('lists newest first, page by page, and keeps at most KEEP_SNAPSHOTS', async () => {
    await player('many');
    const urls: string[] = [];
    for (let seed = 1; seed <= 5; seed++) {
      const answer = await upload(
        'many',
        new Uint8Array(await image('png', { seed, width: 40, height: 20 })),
        'image/png',
      );
      urls.unshift((await answer.json()).url);
    }
    await expect.poll(async () => (await shared.it.call('/devices/many/snapshots')).body.snapshots.length).toBe(3);
    const { body: first } = await shared.it.call('/devices/many/snapshots?limit=2');
    expect(first.snapshots.map(({ url }: Facts) => url)).toEqual(urls.slice(0, 2));
    expect(first.snapshots[0]).toMatchObject({ source: 'upload', width: 40 });
    const { body: second } = await shared.it.call(`/devices/many/snapshots?limit=2&cursor=${first.cursor}`);
    expect(second.snapshots.map(({ url }: Facts) => url)).toEqual(urls.slice(2, 3));
    expect(second.cursor).toBeUndefined();
    expect((await shared.it.fetch(urls[4] as string)).status).toBe(404);
    expect((await shared.it.call('/devices/many/snapshots?cursor=elsewhere')).body.code).toBe('invalid_payload');
    expect((await shared.it.call('/devices/nobody/snapshots')).body.code).toBe('device_unknown');
  });

  it('the pictures of a removed device are removed with it', async () => {
    const { token } = (await shared.it.call('/devices', { id: 'leaver' })).body;
    const { url } = await (await upload('leaver', new Uint8Array(await image('png')), 'image/png', token)).json();
    await shared.it.call('/devices/leaver', undefined, { method: 'DELETE' });
    await expect.poll(async () => (await shared.it.fetch(url)).status).toBe(404);
  });
});

describe('a requested picture arrives, or the answer says why not', () => {
  it('P5 device:refresh: concurrent requests ask the player once, and all get the new picture', async () => {
    const { socket: one, replica } = await watcher();
    const two = admin(shared.it, { transports: ['websocket'] });
    const socket = await player('asked');
    const asked = gather(socket, 'player:request:snapshot');
    const ask = { deviceId: 'asked', what: 'snapshot' };
    const answers = [one.emitWithAck('device:refresh', ask), two.emitWithAck('device:refresh', ask)];
    const both = Promise.all(answers);
    await expect.poll(() => asked.length).toBe(1);
    // The second may still be in transit; the player answers once both have asked.
    await two.emitWithAck('device:get', { deviceId: 'asked' });
    await one.emitWithAck('device:get', { deviceId: 'asked' });
    socket.emit('player:state', { snapshot: { data: await image('png') } });
    const [first, second] = await both;
    expect(first).toEqual({ ok: true, snapshot: await pictureOf(replica, 'asked') });
    expect(second).toEqual(first);
    expect(asked.length).toBe(1);
  });

  it('P5 device:refresh ends with `unavailable` when the device disconnects, and with the fault of an invalid picture', async () => {
    const { socket: one } = await watcher();
    const socket = await player('failing');
    const ask = { deviceId: 'failing', what: 'snapshot' };
    socket.once('player:request:snapshot', () => socket.emit('player:state', { snapshot: { data: 'x'.repeat(500) } }));
    expect(await one.emitWithAck('device:refresh', ask)).toMatchObject({
      ok: false,
      error: { code: 'invalid_payload' },
    });
    socket.once('player:request:snapshot', () => socket.disconnect());
    expect(await one.emitWithAck('device:refresh', ask)).toMatchObject({ ok: false, error: { code: 'unavailable' } });
    expect(await one.emitWithAck('device:refresh', ask)).toMatchObject({ ok: false, error: { code: 'unavailable' } });
  });

  it('P6 vlc:snapshot ends with the metadata of its picture in the result', async () => {
    const screen = await startScreen(shared.it, 'commanded');
    screen.answers = 'silent';
    const picture = await image('jpeg');
    screen.socket.on('player:command', ({ commandId }) =>
      screen.respond(commandId, { status: 'success', result: { format: 'jpeg', data: picture.toString('base64') } }),
    );
    const { socket: one, replica } = await watcher();
    const told = next<{ result: object }>(one, 'command:response');
    await one.emitWithAck('command:send', { deviceId: 'commanded', command: 'vlc:snapshot' });
    const ending = await told;
    const facts = await pictureOf(replica, 'commanded');
    expect(ending).toMatchObject({ status: 'success', confirmedBy: 'response', attempts: 1 });
    expect(ending.result).toEqual({ format: 'jpeg', ...facts });
  });

  it('P6 vlc:snapshot with an invalid picture: the device reported success, and the result names the fault', async () => {
    const screen = await startScreen(shared.it, 'mistaken');
    screen.answers = 'silent';
    screen.socket.on('player:command', ({ commandId }) =>
      screen.respond(commandId, { status: 'success', result: { image: 'x'.repeat(500) } }),
    );
    const { body } = await shared.it.call('/devices/mistaken/commands?wait=true', { command: 'vlc:snapshot' });
    expect(body.commands[0]).toMatchObject({ status: 'success', result: { error: { code: 'invalid_payload' } } });
    expect((await shared.it.call('/devices/mistaken')).body.document.state.snapshot).toBeUndefined();
  });
});

it('counts pictures and refusals, with few labels', async () => {
  const server = await startServer();
  const { token } = (await server.call('/devices', { id: 'counted' })).body;
  const post = (body: Uint8Array<ArrayBuffer>) =>
    server.fetch('/api/v1/devices/counted/snapshot', {
      method: 'POST',
      body,
      token,
      headers: { 'content-type': 'image/png' },
    });
  await post(new Uint8Array(await image('png')));
  await post(new Uint8Array(bomb(60_000, 60_000)));
  const metrics = await (await server.fetch('/metrics')).text();
  expect(metrics).toContain('vigia_pictures_total{source="upload"} 1');
  expect(metrics).toContain('vigia_pictures_refused_total{reason="too_many_pixels"} 1');
  expect(metrics).toMatch(/vigia_picture_bytes_total \d{2,}/);
  expect(metrics).toContain('vigia_picture_seconds_count 1');
});

/** Three processes start one after the other, which takes long on a busy machine. */
it('R1 pictures outlive the process: after a kill, the rows and files are there; after a stop, the document too', async () => {
  const first = await startServer();
  const { token } = (await first.call('/devices', { id: 'kept' })).body;
  const answer = await first.fetch('/api/v1/devices/kept/snapshot', {
    method: 'POST',
    body: new Uint8Array(await image('png')),
    token,
    headers: { 'content-type': 'image/png' },
  });
  const facts = (await answer.json()) as Facts;
  await first.stop('SIGKILL');
  const second = await first.restart();
  expect((await second.call('/devices/kept/snapshots')).body.snapshots).toMatchObject([facts]);
  expect((await second.fetch(facts.url)).status).toBe(200);
  const again = await second.fetch('/api/v1/devices/kept/snapshot', {
    method: 'POST',
    body: new Uint8Array(await image('png')),
    token,
    headers: { 'content-type': 'image/png' },
  });
  const newer = (await again.json()) as Facts;
  expect(newer.sameAsBefore).toBe(true);
  expect(await second.stop()).toBe(0);
  const third = await second.restart();
  expect((await third.call('/devices/kept')).body.document.state.snapshot).toEqual(newer);
});
