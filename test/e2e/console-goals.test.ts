import { gzipSync } from 'node:zlib';
import type { CDPSession, Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { sharedBrowser, signIn } from '../support/browser.ts';
import { startScreen } from '../support/clients.ts';
import { sharedServer } from '../support/server.ts';

/** What the console is measured by. The jobs of reports and enrolment are counted in their own files. */
const server = sharedServer({ COMMAND_TIMEOUT_MS: '8000' });
const browser = sharedBrowser();

test('Q8 one click shows why a screen is in trouble', async () => {
  const screen = await startScreen(server.it, 'why-1');
  screen.state = 'paused';
  screen.report();
  const page = await browser.open();
  await signIn(page, server.it, undefined, '/?q=why-1');
  const card = page.getByRole('link', { name: /why-1/ });
  await card.filter({ hasText: /Not on air.*paused/ }).waitFor();
  const clicks = await countClicks(page);
  await card.click();
  await page.getByRole('heading', { name: 'why-1' }).waitFor();
  await page.getByText('paused').first().waitFor();
  expect(await clicks()).toBe(1);
});

test('Q9 four clicks pause a group', async () => {
  const screens = [];
  for (const id of ['pair-1', 'pair-2']) {
    const screen = await startScreen(server.it, id);
    screen.state = 'playing';
    screen.report();
    await server.it.call(`/devices/${id}`, { group: 'pair' }, { method: 'PATCH' });
    screens.push(screen);
  }
  const page = await browser.open();
  await signIn(page, server.it);
  await page.getByRole('link', { name: /pair-2/ }).waitFor();
  const clicks = await countClicks(page);
  await page.getByRole('button', { name: 'By group', exact: true }).click();
  await page.getByRole('button', { name: 'Send command to pair' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Command').selectOption({ label: 'Pause' });
  await dialog.getByRole('button', { name: 'Send to 2 devices' }).click();
  await page.getByText('2 succeeded').first().waitFor();
  expect(await clicks()).toBe(4);
  expect(screens.map((it) => it.state)).toEqual(['paused', 'paused']);
});

test('the first page takes at most 200 kB, compressed', async () => {
  const page = await browser.open();
  const parts: Promise<number>[] = [];
  page.on('response', (response) => {
    if (/\/$|\.(js|css|svg)$/.test(new URL(response.url()).pathname))
      parts.push(response.body().then((body) => gzipSync(body).length));
  });
  await signIn(page, server.it);
  await page.getByRole('heading', { name: 'Wall' }).waitFor();
  await page.waitForLoadState('networkidle');
  const bytes = (await Promise.all(parts)).reduce((sum, it) => sum + it, 0);
  expect(parts.length).toBeGreaterThan(5);
  expect(bytes).toBeLessThanOrEqual(200_000);
});

test('a page that is open for eight hours does not grow', async () => {
  const screen = await startScreen(server.it, 'steady-1');
  const page = await browser.open();
  await page.clock.install();
  await signIn(page, server.it);
  await page.clock.runFor(1000);
  await page.getByRole('link', { name: /steady-1/ }).waitFor();
  const debug = await page.context().newCDPSession(page);
  const sizes: number[] = [];
  const hours = 8;
  for (let half = 0; half < 2 * hours; half++) {
    for (const state of ['playing', 'paused'] as const) {
      screen.state = state;
      screen.report();
      await expect
        .poll(async () => {
          await page.clock.runFor(2000);
          return page.getByRole('link', { name: /steady-1/ }).innerText();
        })
        .toMatch(state === 'paused' ? /Not on air/ : /steady-1/);
    }
    // The connection is lost meanwhile, as on a computer that sleeps, and comes back.
    await page.clock.fastForward(30 * 60_000);
    sizes.push(await heapOf(debug));
  }
  // The caches of the engine fill at first.
  const [afterTwoHours, atTheEnd] = [sizes[4] as number, sizes.at(-1) as number];
  expect(atTheEnd - afterTwoHours).toBeLessThan(1_000_000);
});

/** Clicks of the pointer and choices from lists. */
async function countClicks(page: Page): Promise<() => Promise<number>> {
  await page.evaluate(`
    window.clicks = 0;
    addEventListener('click', (event) => event.detail > 0 && window.clicks++, true);
    addEventListener('change', (event) => event.target.tagName === 'SELECT' && window.clicks++, true);
  `);
  return () => page.evaluate('window.clicks');
}

async function heapOf(debug: CDPSession): Promise<number> {
  await debug.send('HeapProfiler.collectGarbage');
  await debug.send('Performance.enable');
  const { metrics } = await debug.send('Performance.getMetrics');
  return metrics.find(({ name }) => name === 'JSHeapUsedSize')?.value ?? Number.NaN;
}
