import type { Route } from 'playwright-core';
import { expect, test } from 'vitest';
import { sharedBrowser, signIn } from '../support/browser.ts';
import { sharedServer } from '../support/server.ts';
import { swallowingProxy } from '../support/swallowing-proxy.ts';

const server = sharedServer();
const browser = sharedBrowser();

test('the console shows that it is connected by WebSocket', async () => {
  const page = await browser.open();
  await signIn(page, server.it);
  await page.getByText('Live over WebSocket').waitFor();
});

test.each(['unanswered', 'mute'] as const)(
  'behind a proxy that swallows WebSockets (%s) it is live by long-polling, and shows that',
  async (how) => {
    const { url, upgrades } = await swallowingProxy(server.it.port, how);
    const page = await browser.open();
    await signIn(page, { ...server.it, url });
    await page.getByText('Live over long polling').waitFor();
    await expect.poll(upgrades, { message: 'it tries' }).toBeGreaterThan(0);
    expect(await page.getByText('Live over long polling').getAttribute('title')).toMatch(/^WebSocket is blocked/);
  },
);

test('while it connects, it shows that and the transport', async () => {
  const page = await browser.open();
  const held: Route[] = [];
  let holds = true;
  await page.route(/\/socket\.io\//, (route) => (holds ? void held.push(route) : route.continue()));
  await signIn(page, server.it);
  const note = page.getByRole('status');
  await note.getByText('Connecting to the server').waitFor();
  await note.getByText('over long polling…').waitFor();
  // Without `unroute`: a request that is held by the browser while it takes effect hangs until it times out.
  holds = false;
  for (const route of held) await route.abort();
  await page.getByText('Live over WebSocket').waitFor();
  await note.getByText('Connecting to the server').waitFor({ state: 'detached' });
});

test('while the connection is lost, it shows that', async () => {
  const page = await browser.open({ locale: 'es-AR' });
  await signIn(page, server.it);
  await page.getByText('En vivo por WebSocket').waitFor();
  await page.context().setOffline(true);
  await page.getByText(/^Mostrando datos/).waitFor();
  await page.getByRole('complementary').getByText('Desconectado', { exact: true }).waitFor();
});
