import { expect, test } from 'vitest';
import { expectAccessible } from '../support/axe.ts';
import { sharedBrowser, signIn } from '../support/browser.ts';
import { startScreen } from '../support/clients.ts';
import { PATIENCE_MS } from '../support/patience.ts';
import { sharedServer, type TestServer } from '../support/server.ts';

const server = sharedServer();
const browser = sharedBrowser();

/** A screen that is dark, with its alert. */
async function startDark(at: TestServer, id: string) {
  const soon = { notOnAirAfterMs: 0, recoverAfterMs: 0 };
  await at.call('/policies/default', soon, { method: 'PUT', body: JSON.stringify(soon) });
  return startScreen(at, id);
}

test('W12–W14 an operator acknowledges an alert, assigns it, comments, mutes it, and closes it once its condition is unknown', async () => {
  const { body } = await server.it.call('/tokens', { name: 'Ana', role: 'operator' });
  const screen = await startDark(server.it, 'hall-1');
  const page = await browser.open();
  await signIn(page, server.it, body.token, '/alerts');
  const row = page.getByRole('row', { name: /Not on air.*hall-1/ });
  await row.getByRole('button', { name: 'Acknowledge' }).click({ timeout: PATIENCE_MS });
  await row.getByText('Acknowledged by Ana').waitFor();
  await expectAccessible(page);
  await page.getByLabel('Handling').selectOption('Not acknowledged');
  await page.getByText('No alerts match').waitFor();
  await page.getByLabel('Handling').selectOption('Acknowledged');
  await page.getByLabel('Severity').selectOption('Critical');
  await page.getByLabel('From').fill('2020-01-01T00:00');
  await row.waitFor();
  await page.getByLabel('Until').fill('2020-02-01T00:00');
  await page.getByText('No alerts match').waitFor();
  await page.getByLabel('Until').fill('');
  await expectAccessible(page);
  await row.getByRole('link', { name: 'Not on air' }).click();

  await page.getByRole('heading', { name: 'Not on air' }).waitFor();
  await page.getByRole('button', { name: 'Assign to me' }).click();
  await page.getByText('Assigned to Ana').waitFor();
  await page.getByLabel('Person in charge').fill('Luis');
  await page.getByRole('button', { name: 'Assign', exact: true }).click();
  await page.getByText('Assigned to Luis').waitFor();
  await page.goBack();
  await page.getByLabel('Assigned to').selectOption('Ana');
  await page.getByText('No alerts match').waitFor();
  await page.getByLabel('Assigned to').selectOption('Luis');
  await row.getByRole('link', { name: 'Not on air' }).click();
  await page.getByLabel('Comment').fill('The cable is loose\nI bring another one');
  await page.getByRole('button', { name: 'Add comment' }).click();
  const history = page.getByRole('region', { name: 'History' });
  await history.getByText('I bring another one').waitFor();
  expect(await page.getByLabel('Comment').inputValue()).toBe('');
  await page.getByLabel('Mute for').selectOption({ index: 1 });
  await page.getByRole('button', { name: 'Mute', exact: true }).click();
  await page.getByText(/^Muted until/).waitFor();
  expect(await page.getByRole('button', { name: 'Close alert' }).isDisabled()).toBe(true);
  await page.getByText('the problem is still there').waitFor();
  await expectAccessible(page);

  screen.socket.disconnect();
  await page.getByRole('button', { name: 'Close alert' }).click({ timeout: PATIENCE_MS });
  await page.getByRole('alertdialog').getByRole('button', { name: 'Close alert' }).click();
  await page.getByText('Closed by Ana').waitFor();
  for (const text of ['acknowledged it', 'assigned it to Luis', 'commented', /muted it until/, 'closed it']) {
    await history.getByText(text).first().waitFor();
  }
  expect(await page.getByRole('button', { name: 'Acknowledge' }).count()).toBe(0);
});

test('W12 a viewer sees who works on it, and has no controls; in Spanish, on a phone', async () => {
  await startDark(server.it, 'patio');
  const { body } = await server.it.call('/tokens', { name: 'Eva', role: 'viewer' });
  const page = await browser.open({ locale: 'es-AR', viewport: { width: 390, height: 800 } });
  await signIn(page, server.it, body.token, '/alerts');
  await page.getByRole('link', { name: 'Fuera del aire' }).first().click({ timeout: PATIENCE_MS });
  await page.getByRole('heading', { name: 'Fuera del aire' }).waitFor();
  const { alerts } = (await server.it.call('/alerts?about=patio')).body;
  await server.it.call(`/alerts/${alerts[0].id}/assign`, { to: 'Una persona con un nombre bastante largo' });
  await page.getByText('Asignada a Una persona').first().waitFor();
  await page.getByText(/la asignó a Una persona/).waitFor();
  expect(await page.getByRole('button', { name: /Asignar|Silenciar|Cerrar alerta|Marcar/ }).count()).toBe(0);
  await expectAccessible(page);
  expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(390);
  await page.goto(`${server.it.url}/alerts/0000000000`);
  await page.getByText('No se encontró la alerta').waitFor();
});

test('W12 an alert that opens while the list is loading appears in it', async () => {
  const { body } = await server.it.call('/tokens', { name: 'Leo', role: 'viewer' });
  const page = await browser.open();
  const isTold = new Promise<void>((resolve) => {
    page.on('websocket', (socket) =>
      socket.on('framereceived', ({ payload }) => {
        if (/"alert.*yard/.test(String(payload))) resolve();
      }),
    );
  });
  let isHeld = false;
  await page.route(/\/api\/v1\/alerts\?/, async (route) => {
    if (isHeld) return route.continue();
    isHeld = true;
    const response = await route.fetch();
    await startDark(server.it, 'yard');
    await isTold;
    return route.fulfill({ response });
  });
  await signIn(page, server.it, body.token, '/alerts');
  await page.getByRole('row', { name: /Not on air.*yard/ }).waitFor({ timeout: PATIENCE_MS });
  expect(isHeld).toBe(true);
});
