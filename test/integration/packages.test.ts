import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { connectAdmin } from '../../src/client/admin.ts';
import { npmInstall, packPackages, root } from '../support/packages.ts';
import { PATIENCE_MS } from '../support/patience.ts';
import { sharedServer } from '../support/server.ts';

vi.setConfig({ testTimeout: 6 * PATIENCE_MS, hookTimeout: 6 * PATIENCE_MS });
const run = promisify(execFile);
const within = { timeout: PATIENCE_MS, interval: 50 };

let folder = '';
let archives = { client: '', server: '' };
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vigia-packages-'));
  archives = await packPackages(folder);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function emptyProject(name: string): Promise<string> {
  const project = join(folder, `with-${name}`);
  await mkdir(project);
  await writeFile(join(project, 'package.json'), '{ "private": true, "type": "module" }');
  return project;
}

/** The README's example, unchanged. */
async function exampleOf(name: string): Promise<string> {
  const readme = await readFile(join(root, 'src/client/README.md'), 'utf8');
  const code = readme.match(new RegExp(`\`\`\`js ${name}\\n([\\s\\S]*?)\`\`\``))?.[1];
  if (!code) throw new Error(`the README has no example "${name}"`);
  return code;
}

function start(command: string, args: string[], options: { cwd: string; env: Record<string, string> }) {
  const env = { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '', ...options.env };
  const child = spawn(command, args, { ...options, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const said = { text: '' };
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      said.text += text;
    });
  }
  onTestFinished(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  });
  return { child: child as ChildProcess, stdout: child.stdout, said };
}

/** What she adds. */
const OWN_COMMAND = `player.command('clean', { title: 'Clean the disk' }, () => {
  console.log('cleaning');
  return new Promise((done) => setTimeout(done, 20_000));
});
await player.ready();`;

/** In bytes. */
async function sizeOf(path: string): Promise<number> {
  const files = await readdir(path, { recursive: true, withFileTypes: true });
  const sizes = files.filter((it) => it.isFile()).map((it) => stat(join(it.parentPath, it.name)));
  return (await Promise.all(sizes)).reduce((sum, { size }) => sum + size, 0);
}

describe('@vigia/client', () => {
  const server = sharedServer({ OFFLINE_GRACE_MS: '60000', COMMAND_TIMEOUT_MS: '5000' });
  let project = '';
  beforeAll(async () => {
    project = await emptyProject('client');
    await npmInstall(project, archives.client);
  });

  test('it is small, and depends only on socket.io-client and fast-json-patch', async () => {
    const own = join(project, 'node_modules/@vigia/client');
    const { dependencies, peerDependenciesMeta } = JSON.parse(await readFile(join(own, 'package.json'), 'utf8'));
    expect(Object.keys(dependencies)).toEqual(['fast-json-patch', 'socket.io-client']);
    expect(peerDependenciesMeta).toEqual({ react: { optional: true } });
    expect(await sizeOf(own)).toBeLessThan(1_000_000);
    const installed = await readdir(join(project, 'node_modules'));
    for (const other of ['zod', 'xstate', 'react']) expect(installed).not.toContain(other);
    expect(await sizeOf(join(project, 'node_modules'))).toBeLessThan(10_000_000);
  });

  test('the README’s examples run unchanged', async () => {
    const { url, adminToken, playerToken } = server.it;
    const env = { VIGIA_URL: url, ADMIN_TOKEN: adminToken, PLAYER_TOKEN: playerToken };
    for (const name of ['player', 'admin']) await writeFile(join(project, `${name}.mjs`), await exampleOf(name));
    const screen = start(process.execPath, ['player.mjs'], { cwd: project, env });
    await expect.poll(() => screen.said.text, within).toContain('registered');
    const watcher = start(process.execPath, ['admin.mjs'], { cwd: project, env });
    const [code] = await once(watcher.child, 'exit');
    expect({ code, said: watcher.said.text }).toMatchObject({ code: 0 });
    expect(watcher.said.text).toContain('lobby-1 online');
    expect(watcher.said.text).toContain('success response');
  });

  test('X7 the typed client of the REST API runs, and says why a call is refused', async () => {
    const { url, adminToken } = server.it;
    await server.it.call('/devices', { id: 'shelf', group: 'store' });
    const program = await exampleOf('rest');
    const wrong = "rest('GET /devices/{id}', { path: { id: 'a b' } }).catch(({ code }) => console.log(code));";
    await writeFile(join(project, 'rest.mjs'), `${program}\n${wrong}`);
    const env = { VIGIA_URL: url, ADMIN_TOKEN: adminToken };
    const { child, said } = start(process.execPath, ['rest.mjs'], { cwd: project, env });
    const [code] = await once(child, 'exit');
    expect({ code, said: said.text }).toMatchObject({ code: 0 });
    expect(said.text).toMatch(/floor: '2'[\s\S]*vx_[\s\S]*invalid_payload/);
  });

  test('X4 a stranger’s player: the README’s with a slow command of her own survives a power cut, and a restart on demand', async () => {
    const { url, adminToken, playerToken } = server.it;
    const folder = await mkdtemp(join(project, 'power-'));
    await writeFile(
      join(folder, 'player.mjs'),
      (await exampleOf('player')).replace('await player.ready();', OWN_COMMAND),
    );
    const env = { VIGIA_URL: url, PLAYER_TOKEN: playerToken };
    const begin = async () => {
      const it = start(process.execPath, ['player.mjs'], { cwd: folder, env });
      await expect.poll(() => it.said.text, within).toContain('registered');
      return it;
    };
    const admin = connectAdmin<string>({ url, token: adminToken });
    onTestFinished(() => admin.close());
    const send = (command: string) => admin.send({ deviceId: 'lobby-1', command });

    const first = await begin();
    const cleaned = send('clean');
    await expect.poll(() => first.said.text, within).toContain('cleaning');
    const ended = once(first.child, 'exit');
    first.child.kill('SIGKILL');
    await ended;
    const second = await begin();
    expect(await cleaned).toMatchObject({ status: 'timeout', message: expect.stringContaining('interrupted') });
    expect(second.said.text).not.toContain('cleaning');
    const exited = once(second.child, 'exit');
    expect(await send('restart')).toMatchObject({ status: 'success' });
    expect(await exited).toEqual([0, null]);
    await begin();
    expect(await send('display:off')).toMatchObject({ status: 'success' });
  });

  test('its types are strict, and need no other package', async () => {
    const files = await readdir(join(root, 'test/support/typed-client'));
    for (const it of files) await cp(join(root, 'test/support/typed-client', it), join(project, it));
    const tsc = join(root, 'node_modules/.bin/tsc');
    for (const [module, resolution] of [
      ['nodenext', 'nodenext'],
      ['esnext', 'bundler'],
    ]) {
      const options = ['--noEmit', '--strict', '--skipLibCheck', 'false', '--types', '', '--lib', 'es2023,dom'];
      const how = ['--module', module ?? '', '--moduleResolution', resolution ?? '', '--target', 'es2023'];
      const { stdout } = await run(tsc, [...options, ...how, ...files], { cwd: project }).catch((error) => error);
      expect(stdout).toBe('');
    }
  });
});

