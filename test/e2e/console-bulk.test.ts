import { expect, test } from 'vitest';
import { sharedBrowser, signIn } from '../support/browser.ts';
import { startScreen } from '../support/clients.ts';
import { sharedServer } from '../support/server.ts';

const server = sharedServer({ COMMAND_RETRIES: '0', COMMAND_TIMEOUT_MS: '8000' });
const browser = sharedBrowser();

const group = (name: string, count: number) =>
  Promise.all(Array.from({ length: count }, (_, i) => startScreen(server.it, `${name}-${i + 1}`)));

async function plan(search: string) {
  const page = await browser.open();
  await signIn(page, server.it, undefined, `/bulk?q=${search}`);
  return page;
}

test('bulk: a canary first, then the rest, and who answered what', async () => {
  const screens = await group('roof', 8);
  const page = await plan('roof');
  await page.getByText('8 devices chosen').waitFor();
  await page.getByRole('button', { name: 'Send to 8' }).click();
  await page.getByRole('button', { name: 'Send', exact: true }).click();
  await page.getByText('Finished.').waitFor();
  await page.getByText('8 of 8').waitFor();
  expect(screens.map((it) => it.received.length)).toEqual(screens.map(() => 1));
});

test('bulk: a canary that fails stops all; only what failed is tried again', async () => {
  const screens = await group('cellar', 6);
  for (const screen of screens) screen.answers = 'error';
  const page = await plan('cellar');
  await page.getByText('6 devices chosen').waitFor();
  await page.getByLabel('Canary').fill('2');
  await page.getByLabel('Failures allowed').fill('1');
  await page.getByRole('button', { name: 'Send to 6' }).click();
  await page.getByRole('button', { name: 'Send', exact: true }).click();
  await page.getByText('The canary failed. Nothing was sent to the others.').waitFor();
  expect(screens.filter((it) => it.received.length > 0)).toHaveLength(2);

  // What they refused, they did not do; and the server knows it, or there would be nothing to try again.
  for (const screen of screens) {
    Object.assign(screen, { answers: 'success', state: 'stopped' });
    await screen.socket.emitWithAck('player:state', { vlc: { state: 'stopped', fullscreen: false } });
  }
  await page.getByRole('button', { name: 'Stop' }).click();
  await page.getByRole('button', { name: 'Retry 2 failed' }).click();
  await page.getByText('Finished.').waitFor();
  await page.getByText('2 of 2').waitFor();
  expect(screens.map((it) => it.received.length).sort()).toEqual([0, 0, 0, 0, 2, 2]);
});

test('bulk: it stops by itself beyond the failures that are allowed', async () => {
  const screens = await group('attic', 3);
  for (const screen of screens) screen.answers = 'error';
  const page = await plan('attic');
  await page.getByText('3 devices chosen').waitFor();
  await page.getByLabel('Canary').fill('0');
  await page.getByLabel('Failures allowed').fill('1');
  await page.getByRole('button', { name: 'Send to 3' }).click();
  await page.getByRole('button', { name: 'Send', exact: true }).click();
  await page.getByText('Stopped: too many failures.').waitFor();
});
