import { expect, test } from 'vitest';
import { expectAccessible } from '../support/axe.ts';
import { sharedBrowser, signIn } from '../support/browser.ts';
import { startScreen } from '../support/clients.ts';
import { sharedServer } from '../support/server.ts';

const server = sharedServer();
const browser = sharedBrowser();
const particulars = async (id: string) => {
  const { name, group, labels } = (await server.it.call(`/devices/${id}`)).body.document;
  return { name, group, labels };
};

test('editing with the keyboard works while the device reports; concurrent edits by others are shown and not overwritten without confirmation', async () => {
  const screen = await startScreen(server.it, 'door-1');
  await server.it.call('/devices/door-1', { labels: { 'a=b': 'c' } }, { method: 'PATCH' });
  const page = await browser.open();
  await signIn(page, server.it, undefined, '/devices/door-1');
  await page.getByRole('heading', { name: 'door-1' }).waitFor();
  await page.keyboard.press('e');
  const dialog = page.getByRole('dialog', { name: 'Edit door-1' });
  await dialog.getByLabel('Name').fill('Front door');
  await dialog.getByLabel('Group').fill('hall');
  await expectAccessible(page);
  const tried: number[] = [];
  page.on('response', (it) => it.request().method() === 'PATCH' && tried.push(it.status()));
  await page.route('**/devices/door-1', async (route) => {
    if (route.request().method() === 'PATCH' && tried.length === 0) {
      screen.state = 'playing';
      screen.report();
      await expect.poll(async () => (await server.it.call('/devices/door-1')).body.document.onAir.status).toBe('yes');
    }
    await route.continue();
  });
  await dialog.getByLabel('Group').press('Enter');
  await page.getByRole('heading', { name: 'Front door' }).waitFor();
  await dialog.waitFor({ state: 'detached' });
  expect(await particulars('door-1')).toEqual({ name: 'Front door', group: 'hall', labels: { 'a=b': 'c' } });
  expect(tried).toEqual([409, 200]);

  await page.getByRole('button', { name: 'Edit' }).click();
  await dialog.getByLabel('Labels').fill('floor=3\nno label\n');
  await dialog.getByText('“no label” is not in the form key=value').waitFor();
  await dialog.getByLabel('Labels').fill('floor=3');
  const elsewhere = { name: 'Back door', labels: { floor: '2' } };
  await server.it.call('/devices/door-1', elsewhere, { method: 'PATCH' });
  await dialog.getByRole('button', { name: 'Save' }).click();
  const alert = dialog.getByRole('alert');
  await alert.getByText('Someone else changed this device').waitFor();
  await alert.getByText('floor=2').waitFor();
  expect(await alert.getByRole('definition').count(), 'what was not touched follows').toBe(1);
  expect(await dialog.getByLabel('Name').inputValue()).toBe('Back door');
  await expectAccessible(page);
  expect(await particulars('door-1')).toMatchObject(elsewhere);
  await alert.getByRole('button', { name: 'Use these values' }).click();
  expect(await dialog.getByLabel('Labels').inputValue()).toBe('floor=2');
  await dialog.getByLabel('Group').fill('');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await dialog.waitFor({ state: 'detached' });
  expect(await particulars('door-1')).toEqual({ ...elsewhere, group: null });
});

test('an edit writes only the changed fields, so others can change the rest concurrently', async () => {
  await startScreen(server.it, 'gate-1');
  const page = await browser.open();
  await signIn(page, server.it, undefined, '/devices/gate-1');
  const dialog = page.getByRole('dialog', { name: 'Edit gate-1' });
  const edit = () => page.getByRole('button', { name: 'Edit' }).click();
  const elsewhere = (body: object) => server.it.call('/devices/gate-1', body, { method: 'PATCH' });
  const written: unknown[] = [];
  page.on('request', (it) => it.method() === 'PATCH' && written.push(it.postDataJSON()));
  await edit();
  await dialog.getByLabel('Group').fill('yard');
  await elsewhere({ name: 'Gate', labels: { floor: '0' } });
  await dialog.getByRole('button', { name: 'Save' }).click();
  await dialog.waitFor({ state: 'detached' });
  expect(await particulars('gate-1')).toEqual({ name: 'Gate', group: 'yard', labels: { floor: '0' } });

  await edit();
  await dialog.getByLabel('Labels').fill('floor=1\nfloor=2\n');
  await dialog.getByText('“floor=2”: this key is already used').waitFor();
  await dialog.getByLabel('Labels').fill('floor=1\nsid');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await dialog.getByText('“sid” is not in the form key=value').waitFor();
  await dialog.getByLabel('Labels').fill('floor=1\nside=east');
  await elsewhere({ name: 'Gate 1', labels: { floor: '5' } });
  await dialog.getByRole('button', { name: 'Save' }).click();
  await dialog.getByRole('button', { name: 'Save mine anyway' }).click();
  await dialog.waitFor({ state: 'detached' });
  const mine = { floor: '1', side: 'east' };
  expect(await particulars('gate-1')).toEqual({ name: 'Gate 1', group: 'yard', labels: mine });
  expect(written).toEqual([{ group: 'yard' }, { labels: mine }]);
});

test('removing a device requires typing its name, and returns to the wall; in Spanish', async () => {
  await startScreen(server.it, 'door-2');
  const page = await browser.open({ locale: 'es-ES' });
  await signIn(page, server.it, undefined, '/devices/door-2');
  await page.getByRole('button', { name: 'Eliminar' }).click();
  const dialog = page.getByRole('dialog', { name: '¿Eliminar door-2?' });
  expect(await dialog.getByRole('button', { name: 'Eliminar' }).isDisabled()).toBe(true);
  await dialog.getByLabel('Escribir «door-2» para confirmar').fill('door-2');
  await dialog.getByRole('button', { name: 'Eliminar' }).click();
  await page.getByText('Se eliminó door-2').waitFor();
  await page.getByRole('heading', { name: 'Pantallas' }).waitFor();
  expect((await server.it.call('/devices/door-2')).status).toBe(404);
});

test('an operator has no controls to edit or remove devices', async () => {
  await startScreen(server.it, 'door-3');
  const { body } = await server.it.call('/tokens', { name: 'hands', role: 'operator' });
  const page = await browser.open();
  await signIn(page, server.it, body.token, '/devices/door-3');
  await page.getByRole('button', { name: 'Play' }).waitFor();
  expect(await page.getByRole('button', { name: /Edit|Remove/ }).count()).toBe(0);
});
