import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test, vi } from 'vitest';
import { connectAdmin } from '../../src/client/admin.ts';
import { PATIENCE_MS } from '../support/patience.ts';
import { startServer, type TestServer } from '../support/server.ts';
import { startVlc } from '../support/vlc.ts';

vi.setConfig({ testTimeout: 60_000 });
const within = { timeout: PATIENCE_MS, interval: 50 };
const path = (of: string) => fileURLToPath(new URL(`../../${of}`, import.meta.url));

function start(program: string, env: Record<string, string>) {
  const child = spawn(process.execPath, [program], { env: { PATH: process.env.PATH ?? '', ...env } });
  const said = { text: '' };
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      said.text += text;
    });
  }
  onTestFinished(() => void child.kill('SIGKILL'));
  return { child: child as ChildProcess, said };
}

/** The README's example, as it stands there, in a file where `vigia/…` means this package. */
async function exampleOf(name: string): Promise<string> {
  const readme = await readFile(path('src/client/README.md'), 'utf8');
  const code = readme.match(new RegExp(`\`\`\`js ${name}\\n([\\s\\S]*?)\`\`\``))?.[1];
  if (!code) throw new Error(`the README has no example "${name}"`);
  const file = path(`dist/example-${name}-${process.pid}.mjs`);
  await writeFile(file, code);
  onTestFinished(() => rm(file, { force: true }));
  return file;
}

const tokens = (server: TestServer) => ({
  VIGIA_URL: server.url,
  ADMIN_TOKEN: server.adminToken,
  PLAYER_TOKEN: server.playerToken,
});

test('the README’s examples run as they stand', async () => {
  const server = await startServer();
  const screen = start(await exampleOf('player'), tokens(server));
  await expect.poll(() => screen.said.text, within).toContain('registered');
  const watcher = start(await exampleOf('admin'), tokens(server));
  const [code] = await once(watcher.child, 'exit');
  expect({ code, said: watcher.said.text }).toMatchObject({ code: 0 });
  expect(watcher.said.text).toContain('lobby-1 online');
  expect(watcher.said.text).toContain('success response');
});

test('a real VLC plays, pauses, stops, goes fullscreen and takes pictures, and the server knows', async () => {
  const [server, vlc] = await Promise.all([startServer({ COMMAND_TIMEOUT_MS: '10000' }), startVlc()]);
  const { said } = start(path('examples/vlc-player/player.mjs'), {
    VIGIA_URL: server.url,
    DEVICE_ID: 'vlc-1',
    DEVICE_TOKEN: server.playerToken,
    VLC_URL: vlc.url,
    VLC_PASSWORD: vlc.password,
    VLC_SNAPSHOTS: vlc.snapshotDir,
  });
  const admin = connectAdmin({ url: server.url, token: server.adminToken, scope: { all: true } });
  onTestFinished(() => admin.close());
  const seen = () => admin.devices.get('vlc-1')?.document.state.vlc as { state: string; fullscreen: boolean };
  await expect.poll(() => seen()?.state, { ...within, message: said.text }).toBe('stopped');

  const obeys = async (command: string, expected: object) => {
    expect(await admin.send({ deviceId: 'vlc-1', command })).toMatchObject({ command, status: 'success' });
    await expect.poll(vlc.status, within).toMatchObject(expected);
    await expect.poll(seen, within).toMatchObject(expected);
  };
  await obeys('vlc:play', { state: 'playing' });
  await obeys('vlc:pause', { state: 'paused' });
  await obeys('vlc:pause', { state: 'playing' });
  const picture = await admin.send({ deviceId: 'vlc-1', command: 'vlc:snapshot' });
  expect(picture).toMatchObject({ status: 'success', result: { format: 'png', bytes: expect.any(Number) } });
  await obeys('vlc:fullscreen', { fullscreen: true });
  await obeys('vlc:fullscreen', { fullscreen: false });
  await obeys('vlc:stop', { state: 'stopped' });
  // What VLC forgets is not called a success.
  const nothing = await admin.send({ deviceId: 'vlc-1', command: 'vlc:fullscreen' });
  expect(nothing).toMatchObject({ status: 'error', message: expect.stringContaining('did not change') });
});
