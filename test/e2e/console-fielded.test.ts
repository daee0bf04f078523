import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { sharedBrowser, signIn } from '../support/browser.ts';
import { playerOfSecondGeneration, register } from '../support/clients.ts';
import { placeholder } from '../support/field-states.ts';
import { startFielded } from '../support/fielded-screen.ts';
import { PATIENCE_MS } from '../support/patience.ts';
import { sharedServer } from '../support/server.ts';

/** The console with fielded players. */
const server = sharedServer({ STATE_INTERVAL_MS: '2000', WATCH_INTERVAL_MS: '500', COMMAND_TIMEOUT_MS: '8000' });
const browser = sharedBrowser();
const HOURS_3 = 3 * 3_600_000 + 60_000;

const section = (page: Page, name: string) => page.getByRole('region', { name });
const card = (page: Page, name: string) => page.getByRole('link', { name: new RegExp(name) });

test('a fielded player on the wall and on its page: item, playlist, status, host', async () => {
  const screen = await startFielded(server.it, 'real-1', { deviceName: 'Entrance left' }, { playlist: 'mornings' });
  const page = await browser.open();
  await signIn(page, server.it);
  await card(page, 'Entrance left.*spring-offer\\.mp4.*mornings').waitFor();
  await page.getByRole('button', { name: /^On air [1-9]/ }).waitFor();
  screen.measure({ vlc: { currentItem: 'menu.mp4', position: 0.1 } });
  await card(page, 'Entrance left.*menu\\.mp4').click();

  const now = section(page, 'Now playing');
  await now.getByText('menu.mp4').waitFor();
  await now.getByText('mornings · full screen · volume 128').waitFor();
  const details = section(page, 'Details');
  for (const text of ['host-of-real-1', '10.4.0.31', '02:00:5e:10:00:01'])
    await details.getByText(text).first().waitFor();
  const health = section(page, 'Health');
  for (const text of [/37\.5%.*full, .* free/, /of .* in use/, '10.4.0.31'])
    await health.getByText(text).first().waitFor();

  screen.measure({ vlc: { playing: false, paused: true } });
  await now.getByText('Paused · mornings').waitFor();
  await page.getByText('Not on air', { exact: true }).waitFor();
  screen.measure({ vlc: { connected: false, playing: false, paused: false, stopped: true, currentItem: null } });
  await now.getByText('The player cannot reach VLC', { exact: true }).waitFor();
  await page.getByText('the player cannot reach VLC').first().waitFor();
});

test('the wall’s search finds what plays, host, address, hardware address and label, ignoring case and accents', async () => {
  await startFielded(
    server.it,
    'find-1',
    { deviceName: 'Salón Norte', deviceGroup: 'Planta Baja' },
    {
      host: 'rpi-norte',
      address: '10.9.8.7',
      mac: '02:00:5e:99:88:77',
      playlist: 'Otoño',
      vlc: { currentItem: 'Café.mp4' },
    },
  );
  await startFielded(server.it, 'find-2', { deviceName: 'Other' });
  await server.it.call('/devices/find-1', { labels: { city: 'Málaga' } }, { method: 'PATCH' });
  const page = await browser.open();
  await signIn(page, server.it);
  await card(page, 'Salón Norte.*Café\\.mp4').waitFor();
  const words = [
    'SALON',
    'planta baja',
    'cafe.MP4',
    'otono',
    'RPI-Norte',
    '10.9.8.7',
    '02:00:5E:99:88:77',
    'malaga',
    'find-1',
  ];
  const search = page.getByLabel('Search');
  for (const word of [...words, 'Otoño'.normalize('NFD'), 'norte málaga']) {
    await search.fill(word);
    await page.getByText(/^1 of \d+ devices$/).waitFor();
    await card(page, 'Salón Norte').waitFor();
    // Between two searches all are visible again.
    await search.fill('');
    await card(page, 'Other').waitFor();
  }
});

test('an old measurement shows its time; a player that was never measured shows that', async () => {
  await startFielded(server.it, 'old-1', {}, { agoMs: HOURS_3 });
  const silent = playerOfSecondGeneration(server.it, 'old-2');
  silent.on('player:request:state', () =>
    silent.emit('player:state', { ...placeholder, timestamp: new Date().toISOString() }),
  );
  await register(silent, 'old-2');
  const page = await browser.open();
  await signIn(page, server.it, undefined, '/?q=old-');
  await card(page, 'old-1.*measured 3 hr').waitFor();
  await card(page, 'old-2.*Not measured yet').waitFor();
  await page.getByRole('button', { name: 'Table' }).click();
  await page.getByRole('row', { name: /no recent measurement.*old-1.*stale.*measured 3 hr/ }).waitFor();
  await page.getByRole('link', { name: 'old-1' }).click();
  await section(page, 'Now playing').getByText('measured 3 hr').waitFor();
});

