import { spawn } from 'node:child_process';
import { cp, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { connectAdmin } from '../../src/client/admin.ts';
import { root, unpackClient } from '../support/packages.ts';
import { PATIENCE_MS } from '../support/patience.ts';
import { startServer } from '../support/server.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { startVlc } from '../support/vlc.ts';

vi.setConfig({ testTimeout: 60_000 });
const within = { timeout: PATIENCE_MS, interval: 50 };

function start(program: string, env: Record<string, string>) {
  const child = spawn(process.execPath, [program], { env: { PATH: process.env.PATH ?? '', ...env } });
  const said = { text: '' };
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      said.text += text;
    });
  }
  onTestFinished(() => void child.kill('SIGKILL'));
  return { said };
}

test('a real VLC plays, pauses, stops, goes fullscreen and takes pictures, and the server sees it', async () => {
  const [server, vlc] = await Promise.all([startServer({ COMMAND_TIMEOUT_MS: '10000' }), startVlc()]);
  const project = await temporaryDirectory();
  await cp(join(root, 'examples/vlc-player'), project, { recursive: true });
  await unpackClient(project);
  const { said } = start(join(project, 'player.mjs'), {
    VIGIA_URL: server.url,
    DEVICE_ID: 'vlc-1',
    DEVICE_TOKEN: server.playerToken,
    VLC_URL: vlc.url,
    VLC_PASSWORD: vlc.password,
    VLC_SNAPSHOTS: vlc.snapshotDir,
    STORAGE: join(project, 'storage'),
  });
  const admin = connectAdmin<string>({ url: server.url, token: server.adminToken, scope: { all: true } });
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
  expect(await readFile(join(project, 'storage/commands.ndjson'), 'utf8')).toContain('"answer"');
  // A command that VLC ignores is not reported as a success.
  const nothing = await admin.send({ deviceId: 'vlc-1', command: 'vlc:fullscreen' });
  expect(nothing).toMatchObject({ status: 'error', message: expect.stringContaining('did not change') });
});
