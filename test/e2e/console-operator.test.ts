import { expect, test } from 'vitest';
import { expectAccessible } from '../support/axe.ts';
import { sharedBrowser, signIn } from '../support/browser.ts';
import { startScreen } from '../support/clients.ts';
import { startFielded } from '../support/fielded-screen.ts';
import { image } from '../support/images.ts';
import { sharedServer, startServer } from '../support/server.ts';

/** The daily work of an operator. */
const server = sharedServer({ COMMAND_TIMEOUT_MS: '8000' });
const browser = sharedBrowser();

test('Q5 the device page: health in words, events on one timeline, and its other pages', async () => {
  const screen = await startFielded(server.it, 'till-1', { deviceName: 'Till' });
  await server.it.call('/devices/till-1', { labels: { floor: '2' } }, { method: 'PATCH' });
  await server.it.call('/devices/till-1/commands?wait=true', { command: 'snapshot' });
  const page = await browser.open();
  await signIn(page, server.it, undefined, '/devices/till-1');
  const health = page.getByRole('region', { name: 'Health' });
  for (const text of [/^\d.*% full, .* free$/, /^\d.*% of .* in use$/, /^up \d/, /^\d.* on \d processors$/])
    await health.getByText(text).waitFor();

  const happened = page.getByRole('region', { name: 'What happened' }).getByRole('listitem');
  await happened.filter({ hasText: 'Device edited, by admin.' }).waitFor();
  await happened.filter({ hasText: /Screenshot, by admin: / }).waitFor();
  screen.socket.disconnect();
  await happened.filter({ hasText: 'Connection lost: the player was stopped or restarted. Ongoing for' }).waitFor();
  await expectAccessible(page);

  await page.getByRole('navigation', { name: 'More about this device' }).getByRole('link', { name: 'Audit' }).click();
  await page.getByRole('row', { name: /Device edited.*till-1/ }).waitFor();
  expect(await page.title()).toBe('Audit · vigia');
  await page.goBack();
  await page.getByRole('link', { name: 'Statistics' }).last().click();
  await page.getByRole('link', { name: 'Open the device' }).waitFor();
});

test('Q7 navigating back keeps the filter; statistics and audit accept device names', async () => {
  await server.it.call('/devices', { id: 'desk-9', name: 'Front desk', group: 'hall' });
  await startScreen(server.it, 'desk-9');
  const page = await browser.open();
  await signIn(page, server.it, undefined, '/?q=desk-9&sort=name');
  await page.getByRole('link', { name: /Front desk/ }).click();
  await page.getByRole('heading', { name: 'Front desk' }).waitFor();
  expect(await page.title()).toBe('Front desk · vigia');
  await page.getByRole('main').getByRole('link', { name: 'Wall' }).click();
  await page.getByRole('heading', { name: 'Wall' }).waitFor();
  expect(new URL(page.url()).search).toBe('?q=desk-9&sort=name');

  await page.goto(`${server.it.url}/audit`);
  await page.getByRole('combobox', { name: 'Device' }).fill('front DESK');
  await page.getByRole('button', { name: 'Search' }).click();
  await page.getByRole('row', { name: /Device created.*desk-9/ }).waitFor();
  expect(new URL(page.url()).search).toBe('?deviceId=desk-9');
  await page.goto(`${server.it.url}/statistics`);
  await page.getByRole('combobox', { name: 'Device' }).fill('Front desk');
  await page.getByRole('button', { name: 'Show', exact: true }).last().click();
  await page.getByRole('link', { name: 'Open the device' }).waitFor();
  expect(new URL(page.url()).search).toBe('?device=desk-9');
});

test('Q6 the first screen is three keys away from the top of the wall', async () => {
  await startScreen(server.it, 'near-1');
  const page = await browser.open();
  await signIn(page, server.it, undefined, '/?q=near-1');
  const card = page.getByRole('link', { name: /near-1/ });
  await card.waitFor();
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await page.keyboard.press('Tab');
  expect(await card.evaluate((it) => it === it.ownerDocument.activeElement)).toBe(true);
});

