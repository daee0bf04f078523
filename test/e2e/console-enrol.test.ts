import { readFileSync } from 'node:fs';
import { strFromU8, unzipSync } from 'fflate';
import { expect, test } from 'vitest';
import { expectAccessible } from '../support/axe.ts';
import { sharedBrowser, signIn } from '../support/browser.ts';
import { startScreen } from '../support/clients.ts';
import { sharedServer } from '../support/server.ts';

const server = sharedServer({ DEVICE_AUTH: 'provisioned' });
const browser = sharedBrowser();

test('Q14 an empty wall leads to where devices are added; what does not exist leads back to the wall', async () => {
  const page = await browser.open();
  await signIn(page, server.it);
  await page.getByRole('link', { name: 'Add devices' }).click();
  await page.getByRole('heading', { name: 'Provisioning' }).waitFor();
  for (const path of ['/nowhere', '/devices/nothing']) {
    await page.goto(server.it.url + path);
    await page.getByRole('link', { name: 'Go to the wall' }).click();
    await page.getByText('No devices yet').waitFor();
  }
});

test('Q14 50 screens are enrolled with four clicks: list, preview, files with their tokens, sheet of QR codes', async () => {
  const page = await browser.open();
  await signIn(page, server.it);
  await page.getByRole('navigation').waitFor();
  await page.evaluate("window.clicks = 0; addEventListener('click', () => window.clicks++, true)");
  await page.getByRole('link', { name: 'Provisioning' }).click();
  await page.getByRole('link', { name: 'Add many devices' }).click();
  const list = Array.from({ length: 50 }, (_, i) => `shop-${i + 1},Screen ${i + 1},Córdoba`).join('\n');
  await page.getByRole('textbox', { name: 'Devices' }).fill(list);
  await page.getByText('50 new, 0 exist already, 0 faulty').waitFor();
  await page.getByRole('button', { name: 'Create devices (50)' }).click();
  await page.getByRole('heading', { name: 'Devices created: 50' }).waitFor();
  const downloading = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Download configuration files' }).click();
  expect(await page.evaluate('window.clicks')).toBe(4);

  const files = unzipSync(readFileSync(await (await downloading).path()));
  expect(Object.keys(files)).toHaveLength(100);
  const config = JSON.parse(strFromU8(files['shop-7.json'] as Uint8Array));
  expect(config).toEqual({ url: server.it.url, deviceId: 'shop-7', token: expect.any(String) });
  expect(strFromU8(files['shop-7.env'] as Uint8Array)).toContain(`DEVICE_TOKEN=${config.token}`);
  expect((await server.it.call('/devices/shop-7')).body.document).toMatchObject({ name: 'Screen 7', group: 'Córdoba' });
  await startScreen(server.it, 'shop-7', { auth: { deviceId: 'shop-7', authToken: config.token } });
  await page.getByText('1 of 50 connected').waitFor();

  expect(await page.getByRole('img', { name: /QR code/ }).count()).toBe(50);
  await expectAccessible(page);
  await page.emulateMedia({ media: 'print' });
  expect(await page.getByRole('button', { name: 'Print QR codes' }).isVisible()).toBe(false);
  expect(await page.getByRole('img', { name: /QR code.*shop-50$/ }).isVisible()).toBe(true);
});

test('Q14 the preview says what is new, what exists and what is faulty; tokens are not lost by leaving', async () => {
  await server.it.call('/devices', { id: 'old-1' });
  const page = await browser.open();
  await signIn(page, server.it, undefined, '/provisioning/many');
  await page.getByLabel('CSV file').setInputFiles({
    name: 'screens.csv',
    mimeType: 'text/csv',
    buffer: Buffer.from('id;name;floor\nnew-1;Puerta;3\nold-1;;\nnot good;;\nnew-1;;\n'),
  });
  await page.getByText('1 new, 1 exist already, 2 faulty. Only the new ones are created.').waitFor();
  await page.getByRole('row', { name: /4.*not good.*The id may have only letters/ }).waitFor();
  await page.getByRole('row', { name: /5.*new-1.*The same id as in line 2/ }).waitFor();
  await page.getByRole('row', { name: /3.*old-1.*exists already/ }).waitFor();
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Create devices (1)' }).click();
  await page.getByRole('heading', { name: 'Devices created: 1' }).waitFor();
  expect((await server.it.call('/devices/new-1')).body.document.labels).toEqual({ floor: '3' });

  const ask = page.getByRole('alertdialog', { name: 'Leave without the tokens?' });
  await page.getByRole('link', { name: 'Audit' }).click();
  await ask.getByRole('button', { name: 'Cancel' }).click();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await ask.getByRole('button', { name: 'Cancel' }).click();
  await page.goBack();
  await ask.getByRole('button', { name: 'Cancel' }).click();
  const closing = page.waitForEvent('dialog');
  void page.reload().catch(() => {});
  await (await closing).dismiss();
  await page.getByRole('heading', { name: 'Devices created: 1' }).waitFor();
  await page.getByRole('link', { name: 'Audit' }).click();
  await ask.getByRole('button', { name: 'Leave' }).click();
  await page.getByRole('heading', { name: 'Audit' }).waitFor();
});

test('Q14, P14 a player that shows a code gets its token when the code is typed', async () => {
  const ask = async (method: string, secret?: string) => {
    const headers: Record<string, string> = secret ? { authorization: `Bearer ${secret}` } : {};
    const answer = await fetch(`${server.it.url}/api/v1/pairing${secret ? '' : '?name=Hall'}`, { method, headers });
    return (await answer.json()) as Record<string, string>;
  };
  const { code = '', secret = '' } = await ask('POST');
  const page = await browser.open({ locale: 'es-AR', viewport: { width: 390, height: 800 } });
  await signIn(page, server.it, undefined, '/provisioning');
  const input = page.getByLabel('Código en la pantalla');
  await input.fill('zzz zzz');
  await page.getByRole('button', { name: 'Buscar reproductor' }).click();
  await page.getByText('Ningún reproductor muestra este código.').waitFor();
  await input.fill(code.toLowerCase().replace('-', ''));
  await page.getByRole('button', { name: 'Buscar reproductor' }).click();
  await page.getByText('Hall, se conecta desde 127.0.0.1').waitFor();
  await expectAccessible(page);
  const form = page.getByRole('region', { name: 'Vincular un reproductor' });
  await form.getByLabel('Id (opcional)').fill('hall-1');
  await form.getByLabel('Grupo (opcional)').fill('Lobby');
  await form.getByRole('button', { name: 'Vincular' }).click();
  await page.getByText('hall-1 está vinculado.').waitFor();
  const { token = '' } = await ask('GET', secret);
  await startScreen(server.it, 'hall-1', { auth: { deviceId: 'hall-1', authToken: token } });
  expect((await server.it.call('/devices/hall-1')).body.document).toMatchObject({ name: 'Hall', group: 'Lobby' });
});
