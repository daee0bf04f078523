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
import { openPolling } from '../support/raw.ts';
import { sharedServer, startServer } from '../support/server.ts';

const shared = sharedServer();
const documentOf = async (id: string) => (await shared.it.call(`/devices/${id}`)).body.document;

const TRANSPORTS: [string, object][] = [
  ['the default transports', {}],
  ['websocket only', { transports: ['websocket'] }],
  ['polling only', { transports: ['polling'] }],
];

describe.each(TRANSPORTS)('over %s', (name, options) => {
  const id = (kind: string) => `${kind}-${name.replaceAll(' ', '-')}`;

  it('P1 P2 P3 the first generation connects with the fleet token and a junk query, registers, reports', async () => {
    const player = playerOfFirstGeneration(shared.it, id('first'), options);
    await next(player, 'connect');
    const told = next(player, 'player:registered');
    player.emit('player:register', { deviceId: id('first'), deviceNetwork: { eth0: { address: '10.0.0.1' } } });
    expect(await told).toEqual({
      deviceId: id('first'),
      sessionId: expect.any(String),
      serverTime: expect.stringMatching(/^\d{4}-.*Z$/),
      stateIntervalMs: 1000,
      protocol: 1,
    });
    const state = { playing: true, currentMedia: 'a.mp4', volume: 80, timestamp: Date.now(), deviceId: id('first') };
    expect(await player.emitWithAck('player:state', state)).toEqual({ ok: true });
    expect(await documentOf(id('first'))).toMatchObject({
      name: `Screen ${id('first')}`,
      type: 'vlc',
      group: 'lobby',
      appVersion: '1.4.2',
      network: { eth0: { address: '10.0.0.1' } },
      connection: { status: 'online', address: '127.0.0.1' },
      report: { status: 'live' },
      state,
    });
  });

  it('P1 P5 the second generation connects with its id and token, and sends its state when polled', async () => {
    const player = playerOfSecondGeneration(shared.it, id('second'), options);
    await next(player, 'connect');
    const order: string[] = [];
    player.on('player:registered', () => order.push('registered'));
    player.on('player:request:state', () => order.push('asked'));
    const asked = next(player, 'player:request:state');
    player.emit('player:register', { deviceId: id('second') });
    await asked;
    expect(order).toEqual(['registered', 'asked']);
  });

  it('P6 it receives commands and answers them', async () => {
    const screen = await startScreen(shared.it, id('commanded'), options);
    const sent = await shared.it.call(`/devices/${id('commanded')}/commands?wait=true`, {
      command: 'vlc:play',
      params: { item: 3 },
      timeoutMs: 20_000,
    });
    expect(sent.body.commands).toMatchObject([{ status: 'success', confirmedBy: 'response', attempts: 1 }]);
    expect(screen.received).toEqual([
      { commandId: sent.body.commands[0].commandId, command: 'vlc:play', params: { item: 3 } },
    ]);
  });
});

it.each([
  ['deviceId', '[object Object]'],
  ['deviceName', 'x'.repeat(3000)],
  ['deviceGroup', ['a', 'b']],
  ['deviceNetwork', '[object Object]'],
  ['appVersion', ''],
  ['__proto__', 'x'],
  ['transport', 'none'],
])('P1 a junk query value (%s) never refuses a connection', async (key, value) => {
  const query: Record<string, unknown> = { deviceId: 'queried' };
  Object.defineProperty(query, key, { value, enumerable: true });
  const player = playerOfFirstGeneration(shared.it, 'queried', { query });
  await next(player, 'connect');
  expect(await register(player, 'queried')).toMatchObject({ deviceId: 'queried' });
});

