import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import type { DeviceDocument, VersionedDocument } from '../../src/protocol/document.ts';
import { sharedBrowser, signIn } from '../support/browser.ts';
import { startScreen } from '../support/clients.ts';
import { sharedServer, startServer } from '../support/server.ts';

const server = sharedServer();
const browser = sharedBrowser();
const FLEET = 300;

/** The rendered names, in visible order. */
const names = async (page: Page): Promise<string[]> => {
  const cards = await page.locator('a[href^="/devices/"]').all();
  const seen = await Promise.all(
    cards.map(async (it) => ({ name: await it.locator('b').innerText(), box: await it.boundingBox() })),
  );
  return seen
    .sort((a, b) => (a.box?.y ?? 0) - (b.box?.y ?? 0) || (a.box?.x ?? 0) - (b.box?.x ?? 0))
    .map(({ name }) => name);
};

test('Q4 the wall: trouble first, never connected last, live counts, filters by status, group, label and text; only visible cards are rendered', async () => {
  // The ids are generated so that their order differs from that of the names.
  const body = (i: number) => ({
    id: [...String((i * 7) % FLEET)].map((digit) => 'abcdefghij'[Number(digit)]).join(''),
    name: `Screen ${i}`,
    group: i % 3 ? 'hall' : 'roof',
    labels: { floor: `${i % 4}` },
  });
  for (let i = 1; i <= FLEET; i++) await server.it.call('/devices', body(i));
  const [plays, paused] = [await startScreen(server.it, body(7).id), await startScreen(server.it, body(8).id)];
  plays.state = 'playing';
  plays.report();
  paused.state = 'paused';
  paused.report();
  const page = await browser.open();
  await signIn(page, server.it);
  await page.getByText(`${FLEET} devices`, { exact: true }).waitFor();
  await page.getByRole('button', { name: /^Awaiting first connection 298$/ }).waitFor();
  await page.getByRole('button', { name: /^On air 1$/ }).waitFor();
  expect((await names(page)).slice(0, 4)).toEqual(['Screen 8', 'Screen 7', 'Screen 1', 'Screen 2']);
  expect(await page.locator('a[href^="/devices/"]').count()).toBeLessThan(60);

  const list = page.locator('a[href^="/devices/"]').first().locator('xpath=ancestor::ul/..');
  await list.evaluate((it) => it.scrollTo(0, it.scrollHeight));
  await page.getByRole('link', { name: `Screen ${FLEET}` }).waitFor();

  await page.getByLabel('Order').selectOption({ label: 'By name' });
  await page.getByLabel('Group').selectOption('roof');
  await page.getByText(`100 of ${FLEET} devices`).waitFor();
  await list.evaluate((it) => it.scrollTo(0, 0));
  await expect
    .poll(async () => (await names(page)).slice(0, 4))
    .toEqual(['Screen 3', 'Screen 6', 'Screen 9', 'Screen 12']);
  await page.getByLabel('Label').selectOption('floor=0');
  await page.getByText(`25 of ${FLEET} devices`).waitFor();
  await page.keyboard.press('Escape');
  await page.locator('h1').click();
  await page.keyboard.press('/');
  await page.keyboard.type('screen 12');
  await expect.poll(() => names(page)).toEqual(['Screen 12', 'Screen 120']);
  // The selection is in the URL: a reload, or another user, sees the same.
  await page.reload();
  await page.getByText(`2 of ${FLEET} devices`).waitFor();

  await page.goto(`${server.it.url}/?status=onAir,offAir`);
  await expect.poll(() => names(page)).toEqual(['Screen 8', 'Screen 7']);
  paused.state = 'playing';
  paused.report();
  await page.getByRole('button', { name: /^On air 2$/ }).waitFor();
  await expect.poll(() => names(page)).toEqual(['Screen 7', 'Screen 8']);
  await page.getByRole('button', { name: 'Table' }).click();
  await page.getByRole('row', { name: /On air.*Screen 7.*hall/ }).waitFor();
});

