import { Agent } from 'node:http';
import { describe, expect, it, vi } from 'vitest';
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
import { startServer, type TestServer } from '../support/server.ts';

const SOON = { timeout: 12_000, interval: 20 };
const WEBSOCKET = { transports: ['websocket'] };

const documentOf = async (server: TestServer, id: string) => (await server.call(`/devices/${id}`)).body.document;
const connectionOf = async (server: TestServer, id: string) => (await documentOf(server, id)).connection;
const remove = (server: TestServer, path: string) => server.call(path, undefined, { method: 'DELETE' });

describe('D8 blocked devices', () => {
  it('ends the sessions, rejects the id also after a restart, and lets the device return by itself', async () => {
    let server = await startServer();
    const player = playerOfFirstGeneration(server, 'b', WEBSOCKET);
    const beside = playerOfSecondGeneration(server, 'b');
    const told = gather<{ code: string }>(player, 'player:error');
    const toldBeside = gather<{ code: string }>(beside, 'player:error');
    await register(player, 'b');
    if (!beside.connected) await next(beside, 'connect');
    // Registers on each connection, like players.
    player.on('connect', () => player.emit('player:register', { deviceId: 'b' }));

    const closed = [next<string>(player, 'disconnect'), next<string>(beside, 'disconnect')];
    const { status, body } = await server.call('/devices/b/block', { reason: 'stolen' });
    expect(status).toBe(200);
    const blocked = { since: expect.any(String), by: 'admin', reason: 'stolen' };
    expect(body.document.blocked).toEqual(blocked);
    expect(await Promise.all(closed)).toEqual(['transport close', 'transport close']);
    expect([told.map(({ code }) => code), toldBeside.map(({ code }) => code)]).toEqual([['blocked'], ['blocked']]);
    expect(await connectionOf(server, 'b')).toMatchObject({ status: 'offline', reason: 'blocked', sessionId: null });

    // It reconnects, gets the error, and does not become the device.
    await vi.waitFor(() => expect(told.length).toBeGreaterThan(1), SOON);
    expect(await connectionOf(server, 'b')).toMatchObject({ status: 'offline' });
    expect((await server.call('/blocks')).body.blocks).toEqual([{ id: 'b', known: true, ...blocked }]);
    const upload = { token: server.playerToken };
    expect(await server.call('/devices/b/snapshot', { data: 'AAAA' }, upload)).toMatchObject({
      status: 403,
      body: { code: 'blocked' },
    });

    await server.stop();
    server = await server.restart();
    expect((await documentOf(server, 'b')).blocked).toEqual(blocked);
    const before = told.length;
    await vi.waitFor(() => expect(told.length).toBeGreaterThan(before), SOON);

    expect((await remove(server, '/devices/b/block')).status).toBe(204);
    await vi.waitFor(async () => expect(await connectionOf(server, 'b')).toMatchObject({ status: 'online' }), SOON);
    expect(await documentOf(server, 'b')).not.toHaveProperty('blocked');
    const kinds = (await server.call('/audit?deviceId=b')).body.records.map((it: { kind: string }) => it.kind);
    expect(kinds).toEqual(expect.arrayContaining(['device.blocked', 'device.unblocked']));
  }, 60_000);

  it('removing with block: the id is listed, unknown, and returns by itself once unblocked', async () => {
    const server = await startServer();
    const player = playerOfSecondGeneration(server, 'r', WEBSOCKET);
    const told = gather<{ code: string }>(player, 'player:error');
    await register(player, 'r');
    player.on('connect', () => player.emit('player:register', { deviceId: 'r' }));
    expect((await remove(server, '/devices/r?block=true')).status).toBe(204);
    expect(await next(player, 'disconnect')).toBe('transport close');
    expect(told.map(({ code }) => code)).toEqual(['blocked']);
    expect((await server.call('/devices/r')).status).toBe(404);
    expect((await server.call('/blocks')).body.blocks).toMatchObject([{ id: 'r', known: false, by: 'admin' }]);
    expect((await remove(server, '/devices/r/block')).status).toBe(204);
    await vi.waitFor(async () => expect((await server.call('/devices/r')).status).toBe(200), SOON);
    expect((await remove(server, '/devices/nobody/block')).status).toBe(404);
    expect((await server.call('/devices/nobody/block', {})).status).toBe(404);
  }, 40_000);
});

