import { expect, test } from 'vitest';
import { expectAccessible } from '../support/axe.ts';
import { sharedBrowser, signIn } from '../support/browser.ts';
import { sharedServer } from '../support/server.ts';

const server = sharedServer();
const browser = sharedBrowser();

test('A10 a user stays signed in across tabs and reloads without a token in the page, and signs out everywhere', async () => {
  const page = await browser.open();
  await signIn(page, server.it);
  await page.getByRole('navigation').waitFor();
  await page.reload();
  await page.getByRole('navigation').waitFor();
  const tab = await page.context().newPage();
  await tab.goto(`${server.it.url}/sessions`);
  await tab.getByText('this one').waitFor();
  const kept = await tab.evaluate('JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie])');
  expect(kept).not.toMatch(new RegExp(`${server.it.adminToken}|vs_`));
  await expectAccessible(tab);

  const other = await browser.open({ locale: 'es-AR', viewport: { width: 390, height: 800 } });
  await signIn(other, server.it, undefined, '/sessions');
  await other.getByText('esta', { exact: true }).waitFor();
  expect(await other.evaluate('document.documentElement.scrollWidth')).toBe(390);
  await tab.reload();
  await tab.getByRole('button', { name: /^Sign out admin, Chrome/ }).click();
  await tab.getByRole('alertdialog').getByRole('button', { name: 'Sign out' }).click();
  await other.getByText('La sesión terminó.').waitFor();

  await page.getByRole('button', { name: 'Sign out' }).click();
  for (const it of [page, tab]) await it.getByLabel('Token').waitFor();
  await page.reload();
  await page.getByLabel('Token').waitFor();
  expect((await server.it.call('/sessions')).body.sessions).toEqual([]);
});

test('A10 signing in as another user in one tab changes all of them', async () => {
  const { body: ana } = await server.it.call('/tokens', { name: 'ana', role: 'viewer' });
  const page = await browser.open();
  await signIn(page, server.it);
  await page.getByRole('link', { name: 'Audit' }).waitFor();
  const tab = await page.context().newPage();
  await tab.goto(server.it.url);
  await tab.getByRole('button', { name: 'Sign out' }).click();
  await page.getByLabel('Token').waitFor();
  await signIn(tab, server.it, ana.token);
  await page.getByText('ana', { exact: true }).waitFor();
  expect(await page.getByRole('link', { name: 'Audit' }).count()).toBe(0);
});
