import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { expectAccessible } from '../support/axe.ts';
import { sharedBrowser, signIn } from '../support/browser.ts';
import { type Screen, startScreen } from '../support/clients.ts';
import { sharedServer, startServer } from '../support/server.ts';

const server = sharedServer();
const browser = sharedBrowser();

const viewsOf = (page: Page) => page.getByRole('dialog', { name: 'Saved views' });

test('Q10 a view is saved, opened, renamed, replaced and deleted; a viewer opens it', async () => {
  await server.it.call('/devices', { id: 'v-1', name: 'Till', group: 'hall' });
  const page = await browser.open();
  await signIn(page, server.it, undefined, '/?group=hall&sort=name');
  await page.getByRole('button', { name: 'Compact' }).click();
  await page.getByRole('button', { name: 'Views' }).click();
  const dialog = viewsOf(page);
  await dialog.getByText('No views are saved yet.').waitFor();
  await dialog.getByLabel('Name', { exact: true }).fill('The hall');
  await expectAccessible(page);
  await dialog.getByRole('button', { name: 'Save what is shown' }).click();
  // The button has the name of what is shown, until something else is.
  await page.getByRole('button', { name: 'The hall', exact: true }).waitFor();
  await page.getByLabel('Order').selectOption({ label: 'Trouble first' });
  await page.getByRole('button', { name: 'Views' }).click();
  await dialog.getByLabel('Name', { exact: true }).fill('the hall');
  await dialog.getByRole('button', { name: 'Replace by what is shown' }).click();
  await page.getByRole('button', { name: 'The hall', exact: true }).click();
  await dialog.getByRole('button', { name: 'Rename The hall' }).click();
  await dialog.getByLabel('New name').fill('Ground floor');
  await expectAccessible(page);
  await dialog.getByLabel('New name').press('Enter');
  await dialog.getByRole('link', { name: 'Ground floor', exact: true }).waitFor();

  const { token } = (await server.it.call('/tokens', { name: 'manager', role: 'viewer' })).body;
  const other = await browser.open({ colorScheme: 'dark' });
  await signIn(other, server.it, token);
  await other.getByRole('button', { name: 'Views' }).click();
  await viewsOf(other).getByText('Your role is read-only').waitFor();
  expect(
    await viewsOf(other)
      .getByRole('button', { name: /Delete|Rename|Save/ })
      .count(),
  ).toBe(0);
  await expectAccessible(other);
  await viewsOf(other).getByRole('link', { name: 'Ground floor', exact: true }).click();
  await other.getByRole('button', { name: 'Ground floor' }).waitFor();
  expect(new URL(other.url()).search).toBe('?group=hall&view=compact');

  await dialog.getByRole('button', { name: 'Delete Ground floor' }).click();
  await page.getByRole('alertdialog').getByRole('button', { name: 'Delete' }).click();
  await dialog.getByText('No views are saved yet.').waitFor();
  const records = (await server.it.call('/audit?kind=view.')).body.records;
  expect(records.map((it: { kind: string }) => it.kind)).toEqual([
    ...['view.removed', 'view.edited', 'view.edited', 'view.created'],
  ]);
});

