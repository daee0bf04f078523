import { once } from 'node:events';
import { io, type Socket } from 'socket.io-client';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { admin, playerOfSecondGeneration, register } from '../support/clients.ts';
import { expectHealthy, expectNoStack } from '../support/health.ts';
import { image } from '../support/images.ts';
import { kept } from '../support/kept.ts';
import { PATIENCE_MS } from '../support/patience.ts';
import { openPlayer } from '../support/raw.ts';
import { sharedServer, startServer, type TestServer } from '../support/server.ts';

const shared = sharedServer({ STATE_INTERVAL_MS: '600000' });
const screens: Socket[] = [];

/** Two of each resource, so that each list has a second page. */
async function furnish(server: TestServer) {
  for (const id of ['screen', 'other']) {
    const socket = io(server.url, { auth: { deviceId: id, authToken: server.playerToken }, forceNew: true });
    screens.push(socket);
    socket.on('player:command', ({ commandId }) =>
      socket.emit('player:command:response', { commandId, status: 'success' }),
    );
    // A device that does not answer becomes stale.
    socket.on('player:request:state', () => socket.emit('player:state', { vlc: { state: 'stopped' } }));
    await once(socket as never, 'connect');
    await socket.emitWithAck('player:register', { deviceId: id });
    await socket.emitWithAck('player:state', { vlc: { state: 'stopped' } });
    await server.call(`/policies/devices/${id}`, {}, { method: 'PUT', body: '{"offlineAfterMs":60000}' });
    for (const name of ['one', 'two']) await server.call(`/devices/${id}`, { name }, { method: 'PATCH' });
    for (let seed = 1; seed <= 2; seed++) {
      await server.call(`/devices/${id}/commands?wait=true`, { command: 'vlc:stop' });
      const body = new Uint8Array(await image('png', { seed, width: 40, height: 20 }));
      await server.fetch(`/api/v1/devices/${id}/snapshot`, {
        method: 'POST',
        body,
        token: server.playerToken,
        headers: { 'content-type': 'image/png' },
      });
    }
  }
}

let before: Awaited<ReturnType<typeof kept>>;
beforeAll(async () => {
  await furnish(shared.it);
  // The data of the statistics is written within a second.
  await vi.waitFor(async () => expect((await shared.it.call('/stats?limit=1')).body.cursor).toBeDefined(), PATIENCE_MS);
  // A result is recorded as notified shortly after the requester has it.
  const read = async () => {
    before = await kept(shared.it);
    expect(before.devices, 'it is written').toHaveLength(2);
    expect(before.commands.map(({ told }: { told: number }) => told)).toEqual([1, 1, 1, 1]);
  };
  await vi.waitFor(read, PATIENCE_MS);
});
afterAll(async () => {
  expect(await kept(shared.it), 'nothing is stored').toEqual(before);
  for (const socket of screens) socket.disconnect();
});

/** A refusal: a problem with its code and the path of the fault. */
async function expectRefused(answer: Response, [status, code, path]: Told): Promise<void> {
  const text = await answer.text();
  expect([answer.status, answer.headers.get('content-type')], text).toEqual([status, 'application/problem+json']);
  expectNoStack(text);
  expect(JSON.parse(text)).toMatchObject({ status, code, ...(path !== undefined && { errors: [{ path }] }) });
}
type Told = [status: number, code: string, path?: string];

const MOMENTS = [
  '2026-02-30',
  '2026-02-30T12:00:00Z',
  '2025-02-29T12:00:00Z',
  '2026-13-01T00:00:00Z',
  '2026-01-01T25:00:00Z',
  '2026-01-01T00:00:00',
  'yesterday',
  '1767225600000',
  '275760-09-13T00:00:00Z',
  '+275760-09-13T00:00:00Z',
  '',
];
const ASKED_BY_TIME: [path: string, parameter: string][] = [
  ['/devices/screen/state?', 'at'],
  ['/devices/screen/history?', 'from'],
  ['/devices/screen/history?', 'to'],
  ['/devices/screen/periods?kind=onAir&', 'from'],
  ['/stats?', 'from'],
  ['/stats?', 'to'],
  ['/audit?', 'from'],
];
const BACKWARDS = 'from=2026-03-02T00:00:00Z&to=2026-03-01T00:00:00Z';

