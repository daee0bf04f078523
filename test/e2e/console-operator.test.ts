import { expect, test } from 'vitest';
import { expectAccessible } from '../support/axe.ts';
import { sharedBrowser, signIn } from '../support/browser.ts';
import { startScreen } from '../support/clients.ts';
import { startFielded } from '../support/fielded-screen.ts';
import { sharedServer } from '../support/server.ts';

/** What an operator does all day. */
const server = sharedServer({ COMMAND_TIMEOUT_MS: '8000' });
const browser = sharedBrowser();

test('N5 the page of a device: its health in words, what happened in one line of time, and its other pages', async () => {
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

test('N7 the way back keeps the filter; statistics and audit take names', async () => {
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
  await page.getByLabel('Device').fill('front DESK');
  await page.getByRole('button', { name: 'Search' }).click();
  await page.getByRole('row', { name: /Device created.*desk-9/ }).waitFor();
  expect(new URL(page.url()).search).toBe('?deviceId=desk-9');
  await page.goto(`${server.it.url}/statistics`);
  await page.getByLabel('Device').fill('Front desk');
  await page.getByRole('button', { name: 'Show', exact: true }).last().click();
  await page.getByRole('link', { name: 'Open the device' }).waitFor();
  expect(new URL(page.url()).search).toBe('?device=desk-9');
});

test('N6 from the top of the wall the first screen is three keys away', async () => {
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

test('the next new device is of the group of the one before', async () => {
  const page = await browser.open();
  await signIn(page, server.it, undefined, '/provisioning');
  await page.getByLabel('Group (optional)').fill('roof');
  await page.getByRole('button', { name: 'Create device' }).click();
  await page.getByRole('button', { name: 'Another device' }).click();
  expect(await page.getByLabel('Group (optional)').inputValue()).toBe('roof');
  expect(await page.getByLabel('Id (optional)').inputValue()).toBe('');
});

test.each(['dark', 'light'] as const)(
  'a phone: the pages have names, and a finger hits what it wants; %s',
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

test('at the width of a tablet the audit is read without scrolling sideways', async () => {
  await server.it.call('/devices', { id: 'wide-1', name: 'A name', group: 'hall' });
  const page = await browser.open({ viewport: { width: 820, height: 900 } });
  await signIn(page, server.it, undefined, '/audit');
  await page.locator('tbody').getByText('Device created').first().waitFor();
  const table = page.locator('table').locator('xpath=..');
  expect(await table.evaluate((it) => it.scrollWidth <= it.clientWidth)).toBe(true);
});

test('the language is the first that the reader knows, and dates are written as there', async () => {
  const page = await browser.open({ locale: 'es-AR' });
  await page.addInitScript("Object.defineProperty(navigator, 'languages', { get: () => ['pt-BR', 'es-AR', 'en-US'] })");
  await page.goto(server.it.url);
  await page.getByRole('button', { name: 'Iniciar sesión' }).waitFor();
});