test('Q4, Q8 the longest trouble is first; the heading of a group stays in view in the table, and stays collapsed', async () => {
  const own = await startServer();
  const [first, second] = [await startScreen(own, 'o-1'), await startScreen(own, 'o-2')];
  for (let i = 3; i < 40; i++) await own.call('/devices', { id: `o-${i}` });
  for (let i = 1; i < 40; i++) {
    await own.call(`/devices/o-${i}`, { group: i % 2 ? 'Salta' : 'Jujuy' }, { method: 'PATCH' });
  }
  const offline = (id: string) =>
    expect.poll(async () => (await own.call(`/devices/${id}`)).body.document.connection.status).toBe('offline');
  // By name, o-1 would be first.
  second.socket.disconnect();
  await offline('o-2');
  first.socket.disconnect();
  await offline('o-1');
  const page = await browser.open({ viewport: { width: 1280, height: 600 } });
  await signIn(page, own, undefined, '/?by=group&view=table');
  const row = (id: string) => page.getByRole('row', { name: new RegExp(`\\b${id}\\b`) });
  await row('o-2').waitFor();
  const headings = page.getByRole('button', { name: /Salta|Jujuy/, expanded: true });
  await expect.poll(() => headings.first().innerText()).toMatch(/^Jujuy\s+1 of 19 in trouble$/);
  expect((await page.getByRole('link', { name: /o-/ }).first().innerText()).trim()).toBe('o-2');
  await page.goto(`${own.url}/?view=table`);
  await expect
    .poll(async () => (await page.getByRole('link', { name: /^o-/ }).allInnerTexts()).slice(0, 2))
    .toEqual([...['o-2', 'o-1']]);

  await page.goto(`${own.url}/?by=group&view=table`);
  await row('o-2').waitFor();
  const list = page.locator('#list');
  await list.evaluate((it) => it.scrollTo(0, 400));
  const stuck = headings.first();
  const headTop = async () => (await stuck.boundingBox())?.y ?? 0;
  const listTop = (await list.boundingBox())?.y ?? 0;
  await expect.poll(async () => Math.round((await headTop()) - listTop)).toBe(32);
  await expectAccessible(page);
  await stuck.click();
  await page.getByRole('button', { name: /Jujuy/, expanded: false }).waitFor();
  expect(await row('o-4').count()).toBe(0);
  await row('o-1').getByRole('link').click();
  await page.getByRole('heading', { name: 'o-1' }).waitFor();
  await page.goBack();
  await row('o-1').waitFor();
  await page.getByRole('button', { name: /Jujuy/, expanded: false }).waitFor();
});

test.each(['light', 'dark'] as const)(
  'Q11 TV mode: no controls, the number in trouble, the time; large; Escape leaves it; %s',
  async (colorScheme) => {
    const own = await startServer();
    const screens = await Promise.all(['a', 'b', 'c'].map((id) => startScreen(own, `tv-${id}`)));
    for (const screen of screens.slice(1)) {
      screen.state = 'playing';
      screen.report();
    }
    const page = await browser.open({ colorScheme, viewport: { width: 1920, height: 1080 } });
    await signIn(page, own, undefined, '/?view=compact&tv');
    await page.getByText('1 of 3 in trouble').waitFor();
    const time = await page.locator('header time').innerText();
    expect(time).toMatch(/^\d\d:\d\d$/);
    expect(await page.getByRole('navigation').count()).toBe(0);
    expect(await page.getByRole('searchbox').count()).toBe(0);
    const tile = page.locator('a', { hasText: 'tv-a' });
    expect((await tile.boundingBox())?.height).toBeGreaterThan(90);
    await expectAccessible(page);
    const [first] = screens as [Screen, ...Screen[]];
    first.state = 'playing';
    first.report();
    await page.getByText('3 screens, no trouble').waitFor();
    // No key acts on a device, and nothing is to be clicked.
    for (const key of ['j', 'c', 's']) await page.keyboard.press(key);
    await page.mouse.click(200, 200);
    expect(new URL(page.url()).search).toBe('?view=compact&tv');

    await page.setViewportSize({ width: 320, height: 640 });
    await expect.poll(async () => (await tile.boundingBox())?.width).toBeLessThan(320);
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(320);
    await page.setViewportSize({ width: 2560, height: 1440 });
    await expect.poll(async () => (await tile.boundingBox())?.height).toBeGreaterThan(120);
    await page.keyboard.press('Escape');
    await page.getByRole('navigation', { name: 'Pages' }).waitFor();
    expect(new URL(page.url()).search).toBe('?view=compact');
    expect(screens.flatMap((it) => it.received)).toEqual([]);
  },
);

test('Q11 what does not fit is shown page by page, and new trouble leads back to the first', async () => {
  const own = await startServer();
  for (let i = 0; i < 60; i++) await own.call('/devices', { id: `p-${i}`, group: i % 2 ? 'Lima' : 'Quito' });
  const screen = await startScreen(own, 'p-0');
  screen.state = 'playing';
  screen.report();
  const page = await browser.open({ viewport: { width: 1280, height: 720 } });
  await page.clock.install();
  await signIn(page, own, undefined, '/?view=table&by=group&tv');
  await page.getByText('60 screens, no trouble').waitFor();
  const scrolled = () => page.locator('#list').evaluate((it) => (it as { scrollTop: number } & typeof it).scrollTop);
  await page.clock.runFor(16_000);
  await expect.poll(scrolled).toBeGreaterThan(200);
  screen.state = 'paused';
  screen.report();
  await expect
    .poll(async () => {
      await page.clock.runFor(2000);
      return page.getByText('1 of 60 in trouble').count();
    })
    .toBe(1);
  await expect.poll(scrolled).toBe(0);
});

