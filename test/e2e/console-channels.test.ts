import { expect, test } from 'vitest';
import { expectAccessible } from '../support/axe.ts';
import { sharedBrowser, signIn } from '../support/browser.ts';
import { startMailbox, startPhone } from '../support/phone.ts';
import { sharedServer } from '../support/server.ts';

const server = sharedServer({ ALERT_WEBHOOK_URL: 'http://127.0.0.1:9/T0PS3CRET' });
const browser = sharedBrowser();

test('W16, W17 an admin sets up e-mail, tests, edits, disables and removes it; what the environment sets is only shown', async () => {
  const mailbox = await startMailbox('hunter22hunter');
  const page = await browser.open();
  await signIn(page, server.it, undefined, '/alerts?view=channels');
  const fixed = page.getByRole('row', { name: /ALERT_WEBHOOK_URL/ });
  await fixed.getByText('Set by the environment').waitFor();
  expect(await fixed.getByRole('button').allTextContents()).toEqual(['Send test']);

  await page.getByRole('button', { name: 'New channel' }).click();
  const dialog = page.getByRole('dialog', { name: /channel/ });
  const save = dialog.getByRole('button', { name: 'Save channel' });
  await save.click();
  await expect.poll(() => dialog.locator('[aria-invalid=true]').count()).toBe(4);
  await dialog.getByLabel('Name').fill('On call');
  await dialog.getByLabel('SMTP server').fill('127.0.0.1');
  await dialog.getByLabel('Port').fill(String(mailbox.port));
  await dialog.getByLabel('Encryption').selectOption('none');
  await dialog.getByLabel('User (optional)').fill('vigia');
  await dialog.getByLabel('Password (optional)').fill('hunter22hunter');
  await dialog.getByLabel('From').fill('vigia@example.org');
  await dialog.getByLabel('To', { exact: true }).fill('ana@example.org, luis@example.org');
  await dialog.getByLabel('Groups').fill('hall');
  await expectAccessible(page);
  await save.click();
  const row = page.getByRole('row', { name: /On call/ });
  await row.getByText('ana@example.org, luis@example.org').waitFor();
  await row.getByText('hall').waitFor();
  await row.getByRole('button', { name: 'Send test' }).click();
  await page.getByText('Test delivered in').first().waitFor();
  expect(mailbox.mails[0]?.to).toEqual(['ana@example.org', 'luis@example.org']);
  await expectAccessible(page);

  await row.getByRole('button', { name: 'Edit' }).click();
  await dialog.getByText('Already set and never shown').waitFor();
  expect(await dialog.getByLabel('Password (optional)').inputValue()).toBe('');
  await dialog.getByLabel('SMTP server').fill('localhost');
  await save.click();
  await dialog.getByText('it would be sent to another server').waitFor();
  await dialog.getByLabel('Password (optional)').fill('not the one');
  await save.click();
  await dialog.waitFor({ state: 'detached' });
  await row.getByRole('button', { name: 'Send test' }).click();
  await page.getByText('Test not delivered').first().waitFor();
  await row.getByRole('button', { name: 'Disable' }).click();
  await row.getByText('Off', { exact: true }).waitFor();
  await row.getByRole('button', { name: 'Remove' }).click();
  await page.getByRole('alertdialog').getByRole('button', { name: 'Remove' }).click();
  await row.waitFor({ state: 'detached' });
  expect((await server.it.call('/channels')).body.channels).toHaveLength(1);
});

test('W16 each kind has its own fields; in Spanish, on a telephone', async () => {
  const phone = await startPhone();
  const page = await browser.open({ locale: 'es-AR', viewport: { width: 390, height: 800 } });
  await signIn(page, server.it, undefined, '/alerts?view=channels');
  const dialog = page.getByRole('dialog', { name: 'Nuevo canal' });
  const fill = async (kind: string, fields: Record<string, string>) => {
    await page.getByRole('button', { name: 'Nuevo canal' }).click();
    await dialog.getByLabel('Tipo').selectOption(kind);
    for (const [name, value] of Object.entries({ Nombre: kind, ...fields })) await dialog.getByLabel(name).fill(value);
    await dialog.getByRole('button', { name: 'Guardar canal' }).click();
    await dialog.waitFor({ state: 'detached' });
    await page.getByRole('button', { name: `Probar: ${kind}` }).click();
  };
  await fill('slack', { Dirección: `${phone.url}/slack` });
  await fill('teams', { Dirección: `${phone.url}/teams` });
  await fill('webhook', { Dirección: `${phone.url}/webhook` });
  await fill('ntfy', { Dirección: `${phone.url}/pantallas` });
  await fill('telegram', { 'Token del bot': '123456:abcdefghijkl', 'Id del chat': '@turno', Servidor: phone.url });
  await expect
    .poll(() => phone.calls.map(({ path }) => path))
    .toEqual(['/slack', '/teams', '/webhook', '/', '/bot123456:abcdefghijkl/sendMessage']);
  await expectAccessible(page);
  expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(390);
});

test('W16 only an admin sees the channels', async () => {
  const { body } = await server.it.call('/tokens', { name: 'Ana', role: 'operator' });
  const page = await browser.open();
  await signIn(page, server.it, body.token, '/alerts?view=channels');
  await page.getByRole('tab', { name: 'Policies' }).waitFor();
  expect(await page.getByRole('tab', { name: 'Channels' }).count()).toBe(0);
});
