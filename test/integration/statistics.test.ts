import { expect, test, vi } from 'vitest';
import { playerOfSecondGeneration, register } from '../support/clients.ts';
import { freshDatabase } from '../support/databases.ts';
import { PATIENCE_MS } from '../support/patience.ts';
import { startServer } from '../support/server.ts';

test.each(['SQLite', 'PostgreSQL'])('O2, T1–T4 a player that plays, pauses and leaves, on %s', async (database) => {
  const server = await startServer(database === 'SQLite' ? {} : { DATABASE_URL: await freshDatabase() });
  const player = playerOfSecondGeneration(server, 'd1');
  let state = 'playing';
  let time = 0;
  const report = () => {
    time++;
    player.emit('player:state', {
      vlc: { state, item: 'a.mp4', time, length: 600 },
      activePlaylist: { id: 'p1', name: 'Morning' },
    });
  };
  player.on('player:request:state', report);
  const onAir = async () => (await server.call('/devices/d1')).body.document.onAir;
  const stats = async () => (await server.call('/stats')).body;
  const until = (check: () => Promise<void>) => vi.waitFor(check, { timeout: PATIENCE_MS, interval: 50 });

  await register(player, 'd1', { deviceGroup: 'lobby' });
  await until(async () => expect(await onAir()).toMatchObject({ status: 'yes', why: 'playing' }));
  const began = Date.parse((await onAir()).since);
  state = 'paused';
  report();
  await until(async () => expect(await onAir()).toMatchObject({ status: 'no', why: 'paused' }));
  const playedMs = Date.parse((await onAir()).since) - began;
  state = 'playing';
  report();
  await until(async () => expect(await onAir()).toMatchObject({ status: 'yes' }));
  const resumed = Date.parse((await onAir()).since);
  player.disconnect();
  await until(async () => expect(await onAir()).toMatchObject({ status: 'unknown', why: 'not connected' }));
  const lost = Date.parse((await onAir()).since);

  await until(async () => {
    const { total, devices, groups } = await stats();
    const yesMs = playedMs + lost - resumed;
    expect(total.onAir.yesMs).toBe(yesMs);
    expect(total.playback).toEqual(yesMs > 0 ? [{ item: 'a.mp4', playlist: 'Morning', ms: yesMs }] : []);
    expect(total.disconnections).toEqual({ count: 1, reasons: { left: 1 } });
    expect(devices).toMatchObject([{ deviceId: 'd1' }]);
    expect(groups).toMatchObject([{ group: 'lobby', devices: 1, onAir: { yesMs } }]);
  });
  const periodsOf = (id: string, span = '') => server.call(`/devices/${id}/periods?kind=onAir${span}`);
  expect(await periodsOf('d1', '&from=2020-01-01T00:00:00Z&to=2020-01-02T00:00:00Z')).toMatchObject({
    status: 200,
    body: { periods: [] },
  });
  expect(await periodsOf('never-seen')).toMatchObject({ status: 404, body: { code: 'device_unknown' } });
  const metrics = await (await server.fetch('/metrics')).text();
  expect(metrics).toMatch(/vigia_devices_on_air\{status="unknown"[^}]*\} 1/);

  const periods = (await stats()).total.uptime;
  await server.stop();
  const again = await server.restart();
  const { uptime, disconnections } = (await again.call('/stats')).body.total;
  expect(uptime.onlineMs).toBe(periods.onlineMs);
  expect(disconnections.count).toBe(1);
});
