import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { sharedBrowser } from '../support/browser.ts';
import { startScreen } from '../support/clients.ts';
import { ofFleet, startOther } from '../support/fake-vigia.ts';
import { npmInstall, packPackages, root } from '../support/packages.ts';
import { PATIENCE_MS } from '../support/patience.ts';
import { serveFolder } from '../support/serve-folder.ts';
import { startServer } from '../support/server.ts';

vi.setConfig({ testTimeout: 6 * PATIENCE_MS, hookTimeout: 6 * PATIENCE_MS });
const run = promisify(execFile);
const within = { timeout: 2 * PATIENCE_MS, interval: 50 };
const browser = sharedBrowser();

/** An empty project with the packed client and React, in which both apps are built as a stranger would. */
let project = '';
let pages = { url: '', stop: async () => {} };
beforeAll(async () => {
  project = await mkdtemp(join(tmpdir(), 'vigia-react-'));
  await writeFile(join(project, 'package.json'), '{ "private": true, "type": "module" }');
  const { client } = await packPackages(project);
  const { devDependencies } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
  const names = ['react', 'react-dom', '@types/react', '@types/react-dom'];
  await npmInstall(project, client, ...names.map((it) => `${it}@${devDependencies[it]}`));
  for (const [from, to] of [
    ['examples/admin-app', 'app'],
    ['test/support/react-list', 'list'],
  ] as const) {
    await cp(join(root, from), join(project, to), { recursive: true });
    if (to === 'app') await writeFile(join(project, to, 'readme.tsx'), await example());
    await run(join(root, 'node_modules/.bin/tsc'), ['-p', join(project, to)]);
    const options = ['--base', './', '--outDir', join(project, 'site', to), '--logLevel', 'warn'];
    await run(join(root, 'node_modules/.bin/vite'), ['build', join(project, to), ...options]);
  }
  pages = await serveFolder(join(project, 'site'));
});
afterAll(async () => {
  await pages.stop();
  await rm(project, { recursive: true, force: true });
});

/** The README's example for React, as it stands there: it is compiled with the app. */
async function example(): Promise<string> {
  const readme = await readFile(join(root, 'src/client/README.md'), 'utf8');
  const code = /```tsx react\n([\s\S]*?)```/.exec(readme)?.[1];
  if (!code) throw new Error('the README has no example for React');
  return code;
}

test('the example app is 60 lines at most, shows the fleet, filters it, sends commands, and follows', async () => {
  expect((await readFile(join(root, 'examples/admin-app/main.tsx'), 'utf8')).trimEnd().split('\n').length).toBeLessThan(
    61,
  );
  const server = await startServer({ CORS_ORIGINS: pages.url });
  await Promise.all([startScreen(server, 'one'), startScreen(server, 'two')]);
  const page = await browser.open();
  await page.goto(`${pages.url}/app/`);
  await page.getByLabel('Server').fill(server.url);
  await page.getByPlaceholder('Token').fill(server.adminToken);
  await page.getByRole('button', { name: 'Connect' }).click();
  await expect.poll(() => page.getByRole('status').textContent(), within).toMatch(/^live, 2 screens/);
  expect(await page.getByLabel('Server').inputValue(), 'what was typed stays').toBe(server.url);
  const row = page.getByRole('listitem').filter({ hasText: 'one' });
  const action = row.getByRole('button');
  const before = await action.textContent();
  await action.click();
  await expect.poll(() => row.textContent(), within).toContain('success');
  await expect.poll(() => action.textContent(), within).not.toBe(before);
  await page.getByPlaceholder('Filter').fill('id:two');
  await expect
    .poll(() => page.getByRole('listitem').allTextContents(), within)
    .toEqual([expect.stringMatching(/^two/)]);
  await page.getByPlaceholder('Filter').fill('status:');
  await expect.poll(() => page.getByRole('listitem').count(), within).toBe(0);
});

test('X1 a page that the server does not allow is told what to change', async () => {
  const server = await startServer();
  const page = await browser.open();
  // WebSockets are not subject to CORS; REST is.
  await page.goto(`${pages.url}/list/?url=${server.url}`);
  const options = JSON.stringify({ url: server.url, token: server.adminToken });
  const refused = await page.evaluate(`
    connectAdmin(${options}).setDesired({ all: true }, null).catch(({ code, remedy, cause }) => [code, remedy, String(cause)])
  `);
  expect(refused).toEqual(['cors_refused', expect.stringContaining(pages.url), expect.stringContaining('TypeError')]);

  await page.routeWebSocket(/socket\.io/, (socket) => socket.close());
  await page.goto(`${pages.url}/app/`);
  await page.getByLabel('Server').fill(server.url);
  await page.getByPlaceholder('Token').fill(server.adminToken);
  await page.getByRole('button', { name: 'Connect' }).click();
  const status = page.getByRole('status');
  await expect.poll(() => status.textContent(), within).toContain(`Add ${pages.url} to its CORS_ORIGINS`);
  // From no scheme to the right URL: the hooks connect again.
  await page.getByLabel('Server').fill(server.url.replace('http://', ''));
  await page.getByPlaceholder('Token').fill(server.adminToken);
  await page.getByRole('button', { name: 'Connect' }).click();
  await expect.poll(() => status.textContent(), within).toContain(`Write ${server.url}`);
});

test('X3 of 10,000 rows one change renders one, and the list only when devices come or go', async () => {
  const fleet = ofFleet(10_000);
  const fake = await startOther((_request, response) => response.writeHead(404).end(), fleet.serve);
  const page = await browser.open();
  await page.goto(`${pages.url}/list/?url=${fake.url}&filter=status:online`);
  await expect.poll(() => page.locator('output').textContent(), within).toBe('10000');
  await expect.poll(() => page.locator('p').textContent(), within).toBe('live');
  interface Renders {
    list: number;
    rows: number;
    status: number;
    row: Record<string, number>;
  }
  const renders = () => page.evaluate('globalThis.renders') as Promise<Renders>;
  const rowText = (id: string) => page.locator(`#${id}`).textContent();

  const before = await renders();
  fleet.change('d04711', '/playback/item', 'b.mp4');
  await expect.poll(() => rowText('d04711'), within).toBe('d04711 b.mp4');
  const changed = await renders();
  expect({ list: changed.list - before.list, rows: changed.rows - before.rows }).toEqual({ list: 0, rows: 1 });
  expect((changed.row.d04711 ?? 0) - (before.row.d04711 ?? 0)).toBe(1);

  for (let i = 0; i < 100; i++) fleet.change(`d0${1000 + i}`, '/playback/item', `c${i}.mp4`);
  await expect.poll(() => rowText('d01099'), within).toBe('d01099 c99.mp4');
  const many = await renders();
  expect({ list: many.list - changed.list, rows: many.rows - changed.rows }).toEqual({ list: 0, rows: 100 });

  fleet.change('d00000', '/connection/status', 'offline');
  await expect.poll(() => page.locator('output').textContent(), within).toBe('9999');
  expect((await renders()).list - many.list).toBe(1);
});