describe('registration', () => {
  it('P2 it is answered by an event and, if requested, in the acknowledgement', async () => {
    const player = playerOfSecondGeneration(shared.it, 'acknowledged');
    const event = next(player, 'player:registered');
    expect(await register(player, 'acknowledged')).toEqual(await event);
  });

  it('P2 registering again on the same socket is harmless', async () => {
    const player = playerOfSecondGeneration(shared.it, 'again');
    const first = await register(player, 'again', { deviceName: 'One' });
    const { connection } = await documentOf('again');
    const second = await register(player, 'again', { deviceName: 'Two' });
    expect(second.sessionId).toBe(first.sessionId);
    expect(await documentOf('again')).toMatchObject({ name: 'Two', connection: { since: connection.since } });
    expect(player.connected).toBe(true);
  });

  it('D5 fields set by an operator stay, whatever the player reports; the others follow the player', async () => {
    const player = playerOfSecondGeneration(shared.it, 'edited');
    await register(player, 'edited', { deviceName: 'Mine', deviceGroup: 'mine', appVersion: '1' });
    await shared.it.call('/devices/edited', { name: 'Hall', group: 'ground' }, { method: 'PATCH' });
    await register(player, 'edited', { deviceName: 'Mine again', deviceGroup: 'other', appVersion: '2' });
    expect(await documentOf('edited')).toMatchObject({ name: 'Hall', group: 'ground', appVersion: '2' });
  });

  it('P2 an id other than the one that signed in is a device_mismatch, and the connection stays open', async () => {
    const player = playerOfSecondGeneration(shared.it, 'itself');
    await register(player, 'itself');
    const error = next(player, 'player:error');
    expect(await player.emitWithAck('player:register', { deviceId: 'another' })).toMatchObject({ ok: false });
    expect(await error).toEqual({ code: 'device_mismatch', message: expect.any(String), event: 'player:register' });
    expect(await player.emitWithAck('player:state', { deviceId: 'another' })).toMatchObject({
      code: 'device_mismatch',
    });
    expect(await player.emitWithAck('state:update', { deviceId: 'another', changes: {} })).toMatchObject({
      code: 'device_mismatch',
    });
    expect((await shared.it.call('/devices/another')).status).toBe(404);
    expect(player.connected).toBe(true);
  });

  it.each(['', 'a b', '../etc', 'x'.repeat(129), 'ü', 7, null])('P2 %j is not a valid deviceId', async (deviceId) => {
    const player = playerOfFirstGeneration(shared.it, 'named', { query: {} });
    await next(player, 'connect');
    const answer = await player.emitWithAck('player:register', { deviceId });
    expect(answer).toMatchObject({ ok: false, code: 'invalid_payload' });
    expect(answer.details[0].path).toBe('deviceId');
  });

  it('P2 an id has up to 128 of A-Z a-z 0-9 . _ : -', async () => {
    const deviceId = `A-z.0_9:${'x'.repeat(120)}`;
    const player = playerOfSecondGeneration(shared.it, deviceId);
    expect(await register(player, deviceId)).toMatchObject({ deviceId });
  });
});

