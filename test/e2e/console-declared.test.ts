import { expect, test } from 'vitest';
import { sharedBrowser, signIn } from '../support/browser.ts';
import { gather, next, type PlayerCommand, playerOfSecondGeneration } from '../support/clients.ts';
import { sharedServer } from '../support/server.ts';

const server = sharedServer();
const browser = sharedBrowser();

test('C9 a command declared by a device is sent with a form; the server’s validation errors appear at their fields', async () => {
  const player = playerOfSecondGeneration(server.it, 'declares');
  const received = gather<PlayerCommand>(player, 'player:command');
  player.on('player:command', ({ commandId }) =>
    player.emit('player:command:response', { commandId, status: 'success' }),
  );
  await next(player, 'connect');
  const reboot = {
    name: 'reboot',
    title: 'Reboot',
    description: 'Restarts the machine.',
    params: {
      type: 'object',
      required: ['seconds'],
      properties: { seconds: { type: 'integer', title: 'Delay' }, note: { type: 'string', maxLength: 5 } },
    },
  };
  const commands = [reboot, { name: 'beep', title: 'Beep' }];
  await player.emitWithAck('player:register', { deviceId: 'declares', commands });
  const page = await browser.open();
  await signIn(page, server.it, undefined, '/devices/declares');
  await page.getByRole('button', { name: 'Reboot' }).click();
  const dialog = page.getByRole('dialog', { name: 'Reboot' });
  await dialog.getByText('Restarts the machine.').waitFor();
  await dialog.getByLabel('Delay').fill('5');
  await dialog.getByLabel('note').fill('much too long');
  await dialog.getByRole('button', { name: 'Send' }).click();
  const fault = dialog.locator('input[aria-invalid=true]');
  await expect.poll(() => fault.inputValue()).toBe('much too long');
  await dialog.getByText('must NOT have more than 5 characters', { exact: true }).waitFor();
  expect(received).toEqual([]);
  await dialog.getByLabel('note').fill('short');
  await dialog.getByRole('button', { name: 'Send' }).click();
  await dialog.waitFor({ state: 'detached' });
  await expect
    .poll(() => received.map(({ command, params }) => [command, params]))
    .toEqual([['reboot', { seconds: 5, note: 'short' }]]);
  // Without parameters, the button sends at once.
  await page.getByRole('button', { name: 'Beep' }).click();
  await expect.poll(() => received.length).toBe(2);
});
