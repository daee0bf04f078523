import { describe, expect, it, vi } from 'vitest';
import { gather, next, playerOfFirstGeneration, playerOfSecondGeneration, register } from '../support/clients.ts';
import { startServer, type TestServer } from '../support/server.ts';

const SOON = { timeout: 12_000, interval: 20 };
const WEBSOCKET = { transports: ['websocket'] };

const documentOf = async (server: TestServer, id: string) => (await server.call(`/devices/${id}`)).body.document;
const connectionOf = async (server: TestServer, id: string) => (await documentOf(server, id)).connection;
const remove = (server: TestServer, path: string) => server.call(path, undefined, { method: 'DELETE' });

describe('D8 blocked devices', () => {
  it('ends the sessions, keeps the id out over a restart, and lets it come back by itself', async () => {
    let server = await startServer();
    const player = playerOfFirstGeneration(server, 'b', WEBSOCKET);
    const beside = playerOfSecondGeneration(server, 'b');
    const told = gather<{ code: string }>(player, 'player:error');
    const toldBeside = gather<{ code: string }>(beside, 'player:error');
    await register(player, 'b');
    if (!beside.connected) await next(beside, 'connect');
    // Registers each time it connects, as players do.
    player.on('connect', () => player.emit('player:register', { deviceId: 'b' }));

    const closed = [next<string>(player, 'disconnect'), next<string>(beside, 'disconnect')];
    const { status, body } = await server.call('/devices/b/block', { reason: 'stolen' });
    expect(status).toBe(200);
    const blocked = { since: expect.any(String), by: 'admin', reason: 'stolen' };
    expect(body.document.blocked).toEqual(blocked);
    expect(await Promise.all(closed)).toEqual(['transport close', 'transport close']);
    expect([told.map(({ code }) => code), toldBeside.map(({ code }) => code)]).toEqual([['blocked'], ['blocked']]);
    expect(await connectionOf(server, 'b')).toMatchObject({ status: 'offline', reason: 'blocked', sessionId: null });

    // It tries again, is let in and told, and is not the device.
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

  it('removal can block: the id is listed, unknown, and comes back by itself once that is undone', async () => {
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
