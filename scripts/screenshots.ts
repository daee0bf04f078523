import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { launchBrowser } from '../test/support/chromium.ts';

/** Pictures of the console's main pages, of the demo with some life in it, into docs/images. */
const root = fileURLToPath(new URL('..', import.meta.url));
const out = join(root, 'docs/images');
const token = 'screenshots-admin-token';

interface Shot {
  name: string;
  path: string;
  theme: 'dark' | 'light';
  size?: { width: number; height: number };
  /** Keys to press before. */
  keys?: string[];
  table?: true;
}

const shots: readonly Shot[] = [
  { name: 'wall', path: '/', theme: 'dark' },
  { name: 'wall-table', path: '/', theme: 'light', table: true },
  { name: 'wall-phone', path: '/', theme: 'dark', size: { width: 390, height: 780 } },
  { name: 'device', path: '/devices/demo-0003', theme: 'dark', size: { width: 1280, height: 1100 }, keys: ['a'] },
  { name: 'bulk', path: '/bulk?group=lobby', theme: 'light' },
];

mkdirSync(out, { recursive: true });
const data = mkdtempSync(join(tmpdir(), 'vigia-screenshots-'));
const demo = spawn(process.execPath, [join(root, 'dist/src/cli/demo.js')], {
  env: { ...process.env, PORT: '0', HOST: '127.0.0.1', DATA_DIR: data, ADMIN_TOKEN: token },
  stdio: ['ignore', 'pipe', 'inherit'],
});
try {
  const url = await consoleOf(demo.stdout);
  await settle(3000);
  await command(url, { all: true, command: 'vlc:snapshot' });
  await command(url, { deviceIds: ['demo-0004', 'demo-0012'], command: 'vlc:stop' });
  await command(url, { deviceId: 'demo-0017', command: 'vlc:pause' });
  await settle(8000);
  const browser = await launchBrowser();
  for (const { name, path, theme, size = { width: 1280, height: 800 }, keys = [], table } of shots) {
    const context = await browser.newContext({ viewport: size, colorScheme: theme, locale: 'en-GB' });
    const kept = JSON.stringify({ wall: table ? 'table' : 'grid' });
    await context.addInitScript(
      `localStorage.setItem('vigia.preferences', '${kept}'); sessionStorage.setItem('vigia.token', '${token}');`,
    );
    const page = await context.newPage();
    await page.goto(url + path);
    await page.locator('h1').waitFor();
    await settle(1500);
    for (const key of keys) await page.keyboard.press(key);
    await settle(1500);
    await page.screenshot({ path: join(out, `console-${name}.png`) });
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

async function command(url: string, body: object): Promise<void> {
  await fetch(`${url}/api/v1/commands?wait=true`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
}

/** The demo's life is seen, not waited for: pictures take a moment to be there. */
function settle(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