/** Requests and their expected problems. */
const REQUESTS: [what: string, request: { path: string; method?: string; body?: string; headers?: object }, Told][] = [
  ...ASKED_BY_TIME.flatMap(([path, parameter]) =>
    MOMENTS.map((it): (typeof REQUESTS)[0] => [
      `${path}${parameter}=${it}`,
      { path: `${path}${parameter}=${encodeURIComponent(it)}` },
      [400, 'invalid_payload', parameter],
    ]),
  ),
  ...[
    ['/devices/screen/history', 'to'],
    ['/audit', 'to'],
    ['/stats', 'from'],
    ['/devices/screen/periods?kind=onAir', 'from'],
  ].map(([path, fault]): (typeof REQUESTS)[0] => [
    `${path} from after to`,
    { path: `${path}${path?.includes('?') ? '&' : '?'}${BACKWARDS}` },
    [400, 'invalid_payload', fault],
  ]),
  ...['%00', 'a%00b', '..%2F..%2Fsecrets.json', '%2e%2e%2fvigia.db', '%E0%A4%A', 'a%0d%0ab', 'x'.repeat(129)].flatMap(
    (id): typeof REQUESTS =>
      [
        { path: `/devices/${id}` },
        { path: `/devices/${id}`, method: 'DELETE' },
        { path: `/devices/${id}`, method: 'PATCH', body: '{"name":"bad"}' },
        { path: `/devices/${id}/state?at=2026-03-01T00:00:00Z` },
        { path: `/devices/${id}/history` },
        { path: `/devices/${id}/commands`, method: 'POST', body: '{"command":"vlc:play"}' },
        { path: `/policies/devices/${id}`, method: 'PUT', body: '{}' },
      ].map((request) => [`${request.method ?? 'GET'} ${request.path}`, request, [400, 'invalid_payload', 'id']]),
  ),
  ...['%00', '..%2Fsecrets.json', '..%2f..%2fvigia.db'].map((id): (typeof REQUESTS)[0] => [
    `/snapshots/${id}`,
    { path: `/snapshots/${id}` },
    [400, 'invalid_payload', 'sid'],
  ]),
  ...['12', 'W/"12"', '"1", "2"', '"-1"', '"1e3"', '"99999999999999999999"', '""', 'yes'].map(
    (ifMatch): (typeof REQUESTS)[0] => [
      `If-Match: ${ifMatch}`,
      { path: '/devices/screen', method: 'PATCH', body: '{"name":"bad"}', headers: { 'if-match': ifMatch } },
      [400, 'invalid_payload', 'if-match'],
    ],
  ),
  [
    'If-Match: a version that is yet to come',
    { path: '/devices/screen', method: 'PATCH', body: '{"name":"bad"}', headers: { 'if-match': '"999999999"' } },
    [409, 'conflict'],
  ],
  ...['{"id":"bad"', '{"id":"bad",}', '', 'null', '[]', '"bad"', '\u0000', '{"id":"bad"}{"id":"bad"}'].map(
    (body): (typeof REQUESTS)[0] => [
      `POST /devices ${JSON.stringify(body)}`,
      { path: '/devices', method: 'POST', body },
      [400, 'invalid_payload'],
    ],
  ),
  ...(
    [
      ['POST', '/devices', { id: 7 }, 'id'],
      ['POST', '/devices', { id: '../bad' }, 'id'],
      ['POST', '/devices', { id: 'bad\u0000' }, 'id'],
      ['POST', '/devices', { id: 'bad', name: { first: 'x' } }, 'name'],
      ['POST', '/devices', { id: 'bad', labels: { floor: 3 } }, 'labels.floor'],
      ['POST', '/devices', { id: 'bad', labels: ['x'] }, 'labels'],
      ['POST', '/devices', { id: 'bad', token: 'mine' }, ''],
      ['PATCH', '/devices/screen', { name: 'x'.repeat(257) }, 'name'],
      ['PATCH', '/devices/screen', { state: {} }, ''],
      ['POST', '/tokens', { name: 'bad', role: 'root' }, 'role'],
      ['POST', '/tokens', { name: ['bad'], role: 'viewer' }, 'name'],
      ['PUT', '/policies/default', { offlineAfterMs: 'soon' }, 'offlineAfterMs'],
      ['POST', '/devices/screen/commands', { command: 7 }, 'command'],
      ['POST', '/devices/screen/commands', { command: 'vlc:play', commandId: '../bad' }, 'commandId'],
      ['POST', '/devices/screen/commands', { command: 'vlc:play', ttlMs: 1e9 }, 'ttlMs'],
      ['POST', '/commands', { all: 'yes', command: 'vlc:play' }, 'all'],
      ['POST', '/commands', { all: true, group: 'g', command: 'vlc:play' }, 'deviceId'],
    ] as const
  ).map(([method, path, body, fault]): (typeof REQUESTS)[0] => [
    `${method} ${path} ${JSON.stringify(body).slice(0, 60)}`,
    { path, method, body: JSON.stringify(body) },
    [400, 'invalid_payload', fault],
  ]),
  [
    'params of the wrong type',
    {
      path: '/devices/screen/commands',
      method: 'POST',
      body: '{"command":"vlc:snapshot","params":{"quality":"best"}}',
    },
    [422, 'command_invalid', 'params.quality'],
  ],
  ['limit=0', { path: '/devices?limit=0' }, [400, 'invalid_payload', 'limit']],
  ['limit=1e9', { path: '/audit?limit=1e9' }, [400, 'invalid_payload', 'limit']],
];

