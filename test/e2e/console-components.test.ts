import { expect, test } from 'vitest';
import { expectAccessible } from '../support/axe.ts';
import { sharedBrowser, signIn } from '../support/browser.ts';
import { sharedServer } from '../support/server.ts';

const server = sharedServer();
const browser = sharedBrowser();

test.each([
  ['light', 1440],
  ['dark', 320],
] as const)(
  'the page of components shows each in each state, without faults of accessibility: %s, %i px',
  async (colorScheme, width) => {
    const page = await browser.open({ colorScheme, viewport: { width, height: 900 } });
    const faults: string[] = [];
    page.on('pageerror', (error) => faults.push(error.message));
    await signIn(page, server.it, undefined, '/components');
    await page.getByRole('heading', { name: 'Components' }).waitFor();
    await expect.poll(() => page.getByRole('link', { name: /^Conflict|Screen conflict/ }).count()).toBeGreaterThan(0);
    await expectAccessible(page);
    const overflow = page.locator('html').evaluate((it) => it.scrollWidth - it.clientWidth);
    expect(await overflow).toBeLessThanOrEqual(0);
    await page.getByRole('button', { name: 'Failure', exact: true }).click();
    await page.getByText('The screen is offline.').first().waitFor();
    await page.getByRole('button', { name: 'Question', exact: true }).click();
    await page.getByRole('alertdialog').or(page.getByRole('dialog')).waitFor();
    await expectAccessible(page);
    await page.keyboard.press('Escape');
    expect(faults).toEqual([]);
  },
);
