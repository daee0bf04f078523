import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import sharp from 'sharp';
import { launchBrowser } from '../test/support/chromium.ts';

/** Creates docs/images: screenshots of the console's main pages with the demo fleet. */
const root = fileURLToPath(new URL('..', import.meta.url));
const out = join(root, 'docs/images');
const token = 'screenshots-admin-token';

interface Shot {
  name: string;
  path: string;
  theme: 'dark' | 'light';
  size?: { width: number; height: number };
  table?: true;
  /** Runs before the screenshot. */
  act?(page: Page): Promise<void>;
}

const shots: readonly Shot[] = [
  { name: 'wall', path: '/', theme: 'dark' },
  { name: 'wall-table', path: '/', theme: 'light', table: true },
  { name: 'wall-phone', path: '/', theme: 'dark', size: { width: 390, height: 780 } },
  {
    name: 'device',
    path: '/devices/demo-0002',
    theme: 'dark',
    size: { width: 1280, height: 1100 },
    act: (page) => page.getByRole('button', { name: 'Pause' }).click(),
  },
  {
    name: 'bulk',
    path: '/rollouts?group=store',
    theme: 'light',
    async act(page) {
      await page.getByRole('button', { name: /^Start for/ }).click();
      await page.getByRole('button', { name: 'Start', exact: true }).click();
    },
  },
  { name: 'alerts', path: '/alerts', theme: 'dark' },
  { name: 'statistics', path: '/statistics', theme: 'light' },
  {
    name: 'provisioning',
    path: '/provisioning',
    theme: 'dark',
    async act(page) {
      await page.getByLabel('Id (optional)').fill('front-door');
      await page.getByLabel('Name (optional)').fill('Front door');
      await page.getByRole('button', { name: 'Create device' }).click();
    },
  },
  { name: 'tokens', path: '/tokens', theme: 'light' },
  { name: 'audit', path: '/audit', theme: 'dark' },
];

mkdirSync(out, { recursive: true });
const data = mkdtempSync(join(tmpdir(), 'vigia-screenshots-'));
const demo = spawn(process.execPath, [join(root, 'dist/src/cli/demo.js')], {
  // With a short grace period, alerts can start soon after the server.
  env: { ...process.env, PORT: '0', HOST: '127.0.0.1', DATA_DIR: data, ADMIN_TOKEN: token, OFFLINE_GRACE_MS: '2000' },
  stdio: ['ignore', 'pipe', 'inherit'],
});
try {
  const url = await consoleOf(demo.stdout);
  await settle(3000);
  const call = (path: string, body: object, method = 'POST') => callApi(url, path, body, method);
  const command = (body: object) => call('/commands?wait=true', body);
  await call('/policies/default', { notOnAirAfterMs: 0, recoverAfterMs: 0 }, 'PUT');
  await call('/tokens', { name: 'Night shift', role: 'operator' });
  await call('/tokens', { name: 'Reception', role: 'viewer' });
  await command({ all: true, command: 'vlc:snapshot' });
  // Detecting the demo's faults takes a few measurements.
  await settle(30_000);
  const browser = await launchBrowser();
  for (const { name, path, theme, size = { width: 1280, height: 800 }, table, act } of shots) {
    const context = await browser.newContext({ viewport: size, colorScheme: theme, locale: 'en-GB' });
    const kept = JSON.stringify({ wall: table ? 'table' : 'grid' });
    await context.addInitScript(`localStorage.setItem('vigia.preferences', '${kept}');`);
    const headers = { authorization: `Bearer ${token}`, 'x-vigia-session': '1' };
    await context.request.post(`${url}/api/v1/session`, { headers });
    const page = await context.newPage();
    await page.goto(url + path);
    await page.locator('h1').waitFor();
    await settle(1500);
    await act?.(page);
    await settle(1500);
    // A screen has few colours: with a palette the file is a third as large.
    await sharp(await page.screenshot())
      .png({ palette: true, effort: 10 })
      .toFile(join(out, `console-${name}.png`));
    await context.close();
  }
  await browser.close();
} finally {
  demo.kill('SIGTERM');
  await once(demo, 'close');
  rmSync(data, { recursive: true, force: true });
}

async function consoleOf(stdout: NodeJS.ReadableStream): Promise<string> {
  for await (const line of createInterface({ input: stdout })) {
    const [, url] = /Console +(\S+)\/$/.exec(line) ?? [];
    if (url) return url;
  }
  throw new Error('The demo did not start.');
}

async function callApi(url: string, path: string, body: object, method: string): Promise<void> {
  const response = await fetch(`${url}/api/v1${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
}

/** A fixed delay, since screenshots of the demo have no event to wait for. */
function settle(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