describe('H8 a refused request states its code and the path of the fault', () => {
  it.each(REQUESTS)('%s', async (_, { path, method = 'GET', body, headers }, told) => {
    const answer = await shared.it.fetch(`/api/v1${path}`, {
      method,
      ...(body !== undefined && { body }),
      headers: { ...headers },
    });
    await expectRefused(answer, told);
  });
});

describe('H8 a cursor is a position in its own list', () => {
  const LISTS = [
    '/devices?limit=1',
    '/stats?limit=1',
    '/policies?limit=1',
    '/audit?limit=1',
    '/devices/screen/history?limit=1',
    '/devices/screen/history?limit=1&to=2999-01-01T00:00:00Z',
    '/devices/other/history?limit=1',
    '/devices/screen/commands?limit=1',
    '/devices/other/commands?limit=1',
    '/devices/screen/snapshots?limit=1',
    '/devices/other/snapshots?limit=1',
  ];
  const refused: Told = [400, 'invalid_payload', 'cursor'];
  const cursorOf = async (server: TestServer, list: string) => {
    const { body } = await server.call(list);
    expect(body.cursor, list).toEqual(expect.any(String));
    return body.cursor as string;
  };

  it.each(LISTS)('of %s: no cursor of another list, and no truncated one', async (list) => {
    const own = await cursorOf(shared.it, list);
    const others = await Promise.all(LISTS.filter((it) => it !== list).map((it) => cursorOf(shared.it, it)));
    for (const cursor of [...others, own.slice(0, own.length / 2), own.slice(1), `${own}AA`, '', 'x'.repeat(5000)]) {
      await expectRefused(await shared.it.fetch(`/api/v1${list}&cursor=${cursor}`), refused);
    }
    expect((await shared.it.call(`${list}&cursor=${own}`)).status).toBe(200);
  });

  it('S5 a cursor of another server is the same position in a list here, and none in the stream', async () => {
    const other = await startServer();
    for (const id of ['a', 'b']) await other.call('/devices', { id });
    const { body } = await shared.it.call(`/devices?limit=1&cursor=${await cursorOf(other, '/devices?limit=1')}`);
    expect(body.devices.map((it: { document: { id: string } }) => it.document.id)).toEqual(['other']);

    const [here, there] = [admin(shared.it), admin(other)];
    const scope = { all: true };
    const { cursor } = await there.emitWithAck('fleet:subscribe', { scope });
    const answer = await here.emitWithAck('fleet:subscribe', { scope, cursor });
    expect(answer).toMatchObject({ ok: true, devices: expect.any(Array) });
    expect(answer.cursor).not.toBe(cursor);
    for (const junk of ['', cursor.slice(0, cursor.length / 2), `${cursor}9`, `${cursor}.1`, '../x']) {
      expect(await here.emitWithAck('fleet:subscribe', { scope, cursor: junk }), junk).toMatchObject({
        ok: true,
        devices: expect.any(Array),
      });
    }
  });
});

