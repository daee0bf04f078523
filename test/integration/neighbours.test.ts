import { expect, onTestFinished, test } from 'vitest';
import { makeTrouble, restrictedOnes } from '../bench/worst-players.ts';
import { next, playerOfSecondGeneration, register } from '../support/clients.ts';
import { startServer } from '../support/server.ts';

const HONEST = 10;

test('P13 the ten worst players at once: no honest one is lost or waits for long, the culprits are named, and one is stopped in one call', async () => {
  const server = await startServer({ COMMAND_TIMEOUT_MS: '5000', COMMAND_RETRIES: '0' });
  const lost: string[] = [];
  const ids = Array.from({ length: HONEST }, (_, i) => `honest-${i}`);
  for (const id of ids) {
    const player = playerOfSecondGeneration(server, id);
    await register(player, id);
    player.on('disconnect', (reason) => lost.push(`${id}: ${reason}`));
    player.on('player:error', ({ code }) => lost.push(`${id}: ${code}`));
    player.on('player:request:state', () => player.emit('player:state', { vlc: { state: 'playing' } }));
    player.on('player:command', ({ commandId }) =>
      player.emit('player:command:response', { commandId, status: 'success' }),
    );
  }
  const trouble = makeTrouble(server.url, server.playerToken);
  onTestFinished(() => trouble.stop());

  const restricted = new Set<unknown>();
  const named = async () => {
    for (const line of server.logs) if (line.msg === 'device restricted') restricted.add(line.deviceId);
    return [...restricted].sort();
  };
  await expect.poll(named, { timeout: 20_000 }).toEqual(expect.arrayContaining([...restrictedOnes]));
  for (const id of ids) {
    const { status, body } = await server.call(`/devices/${id}/commands?wait=true`, { command: 'vlc:play' });
    expect([status, body.commands?.[0]?.status], id).toEqual([200, 'success']);
  }
  expect(lost).toEqual([]);
  expect(await named()).not.toContainEqual(expect.stringMatching(/^honest/));

  expect((await server.call('/devices/flood/block', {})).status).toBeLessThan(300);
  await expect
    .poll(async () => (await server.call('/devices/flood')).body.document.connection.status)
    .not.toBe('online');
  const late = playerOfSecondGeneration(server, 'late');
  await next(late, 'connect');
  expect(await register(late, 'late')).toMatchObject({ deviceId: 'late' });
});
