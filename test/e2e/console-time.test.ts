import type { Locator, Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { expectAccessible } from '../support/axe.ts';
import { sharedBrowser, signIn } from '../support/browser.ts';
import { type Screen, startScreen } from '../support/clients.ts';
import { sharedServer } from '../support/server.ts';
import { jump, wallAt } from '../support/wall.ts';

const server = sharedServer({ OFFLINE_GRACE_MS: '100' }, wallAt('2026-03-09T02:30:00Z', '2026-03-09T09:15:00Z'));
const browser = sharedBrowser();
const statusOf = async (id: string) => (await server.it.call(`/devices/${id}`)).body.document;

/** At half past two one screen plays and one is lost; in the morning both are there. */
async function passNight(): Promise<void> {
  const screens: Screen[] = [];
  for (const id of ['night-1', 'night-2']) {
    const screen = await startScreen(server.it, id);
    screen.state = 'playing';
    screen.report();
    screens.push(screen);
    await expect.poll(async () => (await statusOf(id)).onAir.status).toBe('yes');
  }
  screens[1]?.socket.disconnect();
  await expect.poll(async () => (await statusOf('night-2')).connection.status).toBe('offline');
  jump(server.it);
  screens[1]?.socket.connect();
  await expect.poll(async () => (await statusOf('night-2')).connection.status).toBe('online');
}

const open = async (path = '/', zone = 'UTC'): Promise<Page> => {
  const page = await browser.open({ timezoneId: zone });
  await signIn(page, server.it, undefined, path);
  return page;
};

/** Clicks, and counts. */
const clicker = () => {
  const clicks = { count: 0 };
  const click = async (what: Locator) => {
    await what.click();
    clicks.count++;
  };
  return { clicks, click };
};

const momentIn = (page: Page) => new URL(page.url()).searchParams.get('at');

test('Q13 the whole fleet last night at 03:00: two clicks; a button plays on from there; nothing can be commanded', async () => {
  await passNight();
  const page = await open();
  await page.getByText('2 devices', { exact: true }).waitFor();
  await expect.poll(() => page.getByRole('link', { name: /night-2.*Offline/ }).count()).toBe(0);
  const { clicks, click } = clicker();
  await click(page.getByRole('button', { name: 'Go back in time' }));
  await click(page.getByRole('button', { name: 'Last night at 03:00' }));
  await page.getByRole('link', { name: /Offline.*29 min.*night-2/ }).waitFor();
  expect(clicks.count).toBe(2);
  await page.getByText('2 devices then').waitFor();
  await page.getByText(/Showing 9 Mar 2026, 03:00:00/).waitFor();
  expect(momentIn(page)).toBe('2026-03-09T03:00:00.000Z');
  expect(await page.getByRole('link', { name: 'Send command…' }).count()).toBe(0);
  expect(await page.getByRole('checkbox').count()).toBe(0);
  await expectAccessible(page);

  await page.getByRole('button', { name: 'Play from here' }).click();
  await expect.poll(() => momentIn(page)).toBe('2026-03-09T03:10:00.000Z');
  await page.getByRole('button', { name: 'Pause' }).click();
  await page.getByRole('link', { name: /Offline.*(39|44) min.*night-2/ }).waitFor();

  // A screen that is opened is shown at the same time, and the way back leads there again.
  const at = momentIn(page);
  await page.getByRole('link', { name: /night-2/ }).click();
  await page.getByRole('heading', { name: 'Last seen' }).waitFor();
  expect(momentIn(page)).toBe(at);
  await page.getByRole('main').getByRole('link', { name: 'Wall' }).click();
  await page.getByRole('button', { name: 'Back to live' }).click();
  await page.getByText('2 devices', { exact: true }).waitFor();
  await page.getByRole('link', { name: 'Send command…' }).waitFor();
});

test('Q13 one device: last night in one click, any kept time by date and time, and the time zone is chosen and shown', async () => {
  const page = await open('/devices/night-2', 'Europe/Madrid');
  await page.getByRole('button', { name: 'Last night at 03:00' }).click();
  // By the clock of Madrid, before it was there.
  await page.getByText(/Showing 9 Mar 2026, 03:00:00/).waitFor();
  await page.getByText('The device did not exist at that time').waitFor();
  expect(momentIn(page)).toBe('2026-03-09T02:00:00.000Z');

  const field = page.getByLabel('Date and time');
  await field.fill('2026-03-09T03:45');
  await expect.poll(() => momentIn(page)).toBe('2026-03-09T02:45:00.000Z');
  await page.getByText('Offline', { exact: true }).first().waitFor();
  // Also if the field is left at once.
  await field.fill('2026-03-09T03:50');
  await field.blur();
  await expect.poll(() => momentIn(page)).toBe('2026-03-09T02:50:00.000Z');
  await field.fill('2026-03-09T03:45');
  await field.blur();
  await field.fill('2025-12-01T03:45');
  await page.getByText(/The history begins on Sat,? 7 Feb/).waitFor();
  await field.fill('2026-03-10T03:45');
  await page.getByText('This is in the future.').waitFor();
  expect(momentIn(page)).toBe('2026-03-09T02:45:00.000Z');

  await page.getByLabel('Time zone').selectOption('America/Sao_Paulo');
  await page.getByText(/Showing 8 Mar 2026, 23:45:00/).waitFor();
  await page.getByRole('button', { name: 'Last night at 03:00' }).click();
  await expect.poll(() => momentIn(page)).toBe('2026-03-09T06:00:00.000Z');
});

test('Q13 each alert leads to its moment, for the screen and for the whole wall', async () => {
  await server.it.call('/policies/default', { notOnAirAfterMs: 0 }, { method: 'PUT' });
  const screen = await startScreen(server.it, 'dark-1');
  screen.state = 'paused';
  screen.report();
  const opened = async () => {
    const { alerts } = (await server.it.call('/alerts?device=dark-1')).body;
    return alerts.find((it: { alert: string }) => it.alert === 'device_not_on_air');
  };
  await expect.poll(opened).toBeDefined();
  const alert = await opened();
  const page = await open(`/alerts/${alert.id}`);
  await page.getByRole('link', { name: 'The screen as it was' }).click();
  await page.getByText(/Showing 9 Mar 2026/).waitFor();
  expect([new URL(page.url()).pathname, momentIn(page)]).toEqual(['/devices/dark-1', alert.openedAt]);
  await page.goBack();
  await page.getByRole('link', { name: 'All screens as they were' }).click();
  await page.getByText(/devices? then/).waitFor();
  expect(momentIn(page)).toBe(alert.openedAt);

  // The history is kept for less time than alerts.
  await page.route('**/api/v1/history', (route) => route.fulfill({ json: { keptFrom: '2026-03-09T23:00:00Z' } }));
  await page.goto(page.url());
  await page
    .getByRole('status')
    .getByText(/Showing 9 Mar 2026.* · The history begins on Mon,? 9 Mar/)
    .waitFor();
  await page.goto(new URL(`/alerts/${alert.id}`, page.url()).href);
  await page.getByText('No longer in the history').waitFor();
  expect(await page.getByRole('link', { name: /as (it was|they were)/ }).count()).toBe(0);
});