describe('P7 A4 a refused message states its code and the path of the fault', () => {
  const MESSAGES: ['player' | 'admin', event: string, payload: unknown, code: string, path?: string][] = [
    ['player', 'player:register', { deviceId: '../bad' }, 'invalid_payload', 'deviceId'],
    ['player', 'player:register', { deviceId: 'bad\u0000' }, 'invalid_payload', 'deviceId'],
    ['player', 'player:register', { deviceId: 'bad' }, 'device_mismatch'],
    ['player', 'player:state', 'bad', 'invalid_payload'],
    ['player', 'player:state', { vlc: JSON.parse('{"__proto__":1}') }, 'invalid_payload', 'vlc.__proto__'],
    ['player', 'state:update', { changes: 'bad' }, 'invalid_payload', 'changes'],
    ['player', 'player:command:response', { commandId: 7, status: 'success' }, 'invalid_payload', 'commandId'],
    ['player', 'player:command:response', { commandId: '', status: 'maybe' }, 'invalid_payload', 'commandId'],
    ['admin', 'fleet:subscribe', { scope: { all: 'bad' } }, 'invalid_payload', 'scope'],
    ['admin', 'fleet:subscribe', { scope: { all: true }, cursor: 7 }, 'invalid_payload', 'cursor'],
    ['admin', 'device:get', { deviceId: '../../etc/passwd' }, 'invalid_payload', 'deviceId'],
    ['admin', 'device:watch', { deviceId: 'bad\u0000' }, 'invalid_payload', 'deviceId'],
    ['admin', 'device:watch', { deviceId: 'd', intervalMs: 1 }, 'invalid_payload', 'intervalMs'],
    ['admin', 'device:refresh', { deviceId: 'screen', what: 'bad' }, 'invalid_payload', 'what'],
    ['admin', 'command:send', { deviceId: 'screen', command: 'vlc:play', ttlMs: 'soon' }, 'invalid_payload', 'ttlMs'],
    ['admin', 'command:send', { command: 'vlc:play' }, 'invalid_payload', 'deviceId'],
    ['admin', 'command:cancel', { commandId: ['bad'] }, 'invalid_payload', 'commandId'],
  ];

  it.each(MESSAGES)('%s %s %j', async (who, event, payload, code, path) => {
    const socket = who === 'admin' ? admin(shared.it) : playerOfSecondGeneration(shared.it, 'neighbour-wrong');
    if (who === 'player') await register(socket, 'neighbour-wrong');
    const answer = await socket.timeout(8000).emitWithAck(event, payload);
    const error = who === 'admin' ? answer.error : answer;
    expect(answer.ok).toBe(false);
    expect(error).toMatchObject({ code, ...(path !== undefined && { details: [{ path }] }) });
    expectNoStack(JSON.stringify(answer));
    expect(socket.connected, 'the connection stays').toBe(true);
  });

  const BROKEN: [packet: string, whatBecomesOfIt: 'is told' | 'closes'][] = [
    ['42["player:state",{"a":', 'is told'],
    ['42["player:state",{]}]', 'is told'],
    ['42["player:state",', 'closes'],
    ['42["state:update",{"changes":}]', 'is told'],
    ['42["other",{"changes":}]', 'closes'],
    ['42[', 'closes'],
  ];

  it.each(BROKEN)('P7 P9 %s is no JSON: it %s, and affects nobody else', async (packet, whatBecomesOfIt) => {
    const { ws, closed } = await openPlayer(shared.it, 'neighbour-broken');
    // Otherwise it would be closed for its silence.
    ws.on('message', (data) => String(data) === '2' && ws.send('3'));
    const told = new Promise<string>((resolve) => {
      ws.on('message', (data) => String(data).includes('player:error') && resolve(String(data)));
    });
    ws.send('42["player:register",{"deviceId":"neighbour-broken"}]');
    ws.send(packet);
    const [, event] = packet.split('"');
    if (whatBecomesOfIt === 'closes') await closed;
    else expect(await told).toContain(`{"code":"invalid_payload","message":"This is no JSON.","event":"${event}"}`);
    await expectHealthy(shared.it);
  });
});
