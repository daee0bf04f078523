import type { Socket } from 'socket.io-client';
import { describe, expect, test } from 'vitest';
import { admin, next, playerOfSecondGeneration, Replica, register } from '../support/clients.ts';
import { sharedServer, startServer } from '../support/server.ts';

interface Refusal {
  code: string;
}

const isRestricted = ({ code }: Refusal) => code === 'restricted';

/** Registers on each connection, like fielded players. */
function keepRegistering(player: Socket, deviceId: string): Socket {
  const once = () => player.emit('player:register', { deviceId });
  player.on('connect', once);
  if (player.connected) once();
  return player;
}

describe('P13 a device that exceeds its budget', () => {
  const shared = sharedServer({ PLAYER_RATE: '50', PLAYER_BURST: '300', OFFLINE_GRACE_MS: '200' });

  async function watcher() {
    const replica = new Replica(admin(shared.it));
    await next(replica.socket, 'connect');
    await replica.subscribe();
    return replica;
  }

  test('that registers 15 times in a minute gets an error, is ignored, closed, shown and recorded; it returns by itself', async () => {
    const replica = await watcher();
    const player = playerOfSecondGeneration(shared.it, 'flaps', { reconnectionDelay: 500 });
    const told = next<Refusal>(player, 'player:error', isRestricted);
    keepRegistering(player, 'flaps');
    player.on('player:registered', () => player.io.engine.close());
    await told;
    player.removeAllListeners('player:registered');
    const { connection } = await replica.device('flaps', (it) => it.connection.restricted !== undefined);
    const { since, until, why } = connection.restricted as { since: string; until: string; why: string };
    expect([why, Date.parse(until) - Date.parse(since)]).toEqual(['flapping', 6000]);
    expect(await next(player, 'disconnect'), 'the transport, which players retry').toBe('transport close');
    const back = next(player, 'player:registered', () => true, 20_000);
    // During the pause it can connect, gets the error, and is closed again.
    await next(player, 'player:error', isRestricted);
    await back;
    const free = await replica.device('flaps', (it) => it.connection.status === 'online');
    expect(free.connection.restricted).toBeUndefined();
    expect(Date.now()).toBeGreaterThanOrEqual(Date.parse(until));
    const { body } = await shared.it.call('/audit?kind=device.restricted&deviceId=flaps');
    expect(body.entries ?? body.records).toMatchObject([
      { actor: 'server', details: { why: 'flapping', evidence: '15 registrations in 60 s' } },
    ]);
    expect(replica.gaps).toEqual([]);
  });

  test('has one budget for all its sockets: other devices are unaffected, and an operator lifts the restriction with one call', async () => {
    const neighbour = playerOfSecondGeneration(shared.it, 'calm');
    await register(neighbour, 'calm');
    const sockets = Array.from({ length: 6 }, () =>
      playerOfSecondGeneration(shared.it, 'floods', { reconnection: false }),
    );
    await register(sockets[0] as Socket, 'floods');
    await Promise.all(sockets.slice(1).map((it) => it.connected || next(it, 'connect')));
    const told = sockets.map((it) => next<Refusal>(it, 'player:error', isRestricted));
    for (let i = 0; i < 150; i++) for (const it of sockets) it.emit('state:update', { changes: { n: i } });
    await Promise.all(told);
    const connection = async () => (await shared.it.call('/devices/floods')).body.document.connection;
    await expect.poll(connection).toMatchObject({ restricted: { why: 'flooding' }, reason: 'restricted' });
    expect(await neighbour.timeout(2000).emitWithAck('player:state', { vlc: { state: 'playing' } })).toEqual({
      ok: true,
    });

    const lifted = await shared.it.call('/devices/floods/restriction', undefined, { method: 'DELETE' });
    expect(lifted.status).toBe(204);
    const back = playerOfSecondGeneration(shared.it, 'floods');
    expect(await register(back, 'floods')).toMatchObject({ deviceId: 'floods' });
    // Its budget of changes is used up, so this one may take a second (A9).
    await expect.poll(async () => (await connection()).status).toBe('online');
    expect((await connection()).restricted).toBeUndefined();
  });

  test('that is rejected ten times in a minute for messages that are too large', async () => {
    const player = playerOfSecondGeneration(shared.it, 'oversized', { transports: ['websocket'] });
    await register(player, 'oversized');
    const told = next<Refusal>(player, 'player:error', isRestricted);
    const text = 'x'.repeat(300_000);
    for (let i = 0; i < 10; i++) player.emit('player:state', { text, i });
    await told;
    const { document } = (await shared.it.call('/devices/oversized')).body;
    expect(document.connection.restricted).toMatchObject({ why: 'oversized' });
  });
});

test('L9 beyond MAX_DEVICES a new device connects, gets fleet_full and is closed; known ones return; free capacity goes to the next one', async () => {
  const server = await startServer({ MAX_DEVICES: '2' });
  for (const id of ['a', 'b']) await register(playerOfSecondGeneration(server, id), id);
  const third = playerOfSecondGeneration(server, 'c', { reconnectionDelay: 200 });
  const told = next<Refusal>(third, 'player:error', ({ code }) => code === 'fleet_full');
  expect(await register(third, 'c')).toMatchObject({ ok: false, code: 'fleet_full' });
  await told;
  expect(await next(third, 'disconnect')).toBe('transport close');
  await server.logged((line) => line.code === 'fleet_full');
  expect((await server.call('/devices', { id: 'd' })).body).toMatchObject({ code: 'fleet_full' });
  expect(await register(playerOfSecondGeneration(server, 'a'), 'a')).toMatchObject({ deviceId: 'a' });
  expect(await (await server.fetch('/metrics')).text()).toMatch(
    /vigia_refused_total\{audience="player",code="fleet_full"\} [1-9]/,
  );
  await server.call('/devices/b', undefined, { method: 'DELETE' });
  expect(await register(third, 'c')).toMatchObject({ deviceId: 'c' });
});
