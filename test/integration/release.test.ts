import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { PATIENCE_MS } from '../support/patience.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const run = promisify(execFile);
const tokens = { ADMIN_TOKEN: 'release-admin-token', PLAYER_TOKEN: 'release-player-token' };
const root = fileURLToPath(new URL('../..', import.meta.url));

test('a packed release contains what it needs to run and nothing else, and starts', {
  timeout: 6 * PATIENCE_MS,
}, async () => {
  const folder = await temporaryDirectory();
  const { stdout } = await run('bash', [join(root, 'scripts/pack-release.sh'), folder]);
  await run('tar', ['--extract', '--file', stdout.trim(), '--directory', folder]);
  const [name = ''] = (await readdir(folder)).filter((it) => !it.endsWith('.gz'));
  const release = join(folder, name);
  const files = await readdir(release, { recursive: true });
  expect(
    files.filter((it) => /^(src|machines|test|node_modules)\b|\.ci\b|\.tsx?$/.test(it) && !it.endsWith('.d.ts')),
  ).toEqual([]);
  expect(files).toEqual(
    expect.arrayContaining(['README.md', 'LICENSE', 'dist/src/main.js', 'dist/console/index.html']),
  );
  await run('npm', ['ci', '--omit=dev', '--prefer-offline'], { cwd: release });

  const server = spawn(process.execPath, ['dist/src/main.js'], {
    cwd: release,
    env: { ...process.env, PORT: '0', HOST: '127.0.0.1', DATA_DIR: join(folder, 'data'), LOG_LEVEL: 'info', ...tokens },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(async () => {
    if (server.exitCode === null) {
      server.kill('SIGKILL');
      await once(server, 'exit');
    }
  });
  let port = 0;
  for await (const line of createInterface(server.stdout)) {
    port = JSON.parse(line).port ?? 0;
    if (port > 0) break;
  }
  server.stdout.resume();
  const url = `http://127.0.0.1:${port}`;
  expect((await fetch(`${url}/readyz`)).status).toBe(200);
  expect(await (await fetch(url)).text()).toContain('<title>');
  const help = await run(process.execPath, ['bin/vigia.js', '--help'], { cwd: release });
  expect(help.stdout).toContain('devices list');
  server.kill('SIGTERM');
  expect(await once(server, 'exit')).toEqual([0, null]);
});
