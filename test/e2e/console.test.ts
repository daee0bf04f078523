import { expect, test } from 'vitest';
import { sharedBrowser, signIn } from '../support/browser.ts';
import { startScreen } from '../support/clients.ts';
import { sharedServer } from '../support/server.ts';

const server = sharedServer({ COMMAND_TIMEOUT_MS: '8000' });
const browser = sharedBrowser();

test('sign-in: a wrong token is rejected with a message; the right one leads to the wall, and a reload stays signed in', async () => {
  await startScreen(server.it, 'lobby-1');
  const page = await browser.open();
  await signIn(page, server.it, 'not-a-token');
  await page.getByText('This token is not valid').waitFor();
  await signIn(page, server.it);
  await page.getByText('lobby-1').waitFor();
  await page.reload();
  await page.getByText('lobby-1').waitFor();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByLabel('Token').waitFor();
});

test('live: a report is shown at once', async () => {
  const screen = await startScreen(server.it, 'lobby-2');
  const page = await browser.open();
  await signIn(page, server.it);
  await page.getByText('lobby-2').waitFor();
  screen.state = 'playing';
  screen.report();
  await page.getByRole('button', { name: /^On air 1$/ }).click();
  await page.getByRole('link', { name: /lobby-2/ }).waitFor();
  screen.state = 'paused';
  screen.report();
  await page.getByText('No devices match').waitFor();
  await page.getByRole('button', { name: 'Show all' }).click();
  await page.getByRole('link', { name: /lobby-2.*paused/ }).waitFor();
});

test('static files: hashed ones are cached for ever, pages are never stale; nothing inline or from other origins', async () => {
  const index = await fetch(server.it.url, { headers: { accept: 'text/html' } });
  expect(index.headers.get('cache-control')).toBe('no-cache');
  const policy = index.headers.get('content-security-policy') ?? '';
  expect(policy).toContain("default-src 'none'");
  expect(policy).not.toMatch(/unsafe|https?:/);
  const html = await index.text();
  expect(html).not.toMatch(/https?:|<style|<script(?![^>]* src=)/);
  const [, script] = /src="(\/assets\/[^"]+\.js)"/.exec(html) ?? [];
  const code = await fetch(server.it.url + script);
  expect(code.headers.get('cache-control')).toContain('immutable');
  expect(code.headers.get('content-encoding')).toBe('gzip');
  const deep = await fetch(`${server.it.url}/devices/lobby-1`, { headers: { accept: 'text/html' } });
  expect(await deep.text()).toBe(html);
  expect((await fetch(`${server.it.url}/devices/lobby-1`)).status).toBe(404);
});

test('a command from click to ending: sent, answered, and its effect is shown', async () => {
  const screen = await startScreen(server.it, 'lobby-3');
  const page = await browser.open();
  await signIn(page, server.it, undefined, '/devices/lobby-3');
  await page.getByRole('heading', { name: 'lobby-3' }).waitFor();
  await page.getByRole('button', { name: 'Play' }).click();
  const order = page
    .getByRole('region', { name: 'Commands' })
    .getByRole('listitem')
    .filter({ hasText: 'Play' })
    .first();
  await order.getByText('succeeded').waitFor();
  await order.getByText('The device answered.').waitFor();
  expect(screen.received.map((it) => it.command)).toEqual(['vlc:play']);
  screen.report();
  await page.getByRole('region', { name: 'Now playing' }).getByText('Playing', { exact: true }).waitFor();
});

test('content stays visible while it is reloaded', async () => {
  await startScreen(server.it, 'lobby-5');
  const send = (command: string) => server.it.call('/devices/lobby-5/commands?wait=true', { command });
  await send('vlc:play');
  const page = await browser.open();
  await signIn(page, server.it, undefined, '/devices/lobby-5');
  const given = page.getByRole('region', { name: 'Commands' }).getByRole('listitem');
  await given.filter({ hasText: 'Play' }).waitFor();
  let release = () => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  const asked = page.waitForRequest('**/devices/lobby-5/commands?*');
  await page.route('**/devices/lobby-5/commands?*', async (route) => {
    await held;
    await route.continue();
  });
  await send('vlc:stop');
  await asked;
  // Two frames: what would go blank has gone.
  await page.evaluate('new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))');
  expect(await given.allTextContents()).toEqual([expect.stringContaining('Play')]);
  release();
  await given.filter({ hasText: 'Stop' }).waitFor();
});

test('a viewer sees devices but cannot command them', async () => {
  const screen = await startScreen(server.it, 'lobby-4');
  const { body } = await server.it.call('/tokens', { name: 'eyes', role: 'viewer' });
  const page = await browser.open();
  await signIn(page, server.it, body.token, '/devices/lobby-4');
  await page.getByText('Your role is read-only.').waitFor();
  expect(await page.getByRole('button', { name: 'Play' }).isDisabled()).toBe(true);
  await page.keyboard.press('c');
  await page.keyboard.press('p');
  await page.getByText('Your role is read-only', { exact: true }).waitFor();
  expect(screen.received).toEqual([]);
});
