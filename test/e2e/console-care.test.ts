import { expect, test } from 'vitest';
import { expectAccessible } from '../support/axe.ts';
import { sharedBrowser, signIn } from '../support/browser.ts';
import { startScreen } from '../support/clients.ts';
import { PATIENCE_MS } from '../support/patience.ts';
import { sharedServer, startServer } from '../support/server.ts';

const server = sharedServer({ COMMAND_TIMEOUT_MS: '8000' });
const browser = sharedBrowser();

test.each(['dark', 'light'] as const)('axe finds no serious violations, %s', async (colorScheme) => {
  const screen = await startScreen(server.it, 'hall-1');
  screen.state = 'playing';
  screen.report();
  await startScreen(server.it, 'hall-2');
  const page = await browser.open({ colorScheme });
  await page.goto(server.it.url);
  await page.getByLabel('Token').waitFor();
  await expectAccessible(page);
  await signIn(page, server.it);
  await page.getByRole('link', { name: /hall-1/ }).waitFor();
  await expectAccessible(page);
  await page.keyboard.press('v');
  await page.getByRole('columnheader', { name: 'Plays' }).waitFor();
  await expectAccessible(page);
  await page.keyboard.press('?');
  await page.getByRole('dialog').waitFor();
  await expectAccessible(page);
  await page.keyboard.press('Escape');
  await page.getByRole('link', { name: 'hall-1' }).click();
  await page.getByRole('heading', { name: 'hall-1' }).waitFor();
  await expectAccessible(page);
  await page.goto(`${server.it.url}/rollouts`);
  await page.getByText('devices chosen').waitFor();
  await expectAccessible(page);
  // Periods are written with a delay.
  await expect.poll(async () => (await server.it.call('/stats')).body.total.devices).toBeGreaterThan(1);
  // Each page with an element that appears once everything is loaded.
  for (const [path, loaded] of [
    ['/alerts', page.getByText('No open alerts')],
    ['/alerts?view=policies', page.getByRole('button', { name: 'Edit: All devices' })],
    ['/statistics', page.getByRole('region', { name: 'Why connections were lost' })],
    ['/provisioning', page.getByRole('button', { name: 'Remove hall-2' })],
    ['/tokens', page.getByText('No tokens yet')],
    ['/audit', page.getByRole('row', { name: /Server started/ })],
  ] as const) {
    await page.goto(server.it.url + path);
    await page.locator('#page h1').waitFor();
    await loaded.waitFor();
    await expectAccessible(page);
  }
});

test('keys: j and k move through the wall, Enter opens, c p plays', async () => {
  const screen = await startScreen(server.it, 'keys-1');
  const page = await browser.open();
  await signIn(page, server.it, undefined, '/?q=keys');
  await page.getByRole('link', { name: /keys-1/ }).waitFor();
  await page.keyboard.press('j');
  await page.keyboard.press('c');
  await page.keyboard.press('p');
  await page.getByText('keys-1 · Play: succeeded').first().waitFor();
  expect(screen.received.map((it) => it.command)).toEqual(['vlc:play']);
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'keys-1', exact: true }).waitFor();
});

test('time slider: shows the device’s past state and returns to the present', async () => {
  const screen = await startScreen(server.it, 'past-1');
  screen.state = 'playing';
  screen.report();
  const document = async () => (await server.it.call('/devices/past-1')).body.document;
  await expect.poll(async () => (await document()).onAir.status).toBe('yes');
  const then = (await document()).onAir.since;
  screen.state = 'paused';
  screen.report();
  await expect.poll(async () => (await document()).onAir.why).toBe('paused');
  const page = await browser.open();
  await page.clock.install();
  await signIn(page, server.it, undefined, `/devices/past-1?at=${then}`);
  await page.getByText(/Showing .* \d/).waitFor();
  await page.getByText('On air', { exact: true }).first().waitFor();
  // An hour later, the duration on air at that moment is unchanged.
  await page.clock.fastForward(3_600_000);
  await page.getByText(/ · 1 sec$/).waitFor();
  expect(await page.getByRole('button', { name: 'Play', exact: true }).isDisabled()).toBe(true);
  await page.getByRole('button', { name: 'Back to live' }).click();
  await page.getByText('Not on air', { exact: true }).waitFor();
  await page.getByRole('slider', { name: 'Point in time' }).press('ArrowLeft');
  await page.getByText(/Showing .* \d/).waitFor();
});

