import { expect, onTestFinished, test } from 'vitest';
import { connectPlayer, pairPlayer } from '../../src/client/player.ts';
import { startCluster } from '../support/cluster.ts';
import { deferred } from '../support/deferred.ts';
import type { TestServer } from '../support/server.ts';

test('P14 a player shows a code at one instance, the operator types it at another, and the player connects', async () => {
  const { instances } = await startCluster(2, { DEVICE_AUTH: 'provisioned' });
  const [here, there] = instances as [TestServer, TestServer];
  const code = deferred<string>();
  const info = { name: 'Hall', appVersion: '1.2' };
  const pairing = pairPlayer({ url: here.url, info, onCode: (it) => code.resolve(it) });
  const shown = await code.promise;
  expect((await there.call(`/pairings/${shown}`)).body).toMatchObject({ ...info, code: shown, address: '127.0.0.1' });
  const wanted = { id: 'hall-1', group: 'lobby' };
  expect((await there.call(`/pairings/${shown}`, wanted)).body).toEqual({ id: 'hall-1' });
  expect((await there.call(`/pairings/${shown}`, {})).status).toBe(404);
  const paired = await pairing;
  expect(paired).toEqual({ deviceId: 'hall-1', token: expect.stringMatching(/^vd_/) });
  const player = connectPlayer({ url: here.url, ...paired });
  onTestFinished(() => player.close());
  await player.ready();
  expect((await here.call('/devices/hall-1')).body.document).toMatchObject({ group: 'lobby' });
  const { body } = await here.call('/audit?kind=pairing.');
  expect(body.records.map(({ kind }: { kind: string }) => kind).sort()).toEqual([
    'pairing.completed',
    'pairing.started',
  ]);

  const gone = new AbortController();
  const codes: string[] = [];
  const abandoned = pairPlayer({ url: there.url, onCode: (it) => codes.push(it), signal: gone.signal });
  await expect.poll(() => codes).toHaveLength(1);
  gone.abort(new Error('enough'));
  await expect(abandoned).rejects.toThrow('enough');
});
