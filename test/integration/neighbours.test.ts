import { expect, onTestFinished, test } from 'vitest';
import { makeTrouble, restrictedOnes } from '../bench/worst-players.ts';
import { next, playerOfSecondGeneration, register } from '../support/clients.ts';
import { PATIENCE_MS } from '../support/patience.ts';
import { startServer } from '../support/server.ts';

const HONEST = 10;
const NAMED_WITHIN_MS = 10_000;
/** An alert is evaluated within a second; a busy process may take longer. */
const ALERT_WITHIN_MS = 4000;
const at = (time: unknown) => new Date(time as string | number).getTime();

test('P13 the ten worst players at once: no other device is lost or delayed, offenders are named, and one is stopped with one call', async () => {
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
  /** The first time the server logged that, by device. */
  function timesOf(msg: string): Map<string, number> {
    const times = new Map<string, number>();
    for (const line of server.logs) {
      const id = String(line.deviceId);
      if (line.msg === msg && !times.has(id)) times.set(id, at(line.time));
    }
    return times;
  }
  const trouble = makeTrouble(server.url, server.playerToken);
  onTestFinished(() => trouble.stop());

  const named = () => [...timesOf('device restricted').keys()];
  await expect.poll(named, { timeout: PATIENCE_MS }).toEqual(expect.arrayContaining([...restrictedOnes]));
  // By the server's clock, from when a device enrolled. (One that floods before it registers is named without that; and how fast
  // the one that flaps does so is this machine's.)
  const since = timesOf('device enrolled');
  const namedAt = timesOf('device restricted');
  const flaps = server.logs.filter(
    ({ msg, deviceId, time }) =>
      msg === 'device online' && deviceId === 'flap' && at(time) <= (namedAt.get('flap') ?? 0),
  );
  expect(flaps.length).toBeLessThanOrEqual(15);
  const timed = restrictedOnes.filter((id) => id !== 'flap' && since.has(id));
  expect(timed.length).toBeGreaterThanOrEqual(2);
  for (const id of timed)
    expect((namedAt.get(id) as number) - (since.get(id) as number), id).toBeLessThan(NAMED_WITHIN_MS);
  // And an alert reports it.
  const opened = async () => {
    const { alerts } = (await server.call('/alerts')).body;
    const found = new Map<string, number>();
    for (const { alert, about, openedAt } of alerts) if (alert === 'device_restricted') found.set(about, at(openedAt));
    return found;
  };
  await expect
    .poll(async () => [...(await opened()).keys()], { timeout: PATIENCE_MS })
    .toEqual(expect.arrayContaining(timed));
  for (const [id, openedAt] of await opened()) {
    if (timed.includes(id as never)) expect(openedAt - (namedAt.get(id) as number), id).toBeLessThan(ALERT_WITHIN_MS);
  }
  for (const id of ids) {
    const { status, body } = await server.call(`/devices/${id}/commands?wait=true`, { command: 'vlc:play' });
    expect([status, body.commands?.[0]?.status], id).toEqual([200, 'success']);
  }
  expect(lost).toEqual([]);
  expect(named()).not.toContainEqual(expect.stringMatching(/^honest/));

  expect((await server.call('/devices/flood/block', {})).status).toBeLessThan(300);
  await expect
    .poll(async () => (await server.call('/devices/flood')).body.document.connection.status)
    .not.toBe('online');
  const late = playerOfSecondGeneration(server, 'late');
  await next(late, 'connect');
  expect(await register(late, 'late')).toMatchObject({ deviceId: 'late' });
});