describe('state', () => {
  it('P3 a state replaces the previous one, and unknown keys are kept', async () => {
    const player = playerOfSecondGeneration(shared.it, 'states');
    await register(player, 'states');
    await player.emitWithAck('player:state', { vlc: { state: 'playing' }, system: { a: 1 }, weather: ['sunny', null] });
    expect((await documentOf('states')).state).toEqual({
      vlc: { state: 'playing' },
      system: { a: 1 },
      weather: ['sunny', null],
    });
    await player.emitWithAck('player:state', { vlc: { state: 'paused' } });
    expect((await documentOf('states')).state).toEqual({ vlc: { state: 'paused' } });
  });

  it('P4 a partial state on a second, unregistered socket replaces sections and is no conflict', async () => {
    const player = playerOfSecondGeneration(shared.it, 'twofold');
    await register(player, 'twofold');
    const errors = gather(player, 'player:error');
    await player.emitWithAck('player:state', { vlc: { state: 'playing', volume: 1 }, system: { a: 1 } });
    const second = playerOfSecondGeneration(shared.it, 'twofold', { transports: ['websocket'] });
    await next(second, 'connect');
    const { connection } = await documentOf('twofold');
    const update = { deviceId: 'twofold', timestamp: 5, changes: { vlc: { state: 'paused' }, more: true } };
    expect(await second.emitWithAck('state:update', update)).toEqual({ ok: true });
    expect((await documentOf('twofold')).state).toEqual({
      vlc: { state: 'paused' },
      system: { a: 1 },
      more: true,
      timestamp: 5,
    });
    second.disconnect();
    await player.emitWithAck('player:state', { done: true });
    const after = (await documentOf('twofold')).connection;
    expect(after).toMatchObject({ status: 'online', sessionId: connection.sessionId, since: connection.since });
    expect(player.connected).toBe(true);
    expect(errors).toEqual([]);
  });

  it('P4 a partial state before the device has registered is dropped without an error', async () => {
    const second = playerOfSecondGeneration(shared.it, 'too-early');
    await next(second, 'connect');
    const errors = gather(second, 'player:error');
    const update = { deviceId: 'too-early', changes: { vlc: { state: 'paused' } } };
    expect(await second.emitWithAck('state:update', update)).toEqual({ ok: true });
    expect((await shared.it.call('/devices/too-early')).status).toBe(404);
    const player = playerOfSecondGeneration(shared.it, 'too-early');
    await register(player, 'too-early');
    expect(await second.emitWithAck('state:update', update)).toEqual({ ok: true });
    expect((await documentOf('too-early')).state).toEqual({ vlc: { state: 'paused' } });
    expect(errors).toEqual([]);
  });

  it('P3, O4 a value in the place of a picture that is no picture is not published as one, also after it disappears', async () => {
    const player = playerOfSecondGeneration(shared.it, 'picture-gone');
    await register(player, 'picture-gone');
    const vlc = (n: number) => ({ connected: true, playing: true, currentItem: `clip-${n}.mp4`, position: n / 10 });
    const path = { url: 'public/snapshots/snapshot.jpg', createdAt: '2026-03-01T10:00:00.000Z' };
    const forged = { url: 'x', sameAsBefore: true, black: true };
    for (const [n, snapshot] of [path, undefined, path, null, [], 'none', 7, {}, forged].entries()) {
      expect(await player.emitWithAck('player:state', { vlc: vlc(n), snapshot })).toEqual({ ok: true });
      const { playback, onAir } = await documentOf('picture-gone');
      expect([playback.item, onAir.status]).toEqual([`clip-${n}.mp4`, 'yes']);
    }
    // Refusals are noted in the same document.
    expect(await player.emitWithAck('player:state', 'no state')).toMatchObject({ code: 'invalid_payload' });
    expect((await documentOf('picture-gone')).report.refused).toMatchObject({ code: 'invalid_payload' });
  });

  it('P3 the last messages of a player that leaves at once are processed, in order', async () => {
    const player = playerOfSecondGeneration(shared.it, 'in-a-hurry');
    await register(player, 'in-a-hurry');
    for (let i = 0; i < 20; i++) player.emit('player:state', { vlc: { state: 'playing' }, n: i });
    player.emit('state:update', { deviceId: 'in-a-hurry', changes: { more: 'last' } });
    player.disconnect();
    await expect
      .poll(() => documentOf('in-a-hurry'))
      .toMatchObject({
        connection: { status: expect.stringMatching(/^(reconnecting|offline)$/) },
        state: { n: 19, more: 'last' },
      });
  });

  it('P11 the server orders by its own clock; the device’s timestamp is data, its offset clockSkewMs', async () => {
    const player = playerOfSecondGeneration(shared.it, 'late');
    await register(player, 'late');
    for (const timestamp of [
      new Date(Date.now() - 3600_000).toISOString(),
      Date.now() - 3600_000,
      Math.floor(Date.now() / 1000) - 3600,
    ]) {
      await player.emitWithAck('player:state', { timestamp, n: String(timestamp) });
      const { connection, state, report } = await documentOf('late');
      expect(state.timestamp).toBe(timestamp);
      expect(connection.clockSkewMs).toBeGreaterThan(-3_605_000);
      expect(connection.clockSkewMs).toBeLessThan(-3_595_000);
      expect(Math.abs(Date.now() - Date.parse(report.receivedAt))).toBeLessThan(5000);
    }
    await player.emitWithAck('player:state', { timestamp: 'yesterday', n: 'junk' });
    expect((await documentOf('late')).state).toEqual({ timestamp: 'yesterday', n: 'junk' });
  });
});