test.each(['dark', 'light'] as const)(
  'Q8 by group: number of devices in trouble, collapsible, with compact tiles, all reflected in the URL; %s',
  async (colorScheme) => {
    const own = await startServer();
    const add = (id: string, group: string) => own.call('/devices', { id, group });
    for (let i = 0; i < 60; i++) await add(`c-${String(i).padStart(2, '0')}`, 'Córdoba');
    await add('m-1', 'Mendoza');
    await add('s-1', 'Salta');
    await add('s-2', 'Salta/Norte');
    const first = await startScreen(own, 'c-07');
    const screen = await startScreen(own, 'm-1');
    screen.state = 'playing';
    screen.report();
    const page = await browser.open({ colorScheme });
    await signIn(page, own);
    await page.getByRole('button', { name: 'By group', exact: true }).click();
    const head = page.getByRole('button', { name: 'Córdoba 1 of 60 in trouble' });
    await head.waitFor();
    await page.getByRole('button', { name: 'Compact' }).click();
    expect(new URL(page.url()).search).toBe('?by=group&view=compact');
    const tile = page.getByRole('link', { name: /^c-/ });
    await expect.poll(() => tile.count()).toBe(60);
    expect(await page.getByRole('link', { name: /^c-/ }).first().innerText()).toMatch(/^c-07/);
    await expectAccessible(page);
    await head.click();
    await expect.poll(() => tile.count()).toBe(0);
    await page.getByRole('button', { name: 'Mendoza 1 device' }).waitFor();
    const salta = page.getByRole('link', { name: /^s-/ });
    await page.getByRole('button', { name: /^Norte 1 device$/ }).waitFor();
    await expect.poll(() => salta.count()).toBe(2);
    await page.getByRole('button', { name: /^Salta 2 devices$/ }).click();
    await expect.poll(() => salta.count()).toBe(0);
    await page.getByLabel('Group', { exact: true }).selectOption('Salta/');
    await page.getByText('2 of 63 devices').waitFor();

    const other = await browser.open();
    await signIn(other, own, undefined, '/?by=group&view=table');
    await other.getByRole('row', { name: 'Córdoba 1 of 60 in trouble' }).waitFor();
    await other.getByRole('row', { name: /Not on air.*c-07/ }).waitFor();
    await other.getByRole('button', { name: 'Send command to Córdoba' }).click();
    const dialog = other.getByRole('dialog');
    await dialog.getByText('1 is paused or stopped already, 59 are offline').waitFor();
    await dialog.getByLabel('Command').selectOption({ label: 'Play' });
    await dialog.getByText('1 will play, 59 are offline').waitFor();
    await expectAccessible(other);
    await dialog.getByRole('button', { name: 'Send to 1 device' }).click();
    await other.getByText('1 succeeded, 59 are offline').first().waitFor();
    expect(first.received.map((it) => it.command)).toEqual(['vlc:play']);

    first.answers = 'error';
    await other.getByRole('button', { name: 'Send command to Córdoba' }).click();
    await dialog.getByLabel('Command').selectOption({ label: 'Stop' });
    await dialog.getByRole('button', { name: 'Send to 1 device' }).click();
    await other.getByText('0 succeeded, 59 are offline, 1 failed: c-07 (player error)').first().waitFor();
  },
);

test('the form for a new device starts with the previous device’s group', async () => {
  const page = await browser.open();
  await signIn(page, server.it, undefined, '/provisioning');
  await page.getByLabel('Group (optional)').fill('roof');
  await page.getByRole('button', { name: 'Create device' }).click();
  await page.getByRole('button', { name: 'Another device' }).click();
  await page.getByRole('alertdialog').getByRole('button', { name: 'Leave' }).click();
  expect(await page.getByLabel('Group (optional)').inputValue()).toBe('roof');
  expect(await page.getByLabel('Id (optional)').inputValue()).toBe('');
});

