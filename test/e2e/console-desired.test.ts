import { expect, test } from 'vitest';
import { expectAccessible } from '../support/axe.ts';
import { sharedBrowser, signIn } from '../support/browser.ts';
import { startScreen } from '../support/clients.ts';
import { sharedServer } from '../support/server.ts';

const server = sharedServer();
const browser = sharedBrowser();

test('G7 what is wanted is said, seen and taken back on the page of the device', async () => {
  const screen = await startScreen(server.it, 'wanted-1');
  screen.state = 'paused';
  screen.report();
  const page = await browser.open();
  await signIn(page, server.it, undefined, '/devices/wanted-1');
  await page.getByText('None. The device only follows commands.').waitFor();
  await page.getByRole('button', { name: 'Set desired state' }).click();
  const dialog = page.getByRole('dialog', { name: 'Desired state: wanted-1' });
  await dialog.getByLabel('Playback').selectOption('playing');
  await dialog.getByLabel('Full screen').selectOption('yes');
  await dialog.getByLabel('Only within hours').check();
  await dialog.getByLabel('Monday: opens').fill('8 am');
  await expectAccessible(page);
  await dialog.getByRole('button', { name: 'Save' }).click();
  await dialog.getByText('A time such as 08:30').waitFor();
  await dialog.getByLabel('Only within hours').uncheck();
  await dialog.getByRole('button', { name: 'Save' }).click();
  await dialog.waitFor({ state: 'detached' });
  await page.getByText('As desired', { exact: true }).waitFor();
  await page.getByText('Playing, full screen', { exact: true }).waitFor();
  await expectAccessible(page);
  expect(screen.received.map(({ command }) => command)).toEqual(['vlc:play', 'vlc:fullscreen']);

  await server.it.call('/devices/wanted-1/commands?wait=true', { command: 'pause' });
  await page.getByText('Suspended', { exact: true }).waitFor();
  await page.getByText(/^\S+ sent a command; until/).waitFor();

  await page.getByRole('button', { name: 'Clear' }).click();
  await page.getByText('None. The device only follows commands.').waitFor();
  expect((await server.it.call('/devices/wanted-1/desired')).body).toEqual({});
});
