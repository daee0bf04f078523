import { expect, test } from 'vitest';
import { expectAccessible } from '../support/axe.ts';
import { sharedBrowser, signIn } from '../support/browser.ts';
import { startScreen } from '../support/clients.ts';
import { startEventReceiver } from '../support/event-receiver.ts';
import { sharedServer } from '../support/server.ts';

const server = sharedServer();
const browser = sharedBrowser();

test('V1 V2 V7 V8 a webhook is created, tested, disabled, given a new secret and removed in the console, with its deliveries shown', async () => {
  const receiver = await startEventReceiver();
  const page = await browser.open();
  await signIn(page, server.it, undefined, '/webhooks');
  await page.getByText('No webhooks yet').waitFor();
  await page.getByRole('button', { name: 'New webhook' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Address').fill('ftp://example.org/');
  await dialog.getByRole('button', { name: 'Create webhook' }).click();
  await dialog.locator('input[aria-invalid=true]').waitFor();
  await dialog.getByLabel('Address').fill(receiver.url);
  await dialog.getByLabel('Only some events').check();
  for (const event of [
    'Device offline',
    'Screenshot stored',
    'Command ended',
    'Alert opened',
    'Alert resolved',
    'Rollout stopped by itself',
    'Rollout ended',
    'On air or off air',
  ])
    await dialog.getByLabel(event).uncheck();
  await dialog.getByLabel('Groups').fill('hall, lobby');
  await expectAccessible(page);
  await dialog.getByRole('button', { name: 'Create webhook' }).click();
  receiver.secret = await dialog.getByRole('textbox', { name: 'Secret' }).inputValue();
  await dialog.getByRole('button', { name: 'I have copied it' }).click();
  const row = page.getByRole('row', { name: new RegExp(`${receiver.port}`) });
  await row.getByText('Device online', { exact: true }).waitFor();
  await row.getByText('hall, lobby').waitFor();
  await row.getByText('OK', { exact: true }).waitFor();
  expect(await page.content()).not.toContain(receiver.secret);
  await expectAccessible(page);

  await row.getByRole('button', { name: 'Send test' }).click();
  await page.getByText('Test delivered in').first().waitFor();
  await startScreen(server.it, 'told', { query: { deviceId: 'told', deviceGroup: 'hall' } });
  await expect.poll(() => receiver.taken.map(({ type }) => type)).toEqual(['webhook.test', 'device.online']);
  await row.getByRole('button', { name: 'Deliveries' }).click();
  const told = page.getByRole('dialog').getByRole('row', { name: /Device online/ });
  await told.getByText('delivered', { exact: true }).waitFor();
  await expectAccessible(page);
  await page.getByRole('dialog').getByRole('button', { name: 'Close' }).click();

  receiver.answer = 500;
  await row.getByRole('button', { name: 'Send test' }).click();
  await page.getByText('Test not delivered').first().waitFor();
  receiver.answer = 200;

  const before = receiver.secret;
  await row.getByRole('button', { name: 'New secret' }).click();
  await page.getByRole('alertdialog').getByRole('button', { name: 'New secret' }).click();
  await page.getByText(/messages are also signed with the previous secret/).waitFor();
  const secret = await page.getByRole('dialog').getByRole('textbox', { name: 'Secret' }).inputValue();
  expect(secret).not.toBe(before);
  await page.getByRole('dialog').getByRole('button', { name: 'I have copied it' }).click();
  await row.getByRole('button', { name: 'Send test' }).click();
  await expect.poll(() => receiver.taken.length).toBe(3);

  await row.getByRole('button', { name: 'Disable' }).click();
  await page.getByRole('alertdialog').getByRole('button', { name: 'Disable' }).click();
  await row.getByText('Disabled', { exact: true }).waitFor();
  await row.getByRole('button', { name: 'Enable' }).click();
  await row.getByText('OK', { exact: true }).waitFor();

  await row.getByRole('button', { name: 'Remove' }).click();
  await page.getByRole('alertdialog').getByRole('button', { name: 'Remove' }).click();
  await page.getByText('No webhooks yet').waitFor();
  expect((await server.it.call('/webhooks')).body.webhooks).toEqual([]);
  expect(receiver.forged).toEqual([]);
});

test('in Spanish, on a phone', async () => {
  await server.it.call('/webhooks', {
    url: 'http://127.0.0.1:9/a-long-path/that-does-not-end/for-quite-a-while',
    name: 'Tablero',
  });
  const page = await browser.open({ locale: 'es-ES', viewport: { width: 390, height: 800 } });
  await signIn(page, server.it, undefined, '/webhooks');
  await page.getByText('Tablero', { exact: true }).waitFor();
  await expectAccessible(page);
  await page.getByRole('button', { name: /^Probar .*that-does-not-end/ }).click();
  await page.getByText('La prueba no se entregó').first().waitFor();
  expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(390);
});
