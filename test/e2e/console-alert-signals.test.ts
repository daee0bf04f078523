import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { expectAccessible } from '../support/axe.ts';
import { sharedBrowser, signIn } from '../support/browser.ts';
import { startScreen } from '../support/clients.ts';
import { PATIENCE_MS } from '../support/patience.ts';
import { sharedServer } from '../support/server.ts';

const server = sharedServer();
const browser = sharedBrowser();

/** Records what the browser would show and play: neither can be observed without a desktop. */
const recorder = `
  window.signalled = [];
  window.Notification = class {
    static permission = 'default';
    static async requestPermission() { return (this.permission = 'granted'); }
    constructor(title, { body }) { window.signalled.push(title + ' | ' + body); }
    close() {}
  };
  window.AudioContext = class { constructor() { window.signalled.push('sound'); throw new Error('no device'); } };
`;
const signalled = (page: Page): Promise<string[]> => page.evaluate('window.signalled');

test('Q12 new alerts are counted in the title; the browser notifies and sounds if that was chosen, not of what is muted', async () => {
  const soon = { notOnAirAfterMs: 0, recoverAfterMs: 0 };
  await server.it.call('/policies/default', soon, { method: 'PUT', body: JSON.stringify(soon) });
  const page = await browser.open();
  await page.addInitScript(recorder);
  await signIn(page, server.it, undefined, '/alerts');
  const notify = page.getByLabel('Browser notifications');
  expect(await notify.isChecked()).toBe(false);
  expect(await page.getByLabel('Sound').isChecked()).toBe(false);
  const first = await startScreen(server.it, 'first');
  await expect.poll(() => page.title(), { timeout: PATIENCE_MS }).toBe('(1) Alerts · vigia');
  expect(await signalled(page)).toEqual([]);

  await notify.check();
  await page.getByLabel('Sound').check();
  expect(await signalled(page)).toEqual(['sound']);
  await expectAccessible(page);
  await page.getByRole('link', { name: 'Wall' }).click();
  await startScreen(server.it, 'second');
  await expect
    .poll(() => signalled(page), { timeout: PATIENCE_MS })
    .toEqual(['sound', 'sound', expect.stringMatching(/^Not on air: second \| Not on air since .*: stopped$/)]);
  expect(await page.title()).toBe('(2) Wall · vigia');

  const { alerts } = (await server.it.call('/alerts?about=first')).body;
  await server.it.call(`/alerts/${alerts[0].id}/mute`, { forMs: 3_600_000 });
  const turn = async (state: string, title: string) => {
    first.state = state;
    first.report();
    await expect.poll(() => page.title(), { timeout: PATIENCE_MS }).toBe(title);
  };
  await turn('playing', '(1) Wall · vigia');
  await turn('stopped', '(2) Wall · vigia');
  expect(await signalled(page)).toHaveLength(3);
});
