import { readFile } from 'node:fs/promises';
import type { Locator } from 'playwright-core';
import { expect, test } from 'vitest';
import { expectAccessible } from '../support/axe.ts';
import { sharedBrowser, signIn } from '../support/browser.ts';
import { startScreen } from '../support/clients.ts';
import { sharedServer } from '../support/server.ts';
import { jump, wallAt } from '../support/wall.ts';

const server = sharedServer(
  { COMPANY_NAME: 'Panadería del Centro' },
  wallAt('2026-03-20T10:00:00Z', '2026-04-02T10:00:00Z'),
);
const browser = sharedBrowser();

/** The number of pages in a PDF. */
const pagesOf = (pdf: Buffer) => pdf.toString('latin1').match(/\/Type\s*\/Page\b/g)?.length ?? 0;

test('Q15 the report of the last month as PDF: three clicks; A4, without controls, nothing cut off', async () => {
  const screens = ['north', 'south'].flatMap((group) =>
    Array.from({ length: 20 }, (_, n) => ({ id: `${group}-${n}`, group })),
  );
  for (const { id, group } of screens) {
    const screen = await startScreen(server.it, id, {
      query: { deviceId: id, deviceGroup: group, deviceName: `Screen ${id} with a long name` },
    });
    screen.state = 'playing';
    screen.report();
  }
  const onAir = async () => (await server.it.call('/devices?q=onair:yes&limit=100')).body.devices.length;
  await expect.poll(onAir).toBe(screens.length);
  jump(server.it);

  const page = await browser.open({ timezoneId: 'Europe/Madrid', acceptDownloads: true });
  await page.addInitScript('window.print = () => { document.documentElement.dataset.printed = "1"; }');
  await signIn(page, server.it);
  await page.getByText('40 devices', { exact: true }).waitFor();
  let clicks = 0;
  const click = async (what: Locator) => {
    await what.click();
    clicks++;
  };
  await click(page.getByRole('link', { name: 'Report' }));
  await page.getByRole('heading', { name: 'Monthly report, March 2026' }).waitFor();
  await click(page.getByRole('button', { name: 'Print or save as PDF' }));
  expect(await page.getAttribute('html', 'data-printed')).toBe('1');
  // The third is “Save” in the browser's dialog.
  expect(clicks).toBe(2);
  await expectAccessible(page);
  // The page scrolls, not the document around it.
  expect(await page.evaluate('document.documentElement.scrollHeight - innerHeight')).toBe(0);
  await page.getByText('1 March 2026 to 31 March 2026, Europe/Madrid').waitFor();
  await page.getByText('Panadería del Centro').waitFor();
  const groups = page.getByRole('region', { name: 'By group' });
  await groups.getByRole('row', { name: /^north 20 100% 100% 0$/ }).waitFor();

  await page.emulateMedia({ media: 'print' });
  for (const control of ['Print or save as PDF', 'CSV: screens']) {
    expect(await page.getByRole('button', { name: control }).isVisible()).toBe(false);
  }
  expect(await page.getByRole('navigation', { name: 'Pages' }).isVisible()).toBe(false);
  // The width of an A4 page without its margins, at 96 dpi.
  await page.setViewportSize({ width: 703, height: 1000 });
  const cut =
    '[...document.querySelectorAll("article *")].filter((it) => it.scrollWidth > it.clientWidth + 1 && getComputedStyle(it).overflowX !== "visible" && !it.closest("caption")).map((it) => it.className + it.textContent)';
  expect(await page.evaluate(cut)).toEqual([]);
  expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(703);
  const pdf = await page.pdf({ preferCSSPageSize: true });
  expect(pdf.toString('latin1')).toMatch(/\/MediaBox\s*\[0 0 59[45]\.\d+ 841\.\d+\]/);
  expect(pagesOf(pdf)).toBeGreaterThan(1);
  expect(pagesOf(pdf)).toBeLessThan(5);
});

test('Q15 the files for Excel are in the reader’s language', async () => {
  const page = await browser.open({ locale: 'es-AR', timezoneId: 'America/Cordoba' });
  await signIn(page, server.it, undefined, '/report?month=2026-03&group=north');
  await page.getByRole('heading', { name: 'Informe mensual, marzo de 2026 · north' }).waitFor();
  const coming = page.waitForEvent('download');
  await page.getByRole('button', { name: 'CSV: pantallas' }).click();
  const lines = (await readFile(await (await coming).path(), 'utf8')).split('\r\n');
  expect(lines[0]).toMatch(/^\ufeffGrupo;Pantalla;Id;Disponible;/);
  expect(lines[1]).toMatch(/^north;Screen north-0 with a long name;north-0;100%;\d+(,\d+)?%;\d+(,\d+)?;/);
  expect(lines).toHaveLength(22);
});

test('Q15 a month without data leads to the current one; every earlier month can be chosen', async () => {
  const page = await browser.open({ timezoneId: 'Europe/Madrid' });
  await page.clock.setFixedTime(new Date('2026-04-02T11:00:00Z'));
  await signIn(page, server.it, undefined, '/report?month=2025-02');
  await page.getByText('No data for this month').waitFor();
  const months = page.getByLabel('Month').locator('option');
  expect(await months.last().getAttribute('value')).toBe('2024-02');
  await page.getByRole('button', { name: 'Show the current month so far' }).click();
  await page.getByRole('heading', { name: 'Monthly report, April 2026' }).waitFor();
  expect(await months.first().getAttribute('value')).toBe('2026-04');
  expect(await months.last().getAttribute('value')).toBe('2025-03');
});
