import { describe, expect, it } from 'vitest';
import { next, playerOfFirstGeneration, playerOfSecondGeneration, register } from '../support/clients.ts';
import { sharedServer, startServer } from '../support/server.ts';

const shared = sharedServer();
const documentOf = async (id: string) => (await shared.it.call(`/devices/${id}`)).body.document;

describe('takeover', () => {
  it('P8 the newest registration wins; the older one gets session_replaced, is closed, and does not return', async () => {
    const old = playerOfSecondGeneration(shared.it, 'taken');
    await register(old, 'taken');
    const told = next(old, 'player:error');
    const lost = next(old, 'disconnect');
    const fresh = playerOfSecondGeneration(shared.it, 'taken');
    await next(fresh, 'connect');
    expect(old.connected, 'signing in alone takes nothing over').toBe(true);
    const { sessionId } = await register(fresh, 'taken');
    expect(await told).toMatchObject({ code: 'session_replaced' });
    expect(await lost).toBe('io server disconnect');
    expect(old.active, 'it does not try again').toBe(false);
    expect((await documentOf('taken')).connection).toMatchObject({ status: 'online', sessionId });
  });

  it('P8 the late disconnect of the older one changes nothing', async () => {
    const old = playerOfSecondGeneration(shared.it, 'overtaken', { transports: ['polling'] });
    await register(old, 'overtaken');
    const fresh = playerOfSecondGeneration(shared.it, 'overtaken');
    const lost = next(old, 'disconnect');
    await register(fresh, 'overtaken');
    await lost;
    await fresh.emitWithAck('player:state', { done: true });
    expect((await documentOf('overtaken')).connection).toMatchObject({ status: 'online' });
    expect(
      (
        await shared.it.call('/devices/overtaken/commands?wait=true', {
          command: 'vlc:stop',
          timeoutMs: 50,
          retries: 0,
        })
      ).body.commands[0].status,
    ).toBe('timeout');
    expect(fresh.connected).toBe(true);
  });
});

describe('closing', () => {
  it('P9 a bad token is a connect_error, which the client does not retry', async () => {
    const player = playerOfFirstGeneration(shared.it, 'bad', { auth: { token: 'wrong' } });
    const error = await next<{ message: string; data: object }>(player, 'connect_error');
    expect(error.data).toEqual({ code: 'unauthorized', message: expect.any(String) });
    expect(player.active).toBe(false);
  });
});

describe('provisioned devices', () => {
  it('P1 DEVICE_AUTH=shared: a device may use its own token too, but not that of another device', async () => {
    const { body, status } = await shared.it.call('/devices', { id: 'own', name: 'Own', labels: { floor: '3' } });
    expect(status).toBe(201);
    const player = playerOfSecondGeneration(shared.it, 'own', { auth: { deviceId: 'own', authToken: body.token } });
    await register(player, 'own', { deviceName: 'What it calls itself' });
    expect(await documentOf('own')).toMatchObject({
      name: 'Own',
      labels: { floor: '3' },
      connection: { status: 'online' },
    });
    const thief = playerOfSecondGeneration(shared.it, 'thief', { auth: { deviceId: 'thief', authToken: body.token } });
    expect(await next(thief, 'connect_error')).toMatchObject({ data: { code: 'unauthorized' } });
  });

  it('P1 D4 DEVICE_AUTH=provisioned: its own token only; a rotated one is no longer valid', async () => {
    const server = await startServer({ DEVICE_AUTH: 'provisioned' });
    const { token } = (await server.call('/devices', { id: 'd' })).body;
    const signIn = (authToken: string) => playerOfSecondGeneration(server, 'd', { auth: { deviceId: 'd', authToken } });
    expect(await next(signIn(server.playerToken), 'connect_error')).toMatchObject({ data: { code: 'unauthorized' } });
    await register(signIn(token), 'd');
    const rotated = (await server.call('/devices/d/token', {})).body.token;
    expect(rotated).not.toBe(token);
    expect(await next(signIn(token), 'connect_error')).toMatchObject({ data: { code: 'unauthorized' } });
    await register(signIn(rotated), 'd');
    expect(JSON.stringify(server.logs)).not.toMatch(new RegExp(`${token}|${rotated}`));
  });

  it('P7 D4 a removed device gets revoked and is closed; none of its sockets brings it back', async () => {
    const server = await startServer({ DEVICE_AUTH: 'provisioned' });
    const { token } = (await server.call('/devices', { id: 'd' })).body;
    const options = { auth: { deviceId: 'd', authToken: token }, transports: ['websocket'] };
    const player = playerOfSecondGeneration(server, 'd', options);
    await register(player, 'd');
    const second = playerOfSecondGeneration(server, 'd', options);
    await next(second, 'connect');
    const [told, lost] = [next(player, 'player:error'), next(player, 'disconnect')];
    const secondLost = next(second, 'disconnect');
    expect((await server.fetch('/api/v1/devices/d', { method: 'DELETE' })).status).toBe(204);
    expect(await told).toMatchObject({ code: 'revoked' });
    expect(await lost).toBe('io server disconnect');
    expect(player.active).toBe(false);
    expect((await server.call('/devices/d')).status).toBe(404);
    await secondLost;
    expect(await next(playerOfSecondGeneration(server, 'd', options), 'connect_error')).toMatchObject({
      data: { code: 'unauthorized' },
    });
    expect((await server.call('/devices')).body.devices).toEqual([]);
  });
});