test('F1, F6 the search accepts filters; an error is shown below it and selects no devices', async () => {
  const own = await startServer();
  for (const [i, city] of ['Mendoza', 'Córdoba', 'Mendoza'].entries()) {
    await own.call('/devices', { id: `f-${i}`, name: `Screen ${i}`, group: 'hall', labels: { city } });
  }
  await startScreen(own, 'f-2');
  const page = await browser.open();
  await signIn(page, own);
  await page.getByText('3 devices', { exact: true }).waitFor();
  const search = page.getByRole('searchbox', { name: 'Search' });
  await search.fill('status:offline label.city:mendoza');
  await expect.poll(() => names(page)).toEqual(['Screen 0']);
  await search.fill('group:hall -label.city:mendoza,cordoba');
  await page.getByText('No devices match').waitFor();
  await search.fill('group:hall seen<1m');
  await expect.poll(() => names(page)).toEqual(['Screen 2']);

  await search.fill('group:hall status:lost');
  await page.getByText('Character 19: “status” takes online, reconnecting, offline').waitFor();
  expect(await search.getAttribute('aria-invalid')).toBe('true');
  await page.goto(`${own.url}/rollouts?q=version%3Cnew`);
  await page.getByText('Character 9: “version” takes a version, such as 2.3').waitFor();
  expect(await page.getByRole('button', { name: /^Send to|^Start/ }).isDisabled()).toBe(true);
  await page.goto(`${own.url}/provisioning`);
  await page.getByRole('searchbox').fill('seen>soon');
  await page.getByText('Character 6: “seen” takes a time, such as 30m, 2h or 7d').waitFor();
});

test('S8 the first screens appear while the rest of the fleet is still loading; commands for many devices wait for all of it', async () => {
  const own = await startServer();
  const screens = await Promise.all(['a', 'b', 'c', 'd', 'e', 'f'].map((id) => startScreen(own, `large-${id}`)));
  const text = 'x'.repeat(200_000);
  for (const [i, screen] of screens.entries()) {
    screen.report = () => screen.socket.emit('player:state', { vlc: { state: i < 5 ? 'playing' : 'paused' }, text });
    screen.report();
  }
  const states = async () =>
    (await own.call('/devices')).body.devices
      .map((it: VersionedDocument) => it.document)
      .filter(({ state }: DeviceDocument) => state.text)
      .map(({ onAir }: DeviceDocument) => onAir.status);
  await expect.poll(states).toEqual(['yes', 'yes', 'yes', 'yes', 'yes', 'no']);
  const page = await browser.open();
  const held: (() => void)[] = [];
  let holds = true;
  await page.routeWebSocket(/socket\.io/, (line) => {
    const there = line.connectToServer();
    line.onMessage((message) => {
      if (holds && String(message).includes('fleet:more')) held.push(() => there.send(message));
      else there.send(message);
    });
  });
  // Before the upgrade, the same data is sent by long-polling.
  await page.route(/socket\.io/, (route) => {
    if (holds && route.request().postData()?.includes('fleet:more')) held.push(() => void route.continue());
    else void route.continue();
  });
  await signIn(page, own);
  await page.getByRole('link', { name: /large-f.*paused/ }).waitFor();
  await page.getByText('Loading devices…').waitFor();
  expect(await page.locator('a[href^="/devices/"]').count()).toBe(3);
  await page.getByRole('link', { name: 'Send command…' }).click();
  await page.getByRole('button', { name: /^Choose all/ }).click();
  const send = page.getByRole('button', { name: /^Start for/ });
  expect(await send.isDisabled()).toBe(true);
  holds = false;
  for (const release of held) release();
  await page.getByText('6 devices chosen').waitFor();
  await expect.poll(() => send.isDisabled()).toBe(false);
});

test('W10 the wall: devices that did not return after the server was away can be counted and selected', async () => {
  const before = await startServer();
  const [gaveUp, back, left] = await Promise.all(['gave-up', 'back', 'left'].map((id) => startScreen(before, id)));
  left?.socket.disconnect();
  await expect
    .poll(async () => (await before.call('/devices/left')).body.document.connection.status)
    .not.toBe('online');
  expect(await before.stop('SIGTERM')).toBe(0);
  gaveUp?.socket.disconnect();
  const after = await before.restart();
  const page = await browser.open();
  await signIn(page, after);
  const counter = page.getByRole('button', { name: 'Did not return 1' });
  await counter.click();
  await page.getByText('1 of 3 devices').waitFor();
  expect(await names(page)).toEqual(['gave-up']);
  expect(new URL(page.url()).search).toBe('?status=notReturned');
  await expect.poll(async () => back?.socket.connected).toBe(true);
});