describe('A7 a token restricted to groups', () => {
  it('sees and commands only its devices on every socket event and in the stream, also as devices change groups', async () => {
    const server = await startServer();
    const ours = await startScreen(server, 'ours');
    const theirs = await startScreen(server, 'theirs');
    const regroup = (id: string, group: string) =>
      server.call(`/devices/${id}`, undefined, { method: 'PATCH', body: JSON.stringify({ group }) });
    await regroup('ours', 'lobby');
    await regroup('theirs', 'hall');
    const made = await server.call('/tokens', { name: 'night', role: 'operator', groups: ['lobby'] });
    expect(made).toMatchObject({ status: 201, body: { groups: ['lobby'] } });
    const { token } = made.body;
    const socket = admin(server, { token });
    await next(socket, 'connect');
    const unknown = { ok: false, error: expect.objectContaining({ code: 'device_unknown' }) };

    const named = { deviceId: 'theirs', what: 'state', command: 'vlc:play' };
    for (const event of ['device:get', 'device:watch', 'device:unwatch', 'device:refresh', 'command:send']) {
      expect(await socket.emitWithAck(event, named), event).toMatchObject(unknown);
    }
    const targets = async (target: object) => {
      const { ok, commands, error } = await socket.emitWithAck('command:send', { ...target, command: 'vlc:play' });
      return ok
        ? commands.map((it: { deviceId: string; error?: { code: string } }) => [it.deviceId, it.error?.code ?? 'ok'])
        : error.code;
    };
    expect(await targets({ all: true })).toEqual([['ours', 'ok']]);
    expect(await targets({ deviceIds: ['theirs', 'ours'] })).toEqual([
      ['theirs', 'device_unknown'],
      ['ours', 'ok'],
    ]);
    expect(JSON.stringify(await targets({ group: 'hall' }))).not.toContain('theirs');
    expect(theirs.received).toEqual([]);

    // A command of another group is neither shown nor cancelled.
    await server.call('/devices/theirs/commands', { command: 'vlc:play', commandId: 'c-theirs', ttlMs: 60_000 });
    expect(await socket.emitWithAck('command:cancel', { commandId: 'c-theirs' })).toMatchObject({
      ok: false,
      error: { code: 'command_unknown' },
    });
    expect((await server.call('/commands/c-theirs', undefined, { token })).status).toBe(404);
    expect(
      await socket.emitWithAck('command:send', { deviceId: 'ours', command: 'vlc:play', commandId: 'c-theirs' }),
    ).toMatchObject({ ok: false, error: { code: 'conflict' } });

    for (const scope of [{ all: true }, { groups: ['hall', 'lobby'] }, { devices: ['ours', 'theirs'] }]) {
      const { devices } = await socket.emitWithAck('fleet:subscribe', { scope });
      expect(devices.map((it: { document: { id: string } }) => it.document.id)).toEqual(['ours']);
    }
    const copy = new Replica(socket);
    await copy.subscribe();
    await regroup('theirs', 'lobby');
    await copy.device('theirs', ({ group }) => group === 'lobby');
    await socket.emitWithAck('device:watch', { deviceId: 'theirs' });
    const endings = gather<{ deviceId: string }>(socket, 'command:response');
    await regroup('theirs', 'hall');
    await copy.until(({ documents }) => !documents.has('theirs'));
    await server.call('/devices/theirs/commands?wait=true', { command: 'vlc:play' });
    expect((await targets({ all: true }))[0]).toEqual(['ours', 'ok']);
    await vi.waitFor(() => expect(endings.length).toBeGreaterThan(0), SOON);
    expect(endings.filter(({ deviceId }) => deviceId === 'theirs')).toEqual([]);
    expect(ours.received.length).toBeGreaterThan(0);
  }, 60_000);

  it('A7 cannot access another group’s device by its id: neither its history nor its block', async () => {
    const server = await startServer();
    const { token } = (await server.call('/tokens', { name: 'lobby', role: 'admin', groups: ['lobby'] })).body;
    const remove = (path: string) => server.call(path, undefined, { method: 'DELETE' });
    for (const id of ['removed', 'blocked', 'there'])
      await server.call('/devices', { id, group: 'hall', name: 'secret' });
    await remove('/devices/removed');
    await remove('/devices/blocked?block=true');
    for (const id of ['removed', 'blocked', 'there']) {
      const made = await server.call('/devices', { id, group: 'lobby' }, { token });
      expect([made.status, made.body.code], id).toEqual([409, 'conflict']);
      expect((await server.call(`/devices/${id}/history`, undefined, { token })).status, id).toBe(404);
    }
    expect((await server.call('/devices/blocked/block', undefined, { method: 'DELETE', token })).status).toBe(404);
    expect((await server.call('/devices', { id: 'new', group: 'lobby' }, { token })).status).toBe(201);
    expect((await server.call('/devices', { id: 'removed', group: 'lobby' })).status).toBe(201);
  });

  it('A8 expiry: sessions signed in with the token are closed', async () => {
    const server = await startServer();
    const create = (expiresAt: string) => server.call('/tokens', { name: 'guest', role: 'viewer', expiresAt });
    expect((await create(new Date(Date.now() - 1000).toISOString())).status).toBe(400);
    const expiresAt = new Date(Date.now() + 1500).toISOString();
    const { body } = await create(expiresAt);
    expect(body).toMatchObject({ expiresAt });
    const socket = admin(server, { token: body.token });
    await next(socket, 'connect');
    expect(await next(socket, 'disconnect')).toBe('io server disconnect');
    expect((await server.fetch('/api/v1/me', { token: body.token })).status).toBe(401);
    expect((await server.call('/tokens')).body.tokens).toMatchObject([{ name: 'guest', expiresAt }]);
  });
});

