import { expect, test } from 'vitest';
import { sharedBrowser, signIn } from '../support/browser.ts';
import { sharedServer } from '../support/server.ts';

const server = sharedServer();
const browser = sharedBrowser();
const SCRIPTS = /\/assets\/.*\.js$/;

test('a page whose script is missing reloads once, then shows an error, and does not affect other pages', async () => {
  const page = await browser.open();
  const known = new Set<string>();
  page.on('request', (request) => known.add(request.url()));
  await signIn(page, server.it);
  await page.getByRole('heading', { name: 'Wall' }).waitFor();
  let loads = 0;
  page.on('load', () => {
    loads++;
  });
  // The wall is completely loaded; later requests belong to the other page.
  const present = new Set(known);
  await page.route(SCRIPTS, (route) =>
    present.has(route.request().url()) ? route.continue() : route.fulfill({ status: 404, body: '' }),
  );
  await page.getByRole('link', { name: 'Statistics' }).click();
  await page.getByRole('button', { name: 'Try again' }).waitFor();
  expect(loads).toBeLessThanOrEqual(1);
  await page.unroute(SCRIPTS);
});

test('a click while the server is down waits for it, then navigates to its target', async () => {
  const page = await browser.open();
  await signIn(page, server.it);
  await page.getByRole('heading', { name: 'Wall' }).waitFor();
  const away = /\/(assets|healthz)/;
  await page.route(away, (route) => route.abort());
  await page.getByRole('link', { name: 'Alerts' }).click();
  await page.getByText('The server cannot be reached. Retrying…').waitFor();
  await page.unroute(away);
  await page.getByRole('heading', { name: 'Alerts' }).waitFor();
  expect(new URL(page.url()).pathname).toBe('/alerts');
});
