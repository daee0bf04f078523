import sharp from 'sharp';
import { expect, onTestFinished, test, vi } from 'vitest';
import { connectPlayer } from '../../src/client/player.ts';
import { PATIENCE_MS } from '../support/patience.ts';
import { startProxy } from '../support/proxy.ts';
import { sharedServer } from '../support/server.ts';

vi.setConfig({ testTimeout: 2 * PATIENCE_MS });
const within = { timeout: PATIENCE_MS, interval: 100 };
const server = sharedServer({ OFFLINE_GRACE_MS: '300' });

const clip = (item: string) => ({ vlc: { connected: true, playing: true, currentItem: item } });

test('X6, H13, T9 what happened without a connection arrives with its time, and counts', async () => {
  const cable = await startProxy(server.it.port);
  let item = 'before.mp4';
  const player = connectPlayer({
    url: `http://127.0.0.1:${cable.port}`,
    deviceId: 'd',
    token: server.it.playerToken,
    readState: () => clip(item),
  });
  onTestFinished(() => player.close());
  await player.ready();
  const get = async (path: string) => (await server.it.call(`/devices/d${path}`)).body;
  await expect.poll(async () => (await get('')).document.onAir.status, within).toBe('yes');

  cable.cut();
  cable.mend();
  await expect.poll(() => player.status.link, within).toBe('connecting');
  // The cable stays broken for new connections.
  cable.cut();
  item = 'away.mp4';
  const began = Date.now();
  const measuring = setInterval(() => player.setState(clip(item)), 100);
  onTestFinished(() => clearInterval(measuring));
  const picture = await sharp({ create: { width: 20, height: 10, channels: 3, background: 'teal' } })
    .png()
    .toBuffer();
  const refused = player.sendSnapshot(picture);
  await expect.poll(() => Date.now() - began, within).toBeGreaterThan(6000);
  clearInterval(measuring);
  const ended = Date.now();
  cable.mend();
  await expect(refused).rejects.toMatchObject({ code: 'unavailable' });
  await expect.poll(() => player.status.link, within).toBe('registered');

  await expect.poll(async () => (await get('/reports')).reports.length, within).toBe(1);
  const [report] = (await get('/reports')).reports;
  expect(report.state).toMatchObject(clip('away.mp4'));
  expect(Date.parse(report.from)).toBeLessThan(began + 2000);
  expect(Date.parse(report.to)).toBeGreaterThan(began + 3000);
  const then = new Date((began + ended) / 2).toISOString();
  expect(await get(`/state?at=${then}`)).toMatchObject({
    document: { connection: { status: expect.not.stringMatching('online') } },
    reported: { state: clip('away.mp4') },
  });
  await expect
    .poll(async () => (await get('/periods?kind=playback')).periods.map((it: { item: string }) => it.item), within)
    .toContain('away.mp4');
  const { periods } = await get('/periods?kind=connection');
  expect(periods.map((it: { status: string }) => it.status)).toContain('offline');
  await expect.poll(async () => (await get('/snapshots')).snapshots.length, within).toBe(1);
  const [{ takenAt }] = (await get('/snapshots')).snapshots;
  expect(Math.abs(Date.parse(takenAt) - began)).toBeLessThan(3000);
  // It is not what the device shows now.
  expect((await get('')).document.state.snapshot).toBeUndefined();
});

test('H13 reports are taken from the device alone, and with possible times', async () => {
  const post = (token: string, change: object = {}, id = 'e') => {
    const iso = (ms: number) => new Date(Date.now() - ms).toISOString();
    const report = { from: iso(5000), to: iso(2000), state: clip('x'), ...change };
    return server.it.call(`/devices/${id}/reports`, { sentAt: iso(0), reports: [report] }, { token });
  };
  const { body } = await server.it.call('/devices', { id: 'e' });
  expect((await post(body.token)).status).toBe(204);
  expect((await post(server.it.adminToken)).status).toBe(401);
  expect((await post(body.token, {}, 'd')).status).toBe(401);
  await server.it.call('/devices', { id: 'away' });
  expect((await post(server.it.playerToken, {}, 'away')).body).toMatchObject({ code: 'not_registered' });
  const future = { to: new Date(Date.now() + 60_000).toISOString() };
  expect((await post(body.token, future)).body).toMatchObject({
    code: 'invalid_payload',
    errors: [{ path: 'reports.0' }],
  });
  expect((await post(body.token, { from: '2020-01-01T00:00:00Z' })).status).toBe(400);
  expect((await post(body.token, { state: { big: 'x'.repeat(300_000) } })).body).toMatchObject({
    code: 'payload_too_large',
  });
});