describe('tokens', () => {
  it('L6 guessing is limited by address, and valid clients behind the same address can still sign in', async () => {
    const server = await startServer();
    // Both tokens were used successfully from here before.
    await register(playerOfSecondGeneration(server, 'before', WEBSOCKET), 'before');
    expect((await server.call('/me')).status).toBe(200);
    const answers = new Map<number, number>();
    const guess = async (i: number) => {
      const { status } = await server.fetch('/api/v1/me', { token: `guess-${i}` });
      answers.set(status, (answers.get(status) ?? 0) + 1);
    };
    const storm = Promise.all(Array.from({ length: 500 }, (_, i) => guess(i)));
    const sockets = Array.from({ length: 30 }, (_, i) =>
      admin(server, { ...WEBSOCKET, token: `guess ${i}`, reconnection: false }),
    );
    const ends = sockets.map((socket) => Promise.race([next(socket, 'connect_error'), next(socket, 'disconnect')]));
    await register(playerOfSecondGeneration(server, 'honest', WEBSOCKET), 'honest');
    expect((await server.call('/me')).status).toBe(200);
    await storm;
    expect(answers.get(401) ?? 0).toBeLessThanOrEqual(25);
    expect((answers.get(401) ?? 0) + (answers.get(429) ?? 0)).toBe(500);
    expect(await connectionOf(server, 'honest')).toMatchObject({ status: 'online' });
    for (const socket of sockets) expect(socket.connected).toBe(false);
    void ends;
  });

  it('L6 a restart during an attack rejects no player that connected from the same address before', async () => {
    const first = await startServer();
    await register(playerOfSecondGeneration(first, 'before', WEBSOCKET), 'before');
    await first.stop();
    const second = await first.restart();
    const guess = (i: number) => second.fetch('/api/v1/me', { token: `guess-${i}` });
    const answers = await Promise.all(Array.from({ length: 60 }, (_, i) => guess(i)));
    expect(answers.some(({ status }) => status === 429)).toBe(true);
    await register(playerOfSecondGeneration(second, 'before', { ...WEBSOCKET, reconnection: false }), 'before');
  });

  it('a replaced fleet token stays valid for a grace period, and its users are recorded; several tokens can be set', async () => {
    const first = await startServer({ PLAYER_TOKEN: 'the-first-token' });
    await first.stop();
    const second = await first.restart({ PLAYER_TOKEN: 'the-second-token,the-third-token' });
    for (const authToken of ['the-first-token', 'the-second-token', 'the-third-token']) {
      const player = playerOfSecondGeneration(second, authToken, { auth: { deviceId: authToken, authToken } });
      await register(player, authToken);
    }
    await second.logged(({ msg, deviceId }) => /previous PLAYER_TOKEN/.test(msg) && deviceId === 'the-first-token');
    await expect
      .poll(async () => (await second.call('/audit?kind=player.previous_token')).body.records)
      .toMatchObject([{ deviceId: 'the-first-token' }]);
    await second.stop();
    const third = await second.restart({ PLAYER_TOKEN: 'the-second-token', PLAYER_TOKEN_GRACE_MS: '0' });
    const late = playerOfSecondGeneration(third, 'x', { auth: { deviceId: 'x', authToken: 'the-first-token' } });
    expect((await next<Error>(late, 'connect_error')).message).toMatch(/token/i);
  });
});