test('when the server restarts, the page shows how old its data is and recovers by itself', async () => {
  const own = await startServer();
  await startScreen(own, 'steady-1');
  const page = await browser.open();
  await signIn(page, own);
  await page.getByRole('link', { name: /steady-1/ }).waitFor();
  await own.stop();
  await page.getByText(/Showing data from/).waitFor();
  await page.getByRole('link', { name: /steady-1/ }).waitFor();
  await own.restart();
  await page.getByText(/No connection/).waitFor({ state: 'detached', timeout: PATIENCE_MS });
});

test('Spanish: by the browser’s language, and by a click', async () => {
  const page = await browser.open({ locale: 'es-ES' });
  await page.goto(server.it.url);
  await page.getByText('Vigila tus pantallas.').waitFor();
  await page.getByLabel('Token').fill('wrong');
  await page.getByLabel('Token').press('Enter');
  const refusal = page.getByRole('alert');
  await refusal.waitFor();
  expect(await refusal.innerText()).toMatch(/^Este token no es válido\s+Comprobar que se copió entero\./);
  await signIn(page, server.it);
  await page.getByRole('heading', { name: 'Pantallas' }).waitFor();
  expect(await page.getAttribute('html', 'lang')).toBe('es');
  await page.getByRole('button', { name: 'EN: switch to English' }).click();
  await page.getByRole('heading', { name: 'Wall' }).waitFor();
});

test('Q16 on a phone and at 200 % zoom nothing is wider than the page, or animated against the user’s wish', async () => {
  const screen = await startScreen(server.it, 'phone-1');
  const page = await browser.open({ viewport: { width: 360, height: 740 }, reducedMotion: 'reduce' });
  await signIn(page, server.it, undefined, '/?q=phone-1');
  await page.getByRole('link', { name: /phone-1/ }).waitFor();
  const top = (await page.getByRole('link', { name: /phone-1/ }).boundingBox())?.y;
  expect(top, 'the screens begin in the upper part').toBeLessThan(300);
  const others = ['/alerts', '/alerts?view=policies', '/statistics', '/provisioning', '/tokens', '/audit'];
  for (const path of ['/', '/devices/phone-1', '/rollouts', ...others]) {
    await page.goto(server.it.url + path);
    await page.locator('#page h1').waitFor();
    for (const width of [720, 360]) {
      await page.setViewportSize({ width, height: 740 });
      const shown = await page.evaluate('document.querySelector("#page").scrollWidth');
      expect(shown, `${path}, ${width} px`).toBeLessThanOrEqual(width);
    }
  }
  await page.goto(`${server.it.url}/alerts`);
  await page.getByText('No open alerts').waitFor();
  const severity = page.getByLabel('Severity');
  expect(await severity.isVisible()).toBe(false);
  await page.getByRole('button', { name: 'Filters' }).click();
  await severity.selectOption('Critical');
  await page.getByRole('button', { name: 'Filters 1' }).click();
  await severity.waitFor({ state: 'hidden' });

  await page.goto(`${server.it.url}/devices/phone-1`);
  await page.getByRole('heading', { name: 'Diagnostics' }).click();
  const changed = page.locator('[data-changes]:not([data-changes="0"])');
  await page.locator('[data-changes]').first().waitFor();
  screen.state = 'paused';
  screen.report();
  await changed.first().waitFor();
  const animation =
    'getComputedStyle(document.querySelector(\'[data-changes]:not([data-changes="0"])\')).animationName';
  expect(await page.evaluate(animation)).toBe('none');
  await page.emulateMedia({ reducedMotion: 'no-preference' });
  expect(await page.evaluate(animation)).not.toBe('none');
});
