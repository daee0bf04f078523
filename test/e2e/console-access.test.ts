import { decodeQR } from 'qr/decode.js';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { expectAccessible } from '../support/axe.ts';
import { sharedBrowser, signIn } from '../support/browser.ts';
import { next, playerOfSecondGeneration, register, startScreen } from '../support/clients.ts';
import { sharedServer } from '../support/server.ts';

const server = sharedServer({ DEVICE_AUTH: 'provisioned' });
const browser = sharedBrowser();

test('tokens: a new token is shown once and works; once revoked it does not, and its user is signed out', async () => {
  const page = await browser.open();
  await signIn(page, server.it, undefined, '/tokens');
  await page.getByText('No tokens yet').waitFor();
  await page.getByRole('button', { name: 'New token', exact: true }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Name').fill('   ');
  await dialog.getByRole('button', { name: 'Create token' }).click();
  await dialog.locator('input[aria-invalid=true]').waitFor();
  await dialog.getByLabel('Name').fill('night shift');
  await dialog.getByLabel('Operator').check();
  await dialog.getByRole('button', { name: 'Create token' }).click();
  const token = await dialog.getByRole('textbox', { name: 'Token' }).inputValue();
  expect((await server.it.call('/me', undefined, { token })).body).toMatchObject({
    name: 'night shift',
    role: 'operator',
  });
  await expectAccessible(page);
  await dialog.getByRole('button', { name: 'I have copied it' }).click();
  await page.getByRole('row', { name: /night shift/ }).waitFor();
  expect(await page.content()).not.toContain(token);

  const other = await browser.open();
  await signIn(other, server.it, token, '/audit');
  await other.getByText('It requires the role admin; your token has the role operator.').waitFor();
  expect(await other.getByRole('link', { name: 'Tokens' }).count()).toBe(0);

  await page.getByRole('button', { name: 'Revoke night shift' }).click();
  await page.getByRole('alertdialog').getByRole('button', { name: 'Revoke' }).click();
  await page.getByText('No tokens yet').waitFor();
  expect((await server.it.call('/me', undefined, { token })).status).toBe(401);
  await other.getByLabel('Token').waitFor();
});

test('provisioning: the QR code’s content connects a real player; a new token invalidates the old one; removal requires typing the name', async () => {
  const page = await browser.open();
  await signIn(page, server.it, undefined, '/provisioning');
  await page.getByLabel('Id (optional)').fill('no spaces');
  await page.getByRole('button', { name: 'Create device' }).click();
  await page.getByText('Only letters, digits and . _ : - are allowed').waitFor();
  await page.getByLabel('Id (optional)').fill('door-1');
  await page.getByLabel('Name (optional)').fill('Front door');
  await page.getByLabel('Labels (optional)').fill('floor=3');
  await page.getByRole('button', { name: 'Create device' }).click();
  await page.getByText('Waiting for the player to connect').waitFor();
  await expectAccessible(page);

  const picture = await page.getByRole('img', { name: /QR code/ }).screenshot();
  const { data, info } = await sharp(picture)
    .resize(600, 600, { kernel: 'nearest' })
    .raw()
    .toBuffer({ resolveWithObject: true });
  const scanned = JSON.parse(decodeQR({ data, width: info.width, height: info.height }));
  expect(scanned).toEqual({ url: server.it.url, deviceId: 'door-1', token: expect.any(String) });
  await page.getByRole('tab', { name: 'Environment' }).waitFor();
  const environment = await page.getByRole('textbox', { name: 'Player configuration' }).inputValue();
  expect(environment).toBe(`VIGIA_URL=${scanned.url}\nDEVICE_ID=door-1\nDEVICE_TOKEN=${scanned.token}`);

  const auth = { deviceId: 'door-1', authToken: scanned.token };
  const player = playerOfSecondGeneration(server.it, 'door-1', { auth });
  await register(player, 'door-1');
  await page.getByText('Connected from 127.0.0.1').waitFor();

  await page.getByRole('button', { name: 'New token for door-1' }).click();
  await page.getByRole('alertdialog').getByRole('button', { name: 'Create new token' }).click();
  const fresh = await page.getByRole('dialog').getByRole('textbox', { name: 'Device token' }).inputValue();
  await next(playerOfSecondGeneration(server.it, 'door-1', { auth }), 'connect_error');
  await page.getByRole('dialog').getByRole('button', { name: 'Close' }).click();
  await page.getByRole('alertdialog').getByRole('button', { name: 'Leave' }).click();
  const again = await startScreen(server.it, 'door-1', { auth: { deviceId: 'door-1', authToken: fresh } });

  await page.getByRole('button', { name: 'Remove door-1' }).click();
  const remove = page.getByRole('dialog').getByRole('button', { name: 'Remove' });
  expect(await remove.isDisabled()).toBe(true);
  await page.getByLabel('Type “Front door” to confirm').fill('Front door');
  const gone = next(again.socket, 'disconnect');
  await remove.click();
  await gone;
  await page.getByText('Front door removed').waitFor();
  await page.getByText('No devices yet').waitFor();
  expect((await server.it.call('/devices/door-1')).status).toBe(404);
});

test('audit: filters by kind, device and time, page by page', async () => {
  await server.it.call('/devices', { id: 'hall-1' });
  for (let i = 0; i < 104; i++)
    await server.it.call('/devices/hall-1', { labels: { n: String(i) } }, { method: 'PATCH' });
  await fetch(`${server.it.url}/api/v1/devices`, { headers: { authorization: 'Bearer not-a-token' } });
  const page = await browser.open();
  await signIn(page, server.it, undefined, '/audit');
  await page.getByLabel('What').selectOption({ label: 'Sign-in refused' });
  await page.getByRole('button', { name: 'Search' }).click();
  await page
    .getByRole('row', { name: /127\.0\.0\.1.*Sign-in refused.*This token is not valid/ })
    .first()
    .waitFor();
  await expectAccessible(page);
  await page.getByLabel('Device').fill('hall-1');
  await page.getByLabel('What').selectOption({ label: 'Device edited' });
  await page.getByRole('button', { name: 'Search' }).click();
  await page.getByRole('button', { name: 'Show more' }).click();
  await page.locator('tbody tr').nth(103).waitFor();
  expect(await page.locator('tbody tr').count()).toBe(104);
  expect(new URL(page.url()).search).toBe('?kind=device.edited&deviceId=hall-1');
  await page.getByLabel('Until').fill('2020-01-01T00:00');
  await page.getByRole('button', { name: 'Search' }).click();
  await page.getByText('No records match').waitFor();
  await page.getByRole('button', { name: 'Clear' }).click();
  await page
    .getByRole('row', { name: /Device edited.*hall-1/ })
    .first()
    .waitFor();
});

test('in Spanish, on a phone', async () => {
  const page = await browser.open({ locale: 'es-ES', viewport: { width: 390, height: 800 } });
  await signIn(page, server.it, undefined, '/provisioning');
  await page.getByRole('heading', { name: 'Dispositivos nuevos' }).waitFor();
  await page.getByRole('button', { name: 'Crear dispositivo' }).waitFor();
  for (const [path, heading] of [
    ['/tokens', 'Personas y programas'],
    ['/audit', 'Auditoría'],
  ] as const) {
    await page.goto(server.it.url + path);
    await page.getByRole('heading', { name: heading }).waitFor();
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(390);
  }
});