test('an answered command shows that nothing has been measured since, until something is', async () => {
  const screen = await startFielded(server.it, 'answer-1');
  const page = await browser.open();
  await signIn(page, server.it, undefined, '/devices/answer-1');
  await section(page, 'Now playing').getByText('spring-offer.mp4').waitFor();
  await page.getByRole('button', { name: 'Full screen' }).click();
  const order = section(page, 'Commands').getByRole('listitem').filter({ hasText: 'Full screen' }).first();
  await order.getByText('The device answered. Not measured yet.').waitFor();
  // A repeated cache is no measurement.
  screen.report();
  await page.getByText('succeeded').first().waitFor();
  await order.getByText('The device answered. Not measured yet.').waitFor();
  screen.measure({ vlc: { fullscreen: false, position: 0.9 } });
  await order.getByText('The device answered.').waitFor();
  expect(screen.received.map((it) => it.command)).toEqual(['vlc:fullscreen']);
});

test('a player that keeps its screenshots shows that at once', async () => {
  await startFielded(server.it, 'shot-1');
  const page = await browser.open();
  await signIn(page, server.it, undefined, '/devices/shot-1');
  await page.getByRole('button', { name: 'Take screenshot' }).click();
  await page.getByText('No screenshot was taken').first().waitFor({ timeout: PATIENCE_MS });
  await page.getByText('The player has no screenshot yet').first().waitFor();
  await page.getByRole('button', { name: 'Take screenshot' }).waitFor();
});

test('two machines with the same id are both named', async () => {
  const machine = (n: number) => ({ address: `10.4.0.3${n}`, mac: `02:00:5e:10:00:0${n}` });
  const start = (n: number) =>
    startFielded(server.it, 'clone-1', { deviceNetwork: { eth0: machine(n) } }, { ...machine(n) });
  const page = await browser.open();
  await start(1);
  await signIn(page, server.it, undefined, '/devices/clone-1');
  await section(page, 'Now playing').getByText('spring-offer.mp4').waitFor();
  for (const n of [2, 1, 2]) await start(n);
  const alert = page.getByRole('alert').filter({ hasText: 'Two machines use this id' });
  for (const n of [1, 2]) await alert.getByText(machine(n).mac).waitFor();
});

test('rejected states are reported until one is accepted', async () => {
  const screen = await startFielded(server.it, 'refused-1');
  const page = await browser.open();
  await signIn(page, server.it, undefined, '/devices/refused-1');
  await section(page, 'Now playing').getByText('spring-offer.mp4').waitFor();
  screen.socket.off('player:request:state');
  screen.socket.emit('player:state', { large: 'x'.repeat(400_000) });
  const alert = page.getByRole('alert').filter({ hasText: 'Its reports are rejected (payload_too_large)' });
  await alert.waitFor();
  await section(page, 'Now playing').getByText('spring-offer.mp4').waitFor();
  screen.measure();
  await alert.waitFor({ state: 'detached' });
});

test('the wall polls visible devices at a low rate, and none once the user leaves it', async () => {
  for (let i = 0; i < 200; i++) await server.it.call('/devices', { id: `view-${String(i).padStart(3, '0')}` });
  const page = await browser.open();
  const watched = new Map<string, unknown>();
  let most = 0;
  page.on('websocket', (socket) =>
    socket.on('framesent', ({ payload }) => {
      const [, text = ''] = /(\[.*)$/s.exec(String(payload)) ?? [];
      if (!text.startsWith('["device:')) return;
      const [event, { deviceId, intervalMs }] = JSON.parse(text);
      if (event === 'device:watch') watched.set(deviceId, intervalMs);
      else watched.delete(deviceId);
      most = Math.max(most, watched.size);
    }),
  );
  await signIn(page, server.it, undefined, '/?q=view-&sort=name');
  await expect.poll(() => watched.get('view-000')).toBe(10_000);
  const list = page.locator('a[href^="/devices/"]').first().locator('xpath=ancestor::ul/..');
  await list.evaluate((it) => it.scrollTo(0, it.scrollHeight));
  await expect.poll(() => watched.get('view-199')).toBe(10_000);
  expect(watched.has('view-000')).toBe(false);
  expect(most).toBeLessThan(60);
  await card(page, 'view-199').click();
  await expect.poll(() => [...watched]).toEqual([['view-199', undefined]]);
});