describe('polling', () => {
  it('P5 a device is polled after an interval without a state, and not while states arrive', async () => {
    const server = await startServer({ STATE_INTERVAL_MS: '2000' });
    const [quiet, busy] = ['quiet', 'busy'].map((id) =>
      playerOfSecondGeneration(server, id, { transports: ['websocket'] }),
    );
    if (!quiet || !busy) throw new Error();
    const asked = gather(busy, 'player:request:state');
    await register(busy, 'busy');
    const timer = setInterval(() => busy.emit('player:state', { n: Math.random() }), 100);
    await register(quiet, 'quiet');
    const times: number[] = [];
    for (let i = 0; i < 3; i++) {
      await next(quiet, 'player:request:state');
      times.push(Date.now());
      quiet.emit('player:state', {});
    }
    clearInterval(timer);
    const [a = 0, b = 0, c = 0] = times;
    for (const gap of [b - a, c - b]) {
      expect(gap).toBeGreaterThan(1900);
      expect(gap).toBeLessThan(8000);
    }
    expect(asked.length).toBe(1);
  });

  it('P5 while an admin watches it is polled at WATCH_INTERVAL_MS, at once the first time, and the document shows the interval', async () => {
    const server = await startServer({ STATE_INTERVAL_MS: '60000' });
    const screen = await startScreen(server, 'watched');
    const socket = admin(server);
    const replica = new Replica(socket);
    await replica.subscribe();
    await replica.device('watched', ({ report }) => report.status === 'live' && report.intervalMs === 60_000);
    const asked = gather(screen.socket, 'player:request:state');
    expect(await socket.emitWithAck('device:watch', { deviceId: 'watched' })).toEqual({ ok: true, intervalMs: 200 });
    const started = Date.now();
    for (let i = 0; i < 4; i++) await next(screen.socket, 'player:request:state');
    expect(Date.now() - started).toBeLessThan(3000);
    await replica.device('watched', ({ report }) => report.intervalMs === 200);
    expect(await socket.emitWithAck('device:unwatch', { deviceId: 'watched' })).toEqual({
      ok: true,
      intervalMs: 60_000,
    });
    await replica.device('watched', ({ report }) => report.intervalMs === 60_000);
    const { length } = asked;
    await expect(next(screen.socket, 'player:request:state', () => true, 500)).rejects.toThrow();
    expect(asked.length).toBe(length);
  });

  it('P5 a silent device is live, then stale', async () => {
    const server = await startServer({ STATE_INTERVAL_MS: '200' });
    const screen = await startScreen(server, 'silent');
    const replica = new Replica(admin(server));
    await replica.subscribe();
    await replica.device('silent', ({ report }) => report.status === 'live');
    screen.reports = false;
    await replica.device(
      'silent',
      ({ report, connection }) => report.status === 'stale' && connection.status === 'online',
    );
    screen.reports = true;
    await replica.device('silent', ({ report }) => report.status === 'live');
    expect(replica.gaps).toEqual([]);
  });
});

describe('responses', () => {
  it('P6 C2 a response to no pending command is recorded as late and changes nothing', async () => {
    const screen = await startScreen(shared.it, 'responds');
    const { version } = (await shared.it.call('/devices/responds')).body;
    const answer = { commandId: 'never-sent', status: 'success', result: { a: 1 } };
    expect(await screen.socket.emitWithAck('player:command:response', answer)).toEqual({ ok: true });
    await shared.it.logged((line) => line.msg === 'late response' && line.commandId === 'never-sent');
    expect((await shared.it.call('/devices/responds')).body.version).toBe(version);
    expect(screen.socket.connected).toBe(true);
  });

  it('P6 a device cannot answer for another one', async () => {
    const [one, other] = [await startScreen(shared.it, 'one'), await startScreen(shared.it, 'other')];
    one.answers = 'silent';
    const { body } = await shared.it.call('/devices/one/commands', { command: 'vlc:snapshot', timeoutMs: 5000 });
    const [{ commandId }] = body.commands;
    await other.socket.emitWithAck('player:command:response', { commandId, status: 'success' });
    expect((await shared.it.call(`/commands/${commandId}`)).body.status).toBe('sent');
    one.respond(commandId, { status: 'error', message: 'no display' });
    await shared.it.logged((line) => line.msg === 'command ended' && line.commandId === commandId);
    expect((await shared.it.call(`/commands/${commandId}`)).body).toMatchObject({
      status: 'error',
      message: 'no display',
    });
  });

  it('P6 L8 a result that is too large to store does not invalidate the answer', async () => {
    const screen = await startScreen(shared.it, 'wordy', { transports: ['websocket'] });
    screen.answers = 'silent';
    const ended = shared.it.call('/devices/wordy/commands?wait=true', { command: 'vlc:snapshot', timeoutMs: 5000 });
    const { commandId } = await next<{ commandId: string }>(screen.socket, 'player:command');
    screen.respond(commandId, { status: 'success', result: { list: Array.from({ length: 6000 }, () => 'x') } });
    expect((await ended).body.commands).toMatchObject([{ status: 'success', result: { dropped: expect.any(String) } }]);
  });
});

it('P2 P3 the packets of one long-polling payload are processed in order: the registration, then the states', async () => {
  const { url } = await openPolling(shared.it);
  const send = (...packets: string[]) => fetch(url, { method: 'POST', body: packets.join('\x1e') });
  await send(`40${JSON.stringify({ deviceId: 'payload', authToken: shared.it.playerToken })}`);
  let told = await (await fetch(url)).text();
  await send(
    '42["player:register",{"deviceId":"payload"}]',
    '42["player:state",{"volume":1}]',
    '42["player:state",{"volume":2}]',
    '427["player:state",{"volume":3}]',
  );
  while (!told.includes('437[')) told += await (await fetch(url)).text();
  expect(told).toContain('437[{"ok":true}]');
  expect(told).not.toContain('player:error');
  expect((await documentOf('payload')).state).toEqual({ volume: 3 });
});