describe('P4 sources other than the registered session', () => {
  it('are accepted from its address, or with its own token; answers and screenshots likewise', async () => {
    const server = await startServer();
    const screen = await startScreen(server, 'd');
    const from = (localAddress: string) => ({ ...WEBSOCKET, agent: new Agent({ localAddress }) as never });
    const stranger = playerOfSecondGeneration(server, 'd', from('127.0.0.9'));
    const beside = playerOfSecondGeneration(server, 'd', WEBSOCKET);
    await Promise.all([stranger, beside].map((it) => next(it, 'connect')));
    const update = (socket: typeof stranger, item: string) =>
      socket.emitWithAck('state:update', { changes: { vlc: { playing: true, currentItem: item } } });
    const item = async () => (await documentOf(server, 'd')).playback.item;
    await update(beside, 'beside.mp4');
    expect(await item()).toBe('beside.mp4');
    expect(await update(stranger, 'stranger.mp4')).toEqual({ ok: true });
    expect(await item()).toBe('beside.mp4');

    screen.isDeaf = true;
    const { body } = await server.call('/devices/d/commands', { command: 'vlc:stop', timeoutMs: 5000 });
    const [{ commandId }] = body.commands;
    const lie = { commandId, status: 'success' };
    expect(await beside.emitWithAck('player:command:response', lie)).toMatchObject({ code: 'not_registered' });
    await stranger.emitWithAck('player:command:response', lie);
    expect((await server.call(`/commands/${commandId}`)).body.status).toBe('sent');

    const { token } = (await server.call('/devices/d/token', {})).body;
    const own = playerOfSecondGeneration(server, 'd', {
      ...from('127.0.0.9'),
      auth: { deviceId: 'd', authToken: token },
    });
    await next(own, 'connect');
    await update(own, 'own.mp4');
    expect(await item()).toBe('own.mp4');

    // It has used its own token, so the fleet token is refused until its own is removed.
    const fleet = () => playerOfSecondGeneration(server, 'd', { ...WEBSOCKET, reconnection: false });
    expect(await next(fleet(), 'connect_error')).toMatchObject({ data: { code: 'unauthorized' } });
    const ended = next(own, 'disconnect');
    // It may be refused before the response to the request arrives.
    const refused = next(own, 'connect_error');
    expect((await server.call('/devices/d/token', { disconnect: true })).status).toBe(200);
    expect(await ended).toBe('transport close');
    expect(await refused).toMatchObject({ data: { code: 'unauthorized' } });
    expect((await remove(server, '/devices/d/token')).status).toBe(204);
    await next(fleet(), 'connect');
    const upload = await server.call('/devices/offline/snapshot', { data: 'AAAA' }, { token: server.playerToken });
    expect(upload.status).toBe(404);
    await server.call('/devices', { id: 'offline' });
    expect(
      await server.call('/devices/offline/snapshot', { data: 'AAAA' }, { token: server.playerToken }),
    ).toMatchObject({
      status: 409,
      body: { code: 'not_registered' },
    });
  });
});
