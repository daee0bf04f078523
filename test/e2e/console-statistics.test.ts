import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { expectAccessible } from '../support/axe.ts';
import { sharedBrowser, signIn } from '../support/browser.ts';
import { next, startScreen } from '../support/clients.ts';
import { sharedServer } from '../support/server.ts';

const server = sharedServer({ COMMAND_TIMEOUT_MS: '8000' });
const browser = sharedBrowser();

test('T4 fleet and device: figures, also by day in a table, and as a file', async () => {
  const screen = await startScreen(server.it, 'hall-1');
  await startScreen(server.it, 'hall-2');
  screen.state = 'playing';
  screen.report();
  for (const command of ['vlc:play', 'vlc:stop']) {
    await server.it.call('/devices/hall-1/commands?wait=true', { command });
  }
  screen.socket.io.engine.close();
  await next(screen.socket, 'player:registered');
  // Events are recorded with a delay.
  await expect
    .poll(async () => (await server.it.call('/stats?device=hall-1')).body.total)
    .toMatchObject({ disconnections: { count: 1 }, commands: { count: 2 } });

  const page = await browser.open();
  await signIn(page, server.it, undefined, '/statistics?range=day');
  const devices = page.getByRole('region', { name: 'Devices' });
  await devices.getByRole('row', { name: /hall-2.*100%.*0 – –$/ }).waitFor();
  await devices.getByRole('row', { name: /hall-1.*2 · 100% succeeded \d+ (ms|sec) \d+ (ms|sec)$/ }).waitFor();
  await expectAccessible(page);

  const coming = page.waitForEvent('download');
  await page.getByRole('button', { name: 'CSV' }).click();
  const lines = (await readFile(await (await coming).path(), 'utf8')).split('\r\n').map((line) => line.split(','));
  const column = lines[0]?.indexOf('commands') ?? -1;
  const figures = lines.map(([of, name, ...rest]) => [of, name, rest[column - 2]]);
  // At midnight (UTC) there are two.
  const days = figures.filter(([of]) => of === 'day');
  expect(days.length).toBeLessThanOrEqual(2);
  for (const [, name] of days) expect(name).toMatch(/^\d{4}-\d\d-\d\d$/);
  expect(days.reduce((sum, [, , count]) => sum + Number(count), 0)).toBe(2);
  expect(figures.filter((it) => !days.includes(it))).toEqual([
    ['\ufeffof', 'name', 'commands'],
    ['total', '', '2'],
    ['group', '', '2'],
    ['device', 'hall-1', '2'],
    ['device', 'hall-2', '0'],
  ]);

  await devices.getByRole('button', { name: 'Figures of hall-1' }).click();
  await page.getByRole('link', { name: 'Open the device' }).waitFor();
  await page.getByText(/^half within \d+ (ms|sec), 95% within \d+ (ms|sec)$/).waitFor();
  expect(await devices.count()).toBe(0);
  await page.getByRole('button', { name: 'Table: Commands by day' }).click();
  const byDay = page.getByRole('region', { name: 'Commands by day' });
  for (const [, , count] of days) await byDay.getByRole('cell', { name: count, exact: true }).first().waitFor();
  const lost = page.getByRole('region', { name: 'Why connections were lost' });
  expect(await lost.getByRole('listitem').count()).toBe(1);
});

test('a range without data says so, an invalid one says why; in Spanish', async () => {
  const page = await browser.open({ locale: 'es-ES', viewport: { width: 390, height: 800 } });
  await signIn(page, server.it, undefined, '/statistics?range=custom&from=2020-01-01&to=2020-01-10');
  await page.getByText('Sin datos de este período').waitFor();
  await page.getByLabel('Desde').fill('2020-02-01');
  await page.getByText('from: must be before `to`, and before now').waitFor();
  await page.getByLabel('Período').selectOption({ label: 'Últimos 7 días' });
  await page.getByText('Por qué se perdieron conexiones').waitFor();
  await expectAccessible(page);
  expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(390);
});