test.each(['dark', 'light'] as const)(
  'a phone: pages have titles, and touch targets are large enough; %s',
  async (colorScheme) => {
    await startScreen(server.it, 'thumb-1');
    const page = await browser.open({ viewport: { width: 320, height: 640 }, colorScheme });
    await signIn(page, server.it, undefined, '/?q=thumb-1');
    await page.getByRole('link', { name: /thumb-1/ }).waitFor();
    const pages = page.getByRole('navigation', { name: 'Pages' });
    await pages.getByText('Alerts', { exact: true }).waitFor();
    for (const it of await page.locator('nav a:visible, nav button:visible, #page button:visible').all()) {
      const box = await it.boundingBox();
      expect(Math.min(box?.height ?? 0, 44), await it.innerText()).toBe(44);
    }
    await expectAccessible(page);
    await pages.getByRole('button', { name: 'Menu' }).click();
    await pages.getByRole('link', { name: 'Audit' }).waitFor();
    await expectAccessible(page);
    await pages.getByRole('link', { name: 'Audit' }).click();
    await page.getByRole('heading', { name: 'Audit' }).waitFor();
    await pages.getByRole('link', { name: 'Audit' }).waitFor({ state: 'hidden' });
    await page.getByRole('row', { name: /Server started/ }).waitFor();
    expect(await page.evaluate('document.querySelector("#page").scrollWidth')).toBeLessThanOrEqual(320);
    await page.goto(`${server.it.url}/devices/thumb-1`);
    await page.getByRole('region', { name: 'Health' }).waitFor();
    await expectAccessible(page);
    expect(await page.evaluate('document.querySelector("#page").scrollWidth')).toBeLessThanOrEqual(320);
  },
);

test('on a tablet and at 200 % zoom the audit needs no horizontal scrolling', async () => {
  await server.it.call('/devices', { id: 'wide-1', name: 'A name', group: 'hall' });
  const page = await browser.open({ viewport: { width: 820, height: 900 } });
  await signIn(page, server.it, undefined, '/audit');
  await page.locator('tbody').getByText('Device created').first().waitFor();
  const table = page.locator('table').locator('xpath=..');
  for (const width of [820, 720]) {
    await page.setViewportSize({ width, height: 900 });
    expect(await table.evaluate((it) => it.scrollWidth <= it.clientWidth), `${width} px`).toBe(true);
  }
});

test('the language is the user’s first supported one, and dates use its locale', async () => {
  const page = await browser.open({ locale: 'es-AR' });
  await page.addInitScript("Object.defineProperty(navigator, 'languages', { get: () => ['pt-BR', 'es-AR', 'en-US'] })");
  await page.goto(server.it.url);
  await page.getByRole('button', { name: 'Iniciar sesión' }).waitFor();
});

test('the gallery moves between pictures and can download them', async () => {
  const screen = await startScreen(server.it, 'shots-1');
  const page = await browser.open();
  for (const seed of [1, 2]) {
    const data = (await image('png', { seed })).toString('base64');
    screen.socket.emit('player:state', { vlc: { state: 'playing' }, snapshot: { data } });
    await expect
      .poll(async () => (await server.it.call('/devices/shots-1/snapshots')).body.snapshots.length)
      .toBe(seed);
  }
  await signIn(page, server.it, undefined, '/devices/shots-1');
  const gallery = page.getByRole('region', { name: 'Screenshots' });
  await gallery.getByRole('listitem').nth(1).waitFor();
  await gallery.getByRole('listitem').getByRole('button').first().click();
  const dialog = page.getByRole('dialog');
  const picture = dialog.getByRole('img');
  const shown = () => picture.getAttribute('src');
  await picture.waitFor();
  const newest = await shown();
  expect(await dialog.getByRole('button', { name: 'Newer' }).isDisabled()).toBe(true);
  await dialog.getByRole('button', { name: 'Older' }).click();
  await expect.poll(shown).not.toBe(newest);
  await page.keyboard.press('ArrowLeft');
  await expect.poll(shown).toBe(newest);
  await expectAccessible(page);
  const download = page.waitForEvent('download');
  await dialog.getByRole('button', { name: 'Download' }).click();
  expect((await download).suggestedFilename()).toMatch(/^shots-1 2/);
});

test('in print: the whole page with names, without controls', async () => {
  await startScreen(server.it, 'paper-1');
  const page = await browser.open();
  await expect.poll(async () => (await server.it.call('/stats')).body.total.devices).toBeGreaterThan(0);
  await signIn(page, server.it, undefined, '/statistics');
  await page.getByRole('region', { name: 'Devices' }).waitFor();
  await page.emulateMedia({ media: 'print' });
  expect(await page.getByRole('navigation', { name: 'Pages' }).isVisible()).toBe(false);
  expect(await page.getByRole('button', { name: 'CSV' }).isVisible()).toBe(false);
  expect(await page.locator('#page').evaluate((it) => it.scrollHeight <= it.clientHeight + 1)).toBe(true);
  expect(await page.getByRole('cell').getByRole('button').first().isVisible()).toBe(true);
});
