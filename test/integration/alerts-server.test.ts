import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { expect, test, vi } from 'vitest';
import { startAlertmanager } from '../support/alertmanager.ts';
import { playerOfFirstGeneration, register } from '../support/clients.ts';
import { startReceiver } from '../support/receiver.ts';
import { startServer } from '../support/server.ts';
import { smallDisk } from '../support/small-disk.ts';

/** The server evaluates every five seconds, measures its disk every thirty, and its own faults must last for thirty. */
const IN_TIME = { timeout: 75_000, interval: 100 };

test('W7 a full disk and a database that cannot be written raise alerts; with free space both end, and nothing is lost', async () => {
  const disk = await smallDisk(32);
  const receiver = await startReceiver();
  const alertmanager = await startAlertmanager();
  // Nearly full at the start: it is measured at once.
  disk.fill(disk.sizeBytes * 0.04);
  const env = { DATA_DIR: disk.directory, ALERT_WEBHOOK_URL: receiver.url, ALERTMANAGER_URL: alertmanager.url };
  const server = await startServer({ ...env, NODE_ID: 'n7' });
  disk.fill(0);
  const player = playerOfFirstGeneration(server, 'a');
  await register(player, 'a');
  // Small records still fit into the allocated part of the database's log; this one does not.
  await player.emitWithAck('player:state', { notes: randomBytes(120_000).toString('hex') });

  const told = () =>
    receiver.taken
      .flatMap(({ alerts }) => alerts.map(({ alert, about, state }) => `${state} ${alert} ${about}`))
      .sort();
  await vi.waitFor(() => expect(told()).toHaveLength(2), IN_TIME);
  const open = ['open server_database_lost n7', 'open server_disk_full n7'];
  expect(told()).toEqual(open);
  expect(receiver.taken[0]?.text).toMatch(/^FIRING server_\w+: n7: the d/);
  await vi.waitFor(async () => {
    const active = (await alertmanager.alerts()).map(({ labels }) => labels);
    expect(active).toContainEqual({ alertname: 'VigiaServerDiskFull', severity: 'critical', instance: 'n7' });
    expect(active).toContainEqual({ alertname: 'VigiaServerDatabaseLost', severity: 'critical', instance: 'n7' });
  }, IN_TIME);
  expect((await server.fetch('/readyz')).status).toBe(503);

  disk.empty();
  await vi.waitFor(() => expect(told()).toHaveLength(4), IN_TIME);
  expect(told()).toEqual([...open, ...open.map((it) => it.replace('open', 'resolved'))]);
  await vi.waitFor(async () => expect(await alertmanager.alerts()).toEqual([]), IN_TIME);
  expect((await server.fetch('/readyz')).status).toBe(200);
  await server.stop('SIGKILL');
  expect((await (await server.restart()).call('/devices/a')).status).toBe(200);
}, 200_000);

test('W7 an actor that is given up raises an alert: a fault of the machine for one device, in the running server', async () => {
  const receiver = await startReceiver();
  const fault = fileURLToPath(new URL('../support/failing-actor.mjs', import.meta.url));
  const server = await startServer({ ALERT_WEBHOOK_URL: receiver.url }, ['--import', fault]);
  for (const id of ['unlucky', 'lucky']) await register(playerOfFirstGeneration(server, id), id);
  for (let i = 0; i < 4; i++) await server.call('/devices/unlucky/commands', { command: 'vlc:play' });
  await vi.waitFor(() => expect(receiver.taken).toHaveLength(1), IN_TIME);
  expect(receiver.taken[0]?.alerts).toMatchObject([
    { alert: 'device_actor_failed', about: 'unlucky', state: 'open', severity: 'critical' },
  ]);
  expect((await server.call('/devices/lucky')).body.document.connection.status).toBe('online');
});
