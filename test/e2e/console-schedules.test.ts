import { expect, test } from 'vitest';
import { expectAccessible } from '../support/axe.ts';
import { sharedBrowser, signIn } from '../support/browser.ts';
import { startScreen } from '../support/clients.ts';
import { sharedServer } from '../support/server.ts';
import { jump, wallAt } from '../support/wall.ts';

const server = sharedServer({}, wallAt('2026-03-28T07:00:00Z', '2026-03-28T07:59:58Z'));
const browser = sharedBrowser();

test('J5, J7 a schedule is created with a preview of its runs, runs, and is paused, changed and removed', async () => {
  for (const [id, timezone] of [
    ['s-madrid', 'Europe/Madrid'],
    ['s-utc', 'UTC'],
  ] as const) {
    const screen = await startScreen(server.it, id);
    screen.reports = false;
    await screen.socket.emitWithAck('player:state', { system: { timezone }, vlc: { state: 'stopped' } });
  }
  const page = await browser.open();
  await signIn(page, server.it);
  await page.getByRole('link', { name: 'Schedules' }).click();
  await page.getByText('No schedules yet').waitFor();
  await page.getByRole('button', { name: 'New schedule' }).click();
  const dialog = page.getByRole('dialog', { name: 'New schedule' });
  await dialog.getByLabel('Name').fill('Opening');
  await dialog.getByLabel('Command').selectOption('Stop');
  await dialog.getByLabel('Devices', { exact: true }).selectOption('All devices');
  await dialog.getByLabel('Local time').fill('2026-03-28T08:00');
  await dialog.getByLabel('Repeat').selectOption('By a rule');
  await dialog.getByLabel('Rule').fill('FREQ=SECONDLY');
  await dialog.getByText('FREQ is MINUTELY, HOURLY', { exact: false }).waitFor();
  await expectAccessible(page);
  await dialog.getByLabel('Repeat').selectOption('Every week');
  await dialog.getByLabel('Sat', { exact: true }).check();
  await dialog.getByLabel('Sun', { exact: true }).check();
  const preview = dialog.getByRole('region', { name: 'Next runs' });
  await preview.getByText('UTC: 1 device').waitFor();
  // In Madrid it is after eight o’clock.
  await preview.getByText('Sun, Mar 29, 2026, 08:00').first().waitFor();
  expect(await preview.getByRole('listitem').count()).toBe(10);
  await preview.getByText('UTC: 1 device').click();
  await preview.getByText('Sat, Mar 28, 2026, 08:00').waitFor();
  expect(await preview.getByRole('listitem').count()).toBe(20);
  await dialog.getByLabel('If it is missed').selectOption('Do it once on return');
  await dialog.getByLabel('Within').selectOption('2 h');
  await expectAccessible(page);
  await dialog.getByRole('button', { name: 'Save' }).click();
  await dialog.waitFor({ state: 'detached' });

  const row = page.getByRole('row', { name: /Opening/ });
  await row.getByText('active').waitFor();
  await row.getByText('(2 devices)').waitFor();
  const { schedules } = (await server.it.call('/schedules')).body;
  expect(schedules).toMatchObject([
    { command: 'stop', target: { all: true }, rrule: 'FREQ=WEEKLY;BYDAY=SA,SU', missed: 'once', withinMs: 7_200_000 },
  ]);

  jump(server.it);
  const { id } = schedules[0];
  await expect.poll(async () => (await server.it.call(`/schedules/${id}/runs`)).body.runs[0]?.outcomes).toBeDefined();
  await expect
    .poll(async () => (await server.it.call(`/schedules/${id}/runs`)).body.runs)
    .toMatchObject([{ zones: [{ status: 'done' }], outcomes: { success: 1 } }]);
  await page.reload();
  await row.getByRole('button', { name: 'Runs of Opening' }).click();
  const runs = page.getByRole('dialog', { name: 'Runs of Opening' });
  await runs.getByRole('row', { name: /08:00.*UTC.*done.*1 succeeded/ }).waitFor();
  await expectAccessible(page);
  await page.keyboard.press('Escape');

  await row.getByRole('button', { name: 'Pause Opening' }).click();
  await row.getByText('paused').waitFor();
  await row.getByRole('button', { name: 'Edit Opening' }).click();
  const edit = page.getByRole('dialog', { name: 'Edit schedule' });
  expect(await edit.getByLabel('Sat', { exact: true }).isChecked()).toBe(true);
  await edit.getByLabel('Repeat').selectOption('Once');
  await edit.getByLabel('Local time').fill('2027-01-01T09:30');
  await edit.getByLabel('Devices').selectOption('Groups');
  await edit.getByLabel('Groups', { exact: true }).fill('lobby, hall');
  await edit.getByRole('button', { name: 'Save' }).click();
  await edit.waitFor({ state: 'detached' });
  await row.getByText('lobby, hall').waitFor();
  await row.getByRole('button', { name: 'Resume Opening' }).click();
  await row.getByText('active').waitFor();
  expect((await server.it.call(`/schedules/${id}`)).body).toMatchObject({
    enabled: true,
    start: '2027-01-01T09:30',
    target: { groups: ['lobby', 'hall'] },
  });
  expect((await server.it.call(`/schedules/${id}`)).body).not.toHaveProperty('rrule');

  await row.getByRole('button', { name: 'Remove Opening' }).click();
  await page.getByRole('alertdialog').getByRole('button', { name: 'Remove' }).click();
  await page.getByText('No schedules yet').waitFor();
  expect((await server.it.call('/schedules')).body.schedules).toEqual([]);
});

test('J6 a schedule whose token was removed shows that, and a viewer sees schedules without controls', async () => {
  const opening = { name: 'Orphan', command: 'play', start: '2030-01-01T08:00', target: { all: true } };
  const { id, token } = (await server.it.call('/tokens', { name: 'ana', role: 'operator' })).body;
  await server.it.call('/schedules', undefined, { method: 'POST', body: JSON.stringify(opening), token });
  await server.it.call(`/tokens/${id}`, undefined, { method: 'DELETE' });
  const viewer = (await server.it.call('/tokens', { name: 'luis', role: 'viewer' })).body.token;
  const page = await browser.open({ locale: 'es-AR' });
  await signIn(page, server.it, viewer, '/schedules');
  const row = page.getByRole('row', { name: /Orphan/ });
  await row.getByText('detenida').waitFor();
  await row.getByText('El token «ana» ya no existe', { exact: false }).waitFor();
  expect(await page.getByRole('main').getByRole('button').count()).toBe(0);
  await expectAccessible(page);
});
