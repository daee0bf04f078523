import type { Socket } from 'socket.io-client';
import { expect, it } from 'vitest';
import { gather, next, playerOfSecondGeneration, register } from '../support/clients.ts';
import { eventually, startCluster } from '../support/cluster.ts';
import type { TestServer } from '../support/server.ts';

const restrictionAt = async (server: TestServer) =>
  (await server.call('/devices/d')).body.document?.connection.restricted as object | undefined;

const flood = (socket: Socket) => {
  for (let n = 0; n < 500; n++) socket.emit('state:update', { changes: { n } });
};

/** How a player fares that comes to this instance now. */
async function comesTo(server: TestServer): Promise<string> {
  const player = playerOfSecondGeneration(server, 'd', { transports: ['websocket'], reconnection: false });
  const refused = next<{ code: string }>(player, 'player:error').then(({ code }) => code);
  await next(player, 'connect');
  const registered = player.emitWithAck('player:register', { deviceId: 'd' }).then(({ ok }) => ok === false);
  const code = await Promise.race([refused, registered.then((isRefused) => (isRefused ? refused : 'registered'))]);
  player.disconnect();
  return code;
}

it('P13 a device whose sockets are at two instances: what one finds holds at both, and is lifted at both in one call', async () => {
  const { instances } = await startCluster(2, { PLAYER_RATE: '20', PLAYER_BURST: '40' });
  const [a, b] = instances as [TestServer, TestServer];
  const options = { transports: ['websocket'], reconnection: false };
  const registered = playerOfSecondGeneration(a, 'd', options);
  const told = gather<{ code: string }>(registered, 'player:error');
  await register(registered, 'd');
  await eventually('the other one knows the device', async () => (await b.call('/devices/d')).status === 200);
  const beside = playerOfSecondGeneration(b, 'd', options);
  await next(beside, 'connect');
  flood(beside);

  // A pause may be over before it is looked at, on a busy machine: the next one is longer.
  await eventually('both say so, and turn it away', async () => {
    const shown = await Promise.all([restrictionAt(a), restrictionAt(b)]);
    if (shown.some((it) => it === undefined)) {
      if (shown.every((it) => it === undefined) && beside.disconnected) flood(beside.connect());
      return false;
    }
    expect(shown[1]).toEqual(shown[0]);
    expect(shown[0]).toMatchObject({ why: 'flooding' });
    return (await Promise.all([comesTo(a), comesTo(b)])).every((code) => code === 'restricted');
  });
  await eventually('the socket that did nothing is turned away, too', () =>
    told.some(({ code }) => code === 'restricted'),
  );
  // One finding is one record.
  await expect
    .poll(async () => (await a.call('/audit?kind=device.restricted')).body.records)
    .toMatchObject([{ deviceId: 'd' }]);

  // By whichever instance.
  expect((await b.call('/devices/d/restriction', undefined, { method: 'DELETE' })).status).toBe(204);
  await eventually('it is lifted', async () => !(await restrictionAt(a)) && !(await restrictionAt(b)));
  expect(await comesTo(a)).toBe('registered');
  expect(await comesTo(b)).toBe('registered');
}, 60_000);