test('Q11 TV mode survives a restart, a new version of the console, and a token that is replaced', async () => {
  const first = await startServer();
  await startScreen(first, 'night-1');
  const make = async () => (await first.call('/tokens', { name: 'tv', role: 'viewer' })).body;
  const [old, next] = [await make(), await make()];
  const page = await browser.open();
  await signIn(page, first, old.token, '/?tv');
  await page.getByText('1 of 1 in trouble').waitFor();

  // The server comes back with another version: the page that it serves names another script.
  let isNew = false;
  await page.route(`${first.url}/`, async (route) => {
    if (!isNew || route.request().isNavigationRequest()) return route.continue();
    const answer = await route.fetch();
    await route.fulfill({ response: answer, body: (await answer.text()).replace(/index-[\w-]+\.js/, 'index-new.js') });
  });
  await first.stop('SIGTERM');
  await page.getByText('Showing data from').waitFor();
  isNew = true;
  const reloaded = page.waitForEvent('load');
  const second = await first.restart();
  await reloaded;
  isNew = false;
  await page.getByText('1 of 1 in trouble').waitFor();
  expect(new URL(page.url()).search).toBe('?tv');

  // Its token is removed. Whoever signs in another TV of this browser signs in this one as well.
  await second.call(`/tokens/${old.id}`, undefined, { method: 'DELETE' });
  await page.getByText('Trying again every minute.').waitFor();
  await expectAccessible(page);
  const other = await page.context().newPage();
  await signIn(other, second, next.token, '/?tv');
  await other.getByText('1 of 1 in trouble').waitFor();
  await page.getByText('1 of 1 in trouble').waitFor();
  // And the next start of the browser needs nobody.
  const later = await page.context().newPage();
  await later.goto(`${second.url}/?tv&view=table`);
  await later.getByText('1 of 1 in trouble').waitFor();
});

/** Devices whose name is not visible as a whole. */
const cutNames = `[...document.querySelectorAll('[data-device]')].flatMap((cell) => {
  const text = document.createRange();
  text.selectNodeContents(cell.querySelector('a:has(b) b, a:not(:has(b))'));
  const outer = cell.getBoundingClientRect();
  const isCut = [...text.getClientRects()].some(
    (it) => it.left < outer.left || it.right > outer.right || it.top < outer.top || it.bottom > outer.bottom,
  );
  return isCut ? [cell.dataset.device] : [];
})`;

test.each([390, 1440])('Q8 cards, tiles and rows show names whole, at %d px', async (width) => {
  const own = await startServer();
  const names = [
    'Store 12, shop window left of the main entrance, ground floor (beside the escalator)',
    'shop-window-north-main-avenue-of-the-constitution',
    'AIRPORT_DEPARTURES_GATE_27_RIGHT_HAND_SIDE_UPPER',
    'Till',
    'north/madrid/airport/hall-27/departures—left',
  ];
  for (const [i, name] of names.entries()) await own.call('/devices', { id: `n-${i}`, name });
  const page = await browser.open({ viewport: { width, height: 900 } });
  await signIn(page, own);
  for (const view of ['Cards', 'Compact', 'Table']) {
    await page.getByRole('button', { name: view, exact: true }).click();
    for (const name of names) await page.getByRole('link', { name }).waitFor();
    expect(await page.evaluate(cutNames)).toEqual([]);
    // A renamed device gets the room that its new name needs, and gives it back.
    const cell = page.locator('[data-device=n-3]');
    const before = (await cell.boundingBox())?.height;
    await own.call('/devices/n-3', { name: `${names[0]} ${names[1]}` }, { method: 'PATCH' });
    await page.getByRole('link', { name: `${names[0]} ${names[1]}` }).waitFor();
    await expect.poll(() => page.evaluate(cutNames)).toEqual([]);
    await own.call('/devices/n-3', { name: 'Till' }, { method: 'PATCH' });
    await expect.poll(async () => (await cell.boundingBox())?.height).toBe(before);
  }
});