describe('@vigia/server', () => {
  let project = '';
  beforeAll(async () => {
    project = await emptyProject('server');
    await npmInstall(project, archives.server);
  });

  test('it contains what it needs to run and nothing else', async () => {
    const own = join(project, 'node_modules/@vigia/server');
    const files = (await readdir(own, { recursive: true })).filter((it) => !it.startsWith('node_modules'));
    expect(files.filter((it) => /\.(tsx?|map)$|^(src|test|scripts)\b|dist\/src\/console/.test(it))).toEqual([]);
    const { dependencies, devDependencies } = JSON.parse(await readFile(join(own, 'package.json'), 'utf8'));
    expect(Object.keys(dependencies)).toContain('socket.io');
    expect(devDependencies).toBeUndefined();
  });

  test('the command `vigia` starts the server, and includes the tools', async () => {
    const tokens = { ADMIN_TOKEN: 'packages-admin-token', PLAYER_TOKEN: 'packages-player-token' };
    const env = { PORT: '0', HOST: '127.0.0.1', DATA_DIR: join(project, 'data'), ...tokens };
    const { child, stdout, said } = start(join(project, 'node_modules/.bin/vigia'), ['start'], { cwd: project, env });
    let port = 0;
    for await (const line of createInterface(stdout)) {
      port = JSON.parse(line).port ?? 0;
      if (port > 0) break;
    }
    stdout.resume();
    const url = `http://127.0.0.1:${port}`;
    expect((await fetch(`${url}/readyz`)).status, said.text).toBe(200);
    expect(await (await fetch(url)).text()).toContain('<title>');
    const vigia = (...args: string[]) =>
      run(join(project, 'node_modules/.bin/vigia'), args, {
        env: { PATH: process.env.PATH ?? '', VIGIA_URL: url, VIGIA_TOKEN: tokens.ADMIN_TOKEN },
      });
    expect((await vigia('--help')).stdout).toMatch(/ {2}start .*\n {2}demo .*\n {2}simulate /);
    expect((await vigia('start', '--help')).stdout).toContain('Environment variables');
    expect((await vigia('simulate', '--help')).stdout).toContain('--devices');
    await vigia('devices', 'list');
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    expect(await ended).toEqual([0, null]);
  });

  test('`vigia demo` shows a fleet', async () => {
    const env = { PORT: '0', HOST: '127.0.0.1', DATA_DIR: join(project, 'demo') };
    const { child, said } = start(join(project, 'node_modules/.bin/vigia'), ['demo'], { cwd: project, env });
    await expect.poll(() => said.text, within).toContain('25 simulated players');
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    expect(await ended).toEqual([0, null]);
  });
});
