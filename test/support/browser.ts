import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, onTestFinished } from 'vitest';
import { launchBrowser } from './chromium.ts';
import { PATIENCE_MS } from './patience.ts';
import type { TestServer } from './server.ts';

/** One browser for all tests of a file; each page has an isolated context. */
export function sharedBrowser(): { open(options?: BrowserContextOptions): Promise<Page> } {
  let browser: Browser | undefined;
  beforeAll(async () => {
    browser = await launchBrowser();
  });
  afterAll(() => browser?.close());
  return {
    async open(options = {}) {
      if (!browser) throw new Error('the shared browser runs only while tests do');
      const context = await browser.newContext({ locale: 'en-GB', viewport: { width: 1280, height: 800 }, ...options });
      const page = await context.newPage();
      page.setDefaultTimeout(PATIENCE_MS);
      const faults: string[] = [];
      page.on('pageerror', (error) => faults.push(error.message));
      // Violations of the content security policy and warnings of React.
      page.on('console', (message) => {
        if (
          message.type() === 'error' &&
          !/Failed to load resource|WebSocket connection|dynamically imported module|blocked by CORS policy/.test(
            message.text(),
          )
        )
          faults.push(message.text());
      });
      onTestFinished(async () => {
        await context.close();
        expect(faults).toEqual([]);
      });
      return page;
    },
  };
}

export async function signIn(page: Page, server: TestServer, token = server.adminToken, path = '/'): Promise<void> {
  await page.goto(server.url + path);
  await page.getByLabel('Token').fill(token);
  await page.getByLabel('Token').press('Enter');
}
