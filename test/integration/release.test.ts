import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { freePort } from '../support/free-port.ts';
import { PATIENCE_MS } from '../support/patience.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const run = promisify(execFile);
const tokens = { ADMIN_TOKEN: 'release-admin-token', PLAYER_TOKEN: 'release-player-token' };
const root = fileURLToPath(new URL('../..', import.meta.url));

// That it is installed and starts is in install-page.test.ts.
test('a packed release contains what it needs to run and nothing else', async () => {
  const folder = await temporaryDirectory();
  const { stdout } = await run('bash', [join(root, 'scripts/pack-release.sh'), folder]);
  await run('tar', ['--extract', '--file', stdout.trim(), '--directory', folder]);
  const [name = ''] = (await readdir(folder)).filter((it) => !it.endsWith('.gz'));
  const release = join(folder, name);
  const files = await readdir(release, { recursive: true });
  expect(
    files.filter(
      (it) => /^(src|machines|test|node_modules|dist\/packages)\b|\.ci\b|\.tsx?$/.test(it) && !it.endsWith('.d.ts'),
    ),
  ).toEqual([]);
  expect(files).toEqual(
    expect.arrayContaining(['README.md', 'LICENSE', 'dist/src/main.js', 'dist/console/index.html']),
  );
});

const exists = (path: string) =>
  stat(path).then(
    () => true,
    () => false,
  );

test('I11 the .deb is small, is installed, started, upgraded and removed, and keeps configuration and data', {
  timeout: 10 * PATIENCE_MS,
}, async () => {
  const folder = await temporaryDirectory();
  const packing = { env: { ...process.env, COMPRESSION: 'none' } };
  const { stdout } = await run('bash', [join(root, 'scripts/pack-deb.sh'), folder], packing);
  const deb = stdout.trim();
  // The next version, with the same contents.
  const next = join(folder, 'next');
  await run('dpkg-deb', ['--raw-extract', deb, next]);
  const control = await readFile(join(next, 'DEBIAN/control'), 'utf8');
  await writeFile(join(next, 'DEBIAN/control'), control.replace(/^Version: .*$/m, 'Version: 99.0.0'));
  await run('dpkg-deb', ['--build', '-Znone', next, join(folder, 'next.deb')]);

  // A root of its own: its scripts touch neither users nor services of this machine.
  const other = join(folder, 'root');
  for (const path of ['info', 'updates', 'triggers'])
    await mkdir(join(other, 'var/lib/dpkg', path), { recursive: true });
  for (const path of ['status', 'available']) await writeFile(join(other, 'var/lib/dpkg', path), '');
  const dpkg = (...args: string[]) =>
    run('dpkg', [
      `--root=${other}`,
      '--force-script-chrootless,depends,confold,bad-path,unsafe-io',
      '--log=/dev/null',
      ...args,
    ]);
  await dpkg('--install', deb);
  const { stdout: du } = await run('du', [
    '--summarize',
    '--apparent-size',
    '--block-size=1000000',
    join(other, 'usr'),
  ]);
  expect(Number.parseInt(du, 10), 'MB installed').toBeLessThanOrEqual(200);
  const staged = await readdir(join(other, 'usr/lib/vigia'));
  const copied = [...readFileSync(join(root, 'Dockerfile'), 'utf8').matchAll(/^COPY --from=build \/app\/(\S+)/gm)];
  expect(staged.sort(), 'what the image has, and the dashboards').toEqual(
    [...copied.map((it) => it[1]), 'grafana'].sort(),
  );

  const configuration = join(other, 'etc/vigia.env');
  const lines = {
    DATA_DIR: join(other, 'var/lib/vigia'),
    HOST: '127.0.0.1',
    PORT: String(await freePort()),
    ...tokens,
  };
  const text = Object.entries(lines).map(([name, value]) => `${name}=${value}\n`);
  await writeFile(configuration, text.join(''));
  const request = (path: string, init: object = {}) =>
    fetch(`http://127.0.0.1:${lines.PORT}${path}`, {
      headers: { authorization: `Bearer ${tokens.ADMIN_TOKEN}` },
      ...init,
    });
  /** Runs it as a supervisor without systemd would, until `work` is done. */
  const supervised = async (work: () => Promise<void>) => {
    const env = Object.fromEntries(
      (await readFile(configuration, 'utf8'))
        .trim()
        .split('\n')
        .map((it) => it.split('=')),
    );
    const server = spawn(join(other, 'usr/bin/vigia'), ['start'], {
      env: { PATH: process.env.PATH, ...env },
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    onTestFinished(() => void (server.exitCode === null && server.kill('SIGKILL')));
    await expect
      .poll(
        () =>
          request('/readyz').then(
            (it) => it.status,
            () => 0,
          ),
        { timeout: PATIENCE_MS },
      )
      .toBe(200);
    await work();
    server.kill('SIGTERM');
    expect(await once(server, 'exit')).toEqual([0, null]);
  };
  await supervised(async () => {
    const init = { method: 'POST', body: '{"id":"lobby"}' };
    const headers = { authorization: `Bearer ${tokens.ADMIN_TOKEN}`, 'content-type': 'application/json' };
    expect((await request('/api/v1/devices', { ...init, headers })).status).toBe(201);
  });
  await dpkg('--install', join(folder, 'next.deb'));
  expect((await run('dpkg-query', [`--admindir=${other}/var/lib/dpkg`, '--show', 'vigia'])).stdout).toContain('99.0.0');
  await supervised(async () => expect((await request('/api/v1/devices/lobby')).status).toBe(200));

  await dpkg('--remove', 'vigia');
  expect([await exists(join(other, 'usr/lib/vigia')), await exists(configuration)]).toEqual([false, true]);
  await dpkg('--purge', 'vigia');
  expect([await exists(configuration), await exists(join(lines.DATA_DIR, 'vigia.db'))]).toEqual([false, true]);
});

test('I11 the bill of materials names every package that is installed, by its hash, and none of development', async () => {
  const { stdout } = await run(process.execPath, [join(root, 'scripts/sbom.mjs'), await temporaryDirectory()]);
  const { metadata, components } = JSON.parse(await readFile(stdout.trim(), 'utf8'));
  expect(metadata.component).toMatchObject({ name: 'vigia', type: 'application' });
  const nameOf = ({ group, name }: { group?: string; name: string }) => (group ? `${group}/${name}` : name);
  const named = new Map<string, object>(components.map((it: { name: string }) => [nameOf(it), it]));
  const { packages } = JSON.parse(await readFile(join(root, 'package-lock.json'), 'utf8'));
  for (const [path, { dev, devOptional }] of Object.entries<{ dev?: boolean; devOptional?: boolean }>(packages)) {
    const name = path.replace(/^.*node_modules\//, '');
    if (!dev && !devOptional && name !== '') expect([...named.keys()]).toContain(name);
  }
  for (const name of ['vite', 'vitest', 'typescript']) expect([...named.keys()]).not.toContain(name);
  expect(named.get('uWebSockets.js')).toMatchObject({
    purl: 'pkg:npm/uwebsockets@3.0.6',
    hashes: [{ alg: 'SHA-512' }],
  });
});
