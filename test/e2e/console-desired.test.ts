import { expect, test } from 'vitest';
import { expectAccessible } from '../support/axe.ts';
import { sharedBrowser, signIn } from '../support/browser.ts';
import { startScreen } from '../support/clients.ts';
import { sharedServer } from '../support/server.ts';

const server = sharedServer();
const browser = sharedBrowser();

test('G7 a desired state is set, shown and removed on the device’s page', async () => {
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

test('G1 removing a group’s desired state on a device’s page requires confirmation', async () => {
  const screen = await startScreen(server.it, 'wanted-2', { query: { deviceId: 'wanted-2', deviceGroup: 'foyer' } });
  screen.report();
  const body = JSON.stringify({ playback: 'playing' });
  await server.it.call('/groups/foyer/desired', undefined, { method: 'PUT', body });
  const ofGroup = async () => (await server.it.call('/groups/foyer/desired')).body;
  const page = await browser.open();
  await signIn(page, server.it, undefined, '/devices/wanted-2');
  await page.getByText('Set for its group').waitFor();
  await page.getByRole('button', { name: 'Clear' }).click();
  const question = page.getByRole('alertdialog', { name: 'Group foyer: clear the desired state?' });
  await question.getByText('All devices it applies to').waitFor();
  await expectAccessible(page);
  await question.getByRole('button', { name: 'Cancel' }).click();
  await question.waitFor({ state: 'detached' });
  expect(await ofGroup()).toMatchObject({ playback: 'playing' });
  await page.getByRole('button', { name: 'Clear' }).click();
  await question.getByRole('button', { name: 'Clear' }).click();
  await page.getByText('None. The device only follows commands.').waitFor();
  expect(await ofGroup()).toEqual({});
});

test('G3 attempts are shown in the user’s language; one attempt in the singular', async () => {
  const screen = await startScreen(server.it, 'tried-1');
  screen.state = 'paused';
  screen.isDeaf = true;
  screen.socket.on('player:command', ({ commandId }) => {
    screen.respond(commandId, { status: 'error', message: 'no file' });
    screen.report();
  });
  screen.report();
  const body = JSON.stringify({ playback: 'playing', giveUpAfter: 1 });
  await server.it.call('/devices/tried-1/desired', undefined, { method: 'PUT', body });
  const page = await browser.open({ locale: 'es-ES' });
  await signIn(page, server.it, undefined, '/devices/tried-1');
  await page.getByText('Reproducir: un intento; error (no file)').waitFor();
  // It is measured once more after that, and then given up.
  const reporting = setInterval(() => screen.report(), 1000);
  try {
    await page.goto(`${server.it.url}/alerts`);
    await page
      .getByText(/Se intentó: Reproducir: un intento; error \(no file\)/)
      .first()
      .waitFor();
  } finally {
    clearInterval(reporting);
  }
});
