import { execFile } from 'node:child_process';
import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, onTestFinished, test, vi } from 'vitest';
import { connectAdmin } from '../../src/client/admin.ts';
import { sharedBrowser } from '../support/browser.ts';
import { root, unpackClient } from '../support/packages.ts';
import { PATIENCE_MS } from '../support/patience.ts';
import { startProxy } from '../support/proxy.ts';
import { serveFolder } from '../support/serve-folder.ts';
import { startServer } from '../support/server.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

vi.setConfig({ testTimeout: 6 * PATIENCE_MS });
const within = { timeout: 2 * PATIENCE_MS, interval: 50 };
const browser = sharedBrowser();
const run = promisify(execFile);

const TONE_S = 2;
/** Long enough to cut the cable meanwhile. */
const PICTURE_S = 20;

/** The example, compiled and built as its author would, with a playlist of pictures and a video without a picture. */
async function buildPage(): Promise<string> {
  const project = await temporaryDirectory();
  await cp(join(root, 'examples/browser-player'), project, { recursive: true });
  await unpackClient(project);
  const items = [
    { file: 'welcome.svg', seconds: 600 },
    { file: 'today.svg', seconds: PICTURE_S },
    { file: 'tone.wav' },
  ];
  await writeFile(join(project, 'public/playlist.json'), JSON.stringify(items));
  // A 4K picture.
  const welcome = join(project, 'public/welcome.svg');
  await writeFile(welcome, (await readFile(welcome, 'utf8')).replace('"1920" height="1080"', '"3840" height="2160"'));
  await writeFile(join(project, 'public/tone.wav'), silence(TONE_S));
  await run(join(root, 'node_modules/.bin/tsc'), ['-p', project]);
  await run(join(root, 'node_modules/.bin/vite'), ['build', project, '--base', './', '--logLevel', 'warn']);
  return join(project, 'dist');
}

/** A WAV file of 8 bits and 8 kHz. */
function silence(seconds: number): Buffer {
  const samples = Buffer.alloc(8000 * seconds, 128);
  const head = Buffer.from(
    'RIFF\0\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0\0\0\0\0\0\0\0\0\x01\0\x08\0data\0\0\0\0',
    'latin1',
  );
  head.writeUInt32LE(36 + samples.length, 4);
  head.writeUInt32LE(8000, 24);
  head.writeUInt32LE(8000, 28);
  head.writeUInt32LE(samples.length, 40);
  return Buffer.concat([head, samples]);
}

test('X4, X6 a web page is a player: it is paired, obeys, and survives a reload, also without a network', async () => {
  const pages = await serveFolder(await buildPage());
  onTestFinished(() => pages.stop());
  const server = await startServer({ CORS_ORIGINS: pages.url });
  const cable = await startProxy(server.port);
  const page = await browser.open();
  await page.goto(`${pages.url}/?server=http://127.0.0.1:${cable.port}`);
  const notice = page.getByRole('status');
  const pairAs = async (id: string) => {
    await expect.poll(() => notice.textContent(), within).toMatch(/code in the console: \S+$/);
    const [code] = /\S+$/.exec((await notice.textContent()) ?? '') ?? [];
    expect((await server.call(`/pairings/${code}`, { id })).body).toEqual({ id });
    await expect.poll(() => notice.textContent(), within).toBe('');
  };
  await pairAs('hall');

  const admin = connectAdmin<'playlist:next' | 'page:reload'>({
    url: server.url,
    token: server.adminToken,
    scope: { all: true },
  });
  onTestFinished(() => admin.close());
  const device = () => admin.devices.get('hall')?.document;
  const playing = () => [device()?.connection.status, device()?.playback.status, device()?.playback.item];
  await expect.poll(playing, within).toEqual(['online', 'playing', 'welcome.svg']);
  const obeys = async (command: Parameters<typeof admin.send>[0]['command']) =>
    expect(await admin.send({ deviceId: 'hall', command })).toMatchObject({ status: 'success' });

  await obeys('pause');
  await expect.poll(playing, within).toEqual(['online', 'paused', 'welcome.svg']);
  await obeys('snapshot');
  await expect.poll(async () => (await server.call('/devices/hall/snapshots')).body.snapshots.length, within).toBe(1);
  const { snapshots } = (await server.call('/devices/hall/snapshots')).body;
  expect(snapshots).toMatchObject([{ width: 1920, height: 1080 }]);
  await obeys('resume');
  await expect
    .poll(() => page.evaluate('caches.open("screen").then((it) => it.keys()).then((it) => it.length)'), within)
    .toBe(6);

  // It answers first, and does not reload for ever.
  let reloads = 0;
  page.on('load', () => reloads++);
  const session = () => device()?.connection.sessionId;
  const before = session();
  await obeys('page:reload');
  await expect.poll(() => reloads, within).toBe(1);
  await expect.poll(() => [playing()[0], session() !== before], within).toEqual(['online', true]);
  await obeys('playlist:next');
  expect(reloads).toBe(1);
  cable.cut();
  cable.mend();
  cable.cut();
  const cutAt = Date.now();
  // In the page, so that a slow machine misses nothing.
  await page.evaluate(`
    globalThis.seen = {};
    new MutationObserver(() => (seen[stage.firstChild.getAttribute('src')] = Date.now())).observe(stage, { childList: true });
  `);
  pages.fail();
  const seen = () => page.evaluate('seen') as Promise<Record<string, number>>;
  await expect.poll(seen, within).toMatchObject({ 'tone.wav': expect.any(Number), 'welcome.svg': expect.any(Number) });
  const { 'tone.wav': toneAt = 0, 'welcome.svg': overAt = 0 } = await seen();
  const shown = () => page.locator('#stage > *').getAttribute('src');
  await page.reload();
  await expect.poll(shown, within).toBe('welcome.svg');
  await pages.stop();
  await page.reload();
  await expect.poll(shown, within).toBe('welcome.svg');
  expect(playing()[0]).not.toBe('online');
  cable.mend();

  const reports = async () => (await server.call('/devices/hall/reports')).body.reports;
  const ofTone = (it: { state: { vlc: { item: string } } }) => it.state.vlc.item === 'tone.wav';
  await expect.poll(async () => (await reports()).filter(ofTone).length, within).toBe(1);
  const tone = (await reports()).find(ofTone);
  const [from, to] = [Date.parse(tone.from), Date.parse(tone.to)];
  expect(from).toBeGreaterThan(cutAt);
  expect(Math.abs(from - toneAt)).toBeLessThan(1500);
  expect(Math.abs(to - overAt)).toBeLessThan(1500);
  const periods = async () => (await server.call('/devices/hall/periods?kind=playback')).body.periods;
  await expect
    .poll(async () => (await periods()).map(({ item }: { item: string }) => item), within)
    .toContain('tone.wav');
  await expect.poll(playing, within).toEqual(['online', 'playing', 'welcome.svg']);

  // Removed, it plays on and is a new device, which has nothing of the old one.
  const keys = () => page.evaluate('Object.keys(localStorage)') as Promise<string[]>;
  const other = `vigia ${server.url}.reports`;
  const old = `vigia http://127.0.0.1:${cable.port}.old`;
  for (const key of [other, old]) await page.evaluate(`localStorage.setItem('${key}', '')`);
  await server.call('/devices/hall', undefined, { method: 'DELETE' });
  await pairAs('hall-2');
  await expect.poll(() => admin.devices.get('hall-2')?.document.playback.item, within).toBe('welcome.svg');
  expect(await keys()).toContain(other);
  expect(await keys()).not.toContain(old);
});
