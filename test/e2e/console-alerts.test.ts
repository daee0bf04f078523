import { expect, test } from 'vitest';
import { expectAccessible } from '../support/axe.ts';
import { sharedBrowser, signIn } from '../support/browser.ts';
import { startScreen } from '../support/clients.ts';
import { PATIENCE_MS } from '../support/patience.ts';
import { sharedServer } from '../support/server.ts';

const server = sharedServer();
const browser = sharedBrowser();

test('W1 a policy: the server’s validation errors appear at their fields; once corrected it is saved, listed and removed', async () => {
  const page = await browser.open();
  await signIn(page, server.it, undefined, '/alerts?view=policies');
  await page.getByLabel('Group').fill('lobby');
  await page.getByRole('button', { name: 'Edit policy' }).click();
  await page.getByLabel('Offline for (minutes)').fill('2000');
  await page.getByLabel('Time zone').fill('Mars/Olympus');
  await page.getByLabel('Own operating hours').check();
  await page.getByLabel('Friday: closes').fill('25:00');
  await page.getByLabel('Own maintenance windows').check();
  await page.getByLabel('From').fill('2026-03-02T10:00');
  await page.getByLabel('Until').fill('2026-03-01T10:00');
  await page.getByRole('button', { name: 'Save policy' }).click();
  await page.getByText('Between 0 and 1440 minutes').waitFor();
  for (const field of ['Offline for (minutes)', 'Time zone', 'Friday: closes', 'Until']) {
    expect(await page.getByLabel(field).getAttribute('aria-invalid'), field).toBe('true');
  }
  expect(await page.getByLabel('From').getAttribute('aria-invalid')).toBeNull();
  await page.getByText('The end must be after the start').waitFor();
  await expectAccessible(page);

  await page.getByLabel('Offline for (minutes)').fill('1.5');
  await page.getByLabel('Time zone').fill('Europe/Madrid');
  await page.getByLabel('Friday: closes').fill('02:00');
  await page.getByLabel('Until').fill('2026-03-02T12:30');
  await page.getByRole('button', { name: 'Remove 08:00 to 22:00 on Sunday' }).click();
  await page.getByRole('button', { name: 'Save policy' }).click();
  const row = page.getByRole('row', { name: /Group lobby/ });
  await row.getByText(/Mon–Thu.08:00–22:00.*Fri.08:00–02:00.*Sun.closed/).waitFor();
  const { body } = await server.it.call('/policies/groups/lobby');
  expect(body).toMatchObject({
    offlineAfterMs: 90_000,
    timeZone: 'Europe/Madrid',
    hours: { fri: [['08:00', '02:00']] },
  });
  expect(body.hours).not.toHaveProperty('sun');
  expect(Date.parse(body.maintenance[0].to) - Date.parse(body.maintenance[0].from)).toBe(2.5 * 3600_000);

  await page.getByRole('button', { name: 'Edit: Group lobby' }).click();
  await page.getByRole('button', { name: 'Remove policy' }).click();
  await page.getByRole('alertdialog').getByRole('button', { name: 'Remove policy' }).click();
  // Wait for the list again: no row is visible while the policy is edited.
  await page.getByRole('row', { name: /All devices/ }).waitFor();
  expect(await row.count()).toBe(0);
  expect((await server.it.call('/policies/groups/lobby')).body).toEqual({});
});

test('an alert opens by itself, links to its screen, and is listed among all alerts once it is over; in Spanish', async () => {
  const soon = { notOnAirAfterMs: 0, recoverAfterMs: 0 };
  await server.it.call('/policies/default', soon, { method: 'PUT', body: JSON.stringify(soon) });
  const page = await browser.open({ locale: 'es-ES' });
  await signIn(page, server.it, undefined, '/alerts');
  await page.getByText('No hay alertas abiertas').waitFor();
  const screen = await startScreen(server.it, 'hall-1');
  const row = page.getByRole('row', { name: /Fuera del aire.*hall-1/ });
  await row.waitFor({ timeout: PATIENCE_MS });
  await row.getByRole('link', { name: 'hall-1' }).waitFor();
  await page.getByText('1 crítica, 0 avisos').waitFor();
  const open = page.getByRole('link', { name: 'Alertas 1 abierta' });
  await open.waitFor();
  const wall = await browser.open();
  await signIn(wall, server.it);
  const openOnWall = wall.getByRole('link', { name: 'Alerts 1 open' });
  await openOnWall.waitFor();
  await expectAccessible(page);
  screen.state = 'playing';
  screen.report();
  await page.getByText('No hay alertas abiertas').waitFor({ timeout: PATIENCE_MS });
  await open.waitFor({ state: 'detached' });
  await openOnWall.waitFor({ state: 'detached', timeout: PATIENCE_MS });
  await page.getByRole('tab', { name: 'Todas' }).click();
  await row.getByText(/^Fuera del aire desde \d.*: detenido$/).waitFor();
  await row.getByText('Está en el aire de nuevo').waitFor();
});

test('a viewer sees policies but has no controls to change them', async () => {
  const { body } = await server.it.call('/tokens', { name: 'eyes', role: 'viewer' });
  const page = await browser.open();
  await signIn(page, server.it, body.token, '/alerts?view=policies');
  await page.getByRole('button', { name: 'View: All devices' }).click();
  await page.getByText('Your role is read-only.').waitFor();
  expect(await page.getByLabel('Time zone').isDisabled()).toBe(true);
  expect(await page.getByRole('button', { name: /Save|Remove policy/ }).count()).toBe(0);
});
