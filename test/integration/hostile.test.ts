import { readFileSync } from 'node:fs';
import type { Socket } from 'socket.io-client';
import { describe, expect, it } from 'vitest';
import { admin, next, playerOfFirstGeneration, playerOfSecondGeneration, register } from '../support/clients.ts';
import { expectDiscreet, expectHealthy, expectNoStack } from '../support/health.ts';
import { openPlayer, openPolling, openWebSocket } from '../support/raw.ts';
import { sharedServer, startServer, type TestServer } from '../support/server.ts';

const nested = (depth: number, key = 'a') => JSON.parse(`${`{"${key}":`.repeat(depth)}1${'}'.repeat(depth)}`);

const JUNK: Record<string, unknown> = {
  null: null,
  'an array': [1, 2, 3],
  'an array of itself': [[[[]]]],
  'a text': 'text',
  'a number': 42,
  true: true,
  nothing: {},
  'a huge text': 'x'.repeat(1_000_000),
  'deep nesting': nested(1000),
  '200,000 values': { vlc: Array.from({ length: 200_000 }, () => 0) },
  'a key __proto__': JSON.parse('{"__proto__":{"polluted":true},"vlc":{"__proto__":{"polluted":true}}}'),
  'a key constructor': { constructor: { prototype: { polluted: true } } },
  binary: Buffer.from('binary'),
  'binary inside': { vlc: Buffer.from('binary'), deviceId: Buffer.from('x'), commandId: Buffer.from('x') },
  'wrong types': {
    deviceId: { toString: 1 },
    commandId: [],
    status: 7,
    changes: 'all',
    timestamp: {},
    scope: 'all',
    command: {},
    params: 3,
    what: null,
  },
  'no numbers': { timestamp: Number.NaN, vlc: { time: Number.POSITIVE_INFINITY } },
};

const PLAYER_EVENTS = ['player:register', 'player:state', 'state:update', 'player:command:response', 'no:such:event'];
const ADMIN_EVENTS = [
  'fleet:subscribe',
  'fleet:unsubscribe',
  'device:get',
  'device:watch',
  'device:unwatch',
  'device:refresh',
  'command:send',
  'command:cancel',
  'no:such:event',
];

/** Everything that the socket receives, as text. */
function overhear(socket: Socket): string[] {
  const heard: string[] = [];
  socket.onAny((...args) => heard.push(JSON.stringify(args)));
  return heard;
}

describe('messages of a broken player', () => {
  const shared = sharedServer({ LOG_LEVEL: 'debug', PLAYER_RATE: '1000', PLAYER_BURST: '10000' });

  it.each(PLAYER_EVENTS)('P7 %s with junk: a player:error, and the connection stays open', async (event) => {
    const deviceId = `junk-${PLAYER_EVENTS.indexOf(event)}`;
    const player = playerOfSecondGeneration(shared.it, deviceId, { transports: ['websocket'] });
    await register(player, deviceId);
    const { id } = player;
    const heard = overhear(player);
    for (const [what, payload] of Object.entries(JUNK)) {
      player.emit(event, payload);
      if (event === 'no:such:event') continue;
      const answer = await player.timeout(8000).emitWithAck(event, payload);
      if (answer.ok === false)
        expect(answer, what).toMatchObject({
          event,
          code: expect.stringMatching(/^(invalid_payload|payload_too_large)$/),
        });
    }
    player.emit(event);
    player.emit(
      event,
      () => {},
      'the acknowledgement before the payload',
      () => {},
    );
    player.emit(event, ...Array.from({ length: 100 }, () => ({})));
    expect(await player.emitWithAck('player:state', { vlc: { state: 'paused' } })).toEqual({ ok: true });
    expect(player.id).toBe(id);
    expectNoStack(heard.join('\n'));
    await expectHealthy(shared.it);
  });

  it.each(ADMIN_EVENTS)('A4 %s with junk: an error in the acknowledgement', async (event) => {
    const socket = admin(shared.it, { transports: ['websocket'] });
    await next(socket, 'connect');
    const { id } = socket;
    for (const [what, payload] of Object.entries(JUNK)) {
      socket.emit(event, payload);
      if (event === 'no:such:event') continue;
      const answer = await socket.timeout(8000).emitWithAck(event, payload);
      if (event !== 'fleet:unsubscribe') {
        expect(answer, what).toMatchObject({
          ok: false,
          error: { code: expect.stringMatching(/^(invalid_payload|command_unknown|payload_too_large)$/) },
        });
      }
      expectNoStack(JSON.stringify(answer));
    }
    socket.emit(event);
    socket.emit(event, () => {}, {});
    expect(await socket.emitWithAck('fleet:unsubscribe', {})).toEqual({ ok: true });
    expect(socket.id).toBe(id);
    await expectHealthy(shared.it);
  });

  it('P7 nesting too deep for recursion is refused at low cost', async () => {
    const { ws, received } = await openPlayer(shared.it, 'deep');
    ws.send('42["player:register",{"deviceId":"deep"}]');
    const deep = (key: string, depth = 100_000) => `${`{"${key}":`.repeat(depth)}1${'}'.repeat(depth)}`;
    ws.send(`42["player:register",{"deviceId":"deep","deviceNetwork":${deep('a')}}]`);
    for (const event of PLAYER_EVENTS) {
      ws.send(`42["${event}",${deep('a')}]`);
      ws.send(`42["${event}",${'['.repeat(200_000)}${']'.repeat(200_000)}]`);
      ws.send(
        `42["${event}",{"deviceId":"deep","commandId":"c","status":"success","changes":{"snapshot":${deep('data')}},"result":${deep('data')},"snapshot":${deep('image')}}]`,
      );
    }
    await expectHealthy(shared.it);
    expect(ws.readyState).toBe(ws.OPEN);
    expect(received.join('\n')).not.toContain('internal');
    // With an attachment, the parser itself traverses it.
    ws.send(`451-["player:state",${deep('a')}]`);
    ws.send(Buffer.from('attachment'));
    await expectHealthy(shared.it);
  });

  it('P7 an unregistered socket gets not_registered', async () => {
    const player = playerOfSecondGeneration(shared.it, 'unregistered');
    await next(player, 'connect');
    const error = next(player, 'player:error');
    expect(await player.emitWithAck('player:state', {})).toMatchObject({ ok: false, code: 'not_registered' });
    expect(await error).toEqual({ code: 'not_registered', message: expect.any(String), event: 'player:state' });
    expect(player.connected).toBe(true);
  });

  it('P1 P2 an invalid description is left out of the document', async () => {
    const player = playerOfSecondGeneration(shared.it, 'odd');
    const deviceNetwork = JSON.parse('{"constructor":{"prototype":{"a":1}},"__proto__":{"b":1}}');
    for (const junk of [
      { deviceName: 7, deviceType: [], deviceGroup: {}, appVersion: null, deviceNetwork: 'eth0' },
      { deviceName: 'n'.repeat(10_000), deviceNetwork },
      { deviceNetwork: nested(1000) },
      { deviceNetwork: Object.fromEntries(Array.from({ length: 20_000 }, (_, i) => [`eth${i}`, 'x'.repeat(100)])) },
      { deviceNetwork: { eth0: Buffer.from('binary') } },
    ]) {
      expect(await register(player, 'odd', junk)).toMatchObject({ deviceId: 'odd', protocol: 1 });
    }
    const { document } = (await shared.it.call('/devices/odd')).body;
    expect(document).toMatchObject({ name: null, type: null, group: null, appVersion: null });
    expect(JSON.stringify(document).length).toBeLessThan(2000);
    await expectHealthy(shared.it);
  });

  it('P3 L2 a state that cannot be stored is refused, and the previous one stays', async () => {
    const player = playerOfSecondGeneration(shared.it, 'keeps');
    await register(player, 'keeps');
    await player.emitWithAck('player:state', { vlc: { state: 'playing' } });
    expect(await player.emitWithAck('player:state', { text: 'x'.repeat(300_000) })).toMatchObject({
      code: 'payload_too_large',
    });
    expect(await player.emitWithAck('state:update', { changes: { text: '\u0001'.repeat(60_000) } })).toMatchObject({
      code: 'payload_too_large',
    });
    const error = await player.emitWithAck('player:state', {
      vlc: { list: [{}, { __proto__: null, constructor: 1 }] },
    });
    expect(error).toMatchObject({ code: 'invalid_payload', details: [{ path: 'vlc.list.1.constructor' }] });
    const { document } = (await shared.it.call('/devices/keeps')).body;
    expect(document.state).toEqual({ vlc: { state: 'playing' } });
  });

  it('P3 many partial states cannot make a state larger than its limit', async () => {
    const player = playerOfSecondGeneration(shared.it, 'grows', { transports: ['websocket'] });
    await register(player, 'grows');
    for (let i = 0; i < 20; i++)
      await player.emitWithAck('state:update', { changes: { [`part${i}`]: 'x'.repeat(50_000) } });
    const { document } = (await shared.it.call('/devices/grows')).body;
    expect(JSON.stringify(document.state).length).toBeLessThanOrEqual(262_144);
  });
});

describe('L1 oversized messages', () => {
  const shared = sharedServer({ MAX_MESSAGE_BYTES: '100000', LOG_LEVEL: 'debug' });

  it.each(['websocket', 'polling'])(
    'P9 D2 over %s the transport closes, the reason is logged, shown and counted, and the player reconnects',
    async (transport) => {
      const id = `large-${transport}`;
      const player = playerOfSecondGeneration(shared.it, id, { transports: [transport], reconnection: false });
      await register(player, id);
      const lost = next(player, 'disconnect');
      player.emit('player:state', { text: 'x'.repeat(200_000) });
      expect(await lost).toMatch(/^transport (close|error)$/);
      await shared.it.logged(
        ({ reason, deviceId, address }) => reason === 'message_too_large' && deviceId === id && address === '127.0.0.1',
      );
      await expect
        .poll(async () => (await shared.it.call(`/devices/${id}`)).body.document.connection)
        .toMatchObject({ status: expect.not.stringContaining('online'), reason: 'message_too_large' });
      player.connect();
      await register(player, id);
      const metrics = await (await shared.it.fetch('/metrics')).text();
      expect(metrics).toContain(
        `vigia_transports_closed_total{reason="message_too_large"} ${transport === 'websocket' ? 1 : 2}\n`,
      );
      await expectHealthy(shared.it);
    },
  );
});

describe('floods', () => {
  const env = { PLAYER_RATE: '20', PLAYER_BURST: '100', LOG_LEVEL: 'debug' };
  const shared = sharedServer(env);

  it.each(['websocket', 'polling'])(
    'P9 over %s the excess is rate_limited, a device that continues is restricted and returns by itself; others are unaffected',
    async (transport) => {
      const [id, other] = [`flood-${transport}`, `calm-${transport}`];
      const neighbour = playerOfFirstGeneration(shared.it, other);
      const player = playerOfSecondGeneration(shared.it, id, { transports: [transport] });
      await Promise.all([register(player, id), register(neighbour, other)]);
      const told = next(player, 'player:error');
      const lost = next(player, 'disconnect');
      const back = next(player, 'connect');
      for (let i = 0; i < 2000; i++) player.emit('player:state', { n: i });
      expect(await told).toMatchObject({ code: 'rate_limited', event: 'player:state' });
      expect(await neighbour.emitWithAck('player:state', { vlc: {} })).toEqual({ ok: true });
      expect(await lost).toBe('transport close');
      await back;
      expect(neighbour.connected).toBe(true);
      await expectHealthy(shared.it);
    },
  );

  it('P7 a message over the limit gets an error in its acknowledgement too', async () => {
    const player = playerOfSecondGeneration(shared.it, 'asks', { transports: ['websocket'] });
    await register(player, 'asks');
    const answers = await Promise.all(
      Array.from({ length: 120 }, () => player.timeout(3000).emitWithAck('player:state', {})),
    );
    expect(answers.filter((it) => it.code === 'rate_limited').length).toBeGreaterThan(0);
    expect(player.connected).toBe(true);
  });

  it('P7 unknown events count as well', async () => {
    const player = playerOfSecondGeneration(shared.it, 'unknown', { transports: ['websocket'] });
    await register(player, 'unknown');
    const restricted = next(player, 'player:error', (it: { code: string }) => it.code === 'restricted');
    for (let i = 0; i < 2000; i++) player.emit('no:such:event', { n: i });
    await restricted;
  });

  it('P7 attachments that never end do not fill the memory', async () => {
    const server = await startServer();
    const { ws, closed } = await openPlayer(server, 'attaches');
    ws.send('45100000-["player:state",{"_placeholder":true,"num":0}]');
    const block = Buffer.alloc(100_000);
    for (let i = 0; i < 50; i++) ws.send(block);
    const alive = new Promise((resolve) => ws.once('pong', () => resolve('still open')));
    ws.ping();
    expect(await Promise.race([closed.then(() => 'closed'), alive])).toBe('closed');
    await expectHealthy(server);
  });
});

describe('strangers', () => {
  const memory = (server: TestServer) =>
    Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${server.pid}/status`, 'utf8'))?.[1]) / 1024;

  it('P9 L5 many connections that never sign in leave room for others', async () => {
    const server = await startServer();
    const before = memory(server);
    const polls = await Promise.all(Array.from({ length: 300 }, () => openPolling(server)));
    const sockets = await Promise.all(Array.from({ length: 300 }, () => openWebSocket(server)));
    expect(new Set(polls.map(({ sid }) => sid)).size).toBe(300);
    expect(sockets.every(({ ws }) => ws.readyState === ws.OPEN)).toBe(true);
    expect(memory(server) - before).toBeLessThan(100);
    await expectHealthy(server);
  });

  it('P9 bad tokens get unauthorized, are logged without the token, and do not delay valid ones', async () => {
    const server = await startServer({ LOG_LEVEL: 'debug' });
    const auths = [
      {},
      { token: 'guess-1' },
      { token: { a: 1 } },
      { deviceId: 'd', authToken: 'guess-2' },
      { deviceId: '../d', authToken: 'guess-3' },
      ...Array.from({ length: 6 }, (_, i) => ({ deviceId: 'd', authToken: `guess-${i + 6}` })),
    ];
    const players = auths.map((auth) => playerOfSecondGeneration(server, 'd', { auth, reconnectionDelay: 10 }));
    const admins = [7, server.playerToken, 'guess-4'].map((token) => admin(server, { auth: { token } }));
    const refusals = [...players, ...admins].map((socket) => next(socket, 'connect_error'));
    const counted = () => server.logs.filter((line) => line.msg === 'sign-in refused').length;
    await expect.poll(counted).toBe(refusals.length);
    await expectHealthy(server);
    const byRest = server.fetch('/api/v1/devices', { token: 'guess-5' });
    for (const refusal of await Promise.all(refusals))
      expect(refusal).toMatchObject({ data: { code: 'unauthorized' } });
    expect(
      [...players, ...admins].map((it) => it.active),
      'nobody tries again',
    ).not.toContain(true);
    expect((await byRest).status).toBe(401);
    const logged = JSON.stringify(server.logs);
    for (let i = 1; i <= 11; i++) expect(logged).not.toContain(`guess-${i}`);
  });

  it('P9 a thousand guesses on one connection cost little', async () => {
    const server = await startServer();
    const { ws, closed } = await openWebSocket(server);
    for (let i = 0; i < 5000; i++) ws.send(`40{"token":"guess-${i}"}`);
    await Promise.race([closed, next(await signedIn(server), 'player:request:state')]);
    await expectHealthy(server);
    expect(server.logs.filter((line) => line.msg === 'sign-in refused').length).toBeLessThan(100);
  });

  it('P9 namespaces that do not exist are refused', async () => {
    const server = await startServer();
    const { ws, received } = await openWebSocket(server);
    for (let i = 0; i < 1000; i++) ws.send(`40/n${i},{}`);
    ws.send('40/%00,');
    await expectHealthy(server);
    expectNoStack(received.join('\n'));
    expectDiscreet(server);
  });

  const signedIn = async (server: TestServer) => {
    const player = playerOfSecondGeneration(server, 'honest', { transports: ['websocket'] });
    await next(player, 'connect');
    player.emit('player:register', { deviceId: 'honest' });
    return player;
  };
});

describe('garbage on an open WebSocket', () => {
  const shared = sharedServer();

  it.each([
    ['text that is no packet', 'hello'],
    ['an empty frame', ''],
    ['binary that nobody announced', Buffer.from([1, 2, 3])],
    ['an event without a name', '42[]'],
    ['an event that is no list', '42{"a":1}'],
    ['broken JSON', '42["player:state",{'],
    ['a packet of an unknown type', '49'],
    ['an acknowledgement nobody waits for', '4312345["x"]'],
    ['an announced attachment that is missing', '451-["player:state",{"_placeholder":true,"num":5}]'],
    ['an event named like an inner one', '42["disconnecting"]'],
    ['a second sign-in', '40{}'],
    ['a packet of the transport out of place', '2probe'],
  ])('P9 %s affects at most that connection', async (_, frame) => {
    const { ws } = await openPlayer(shared.it, 'garbage');
    ws.send(frame);
    ws.send(frame);
    ws.ping();
    await expectHealthy(shared.it);
  });

  it('P9 invalid frames affect at most that connection', async () => {
    const { ws, closed } = await openPlayer(shared.it, 'bytes');
    (ws as unknown as { _socket: { write(data: Buffer): void } })._socket.write(Buffer.alloc(64, 0xff));
    await closed;
    await expectHealthy(shared.it);
  });
});
