import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { inventory } from '../../machines/reading.ts';
import type { DeviceDocument } from '../../src/protocol/document.ts';
import { PATIENCE_MS } from '../support/patience.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const at = (path: string) => fileURLToPath(new URL(`../../dist/src/cli/${path}`, import.meta.url));

interface Running {
  child: ChildProcess;
  out(): string;
  err(): string;
  /** Resolves once stdout contains it. */
  says(pattern: RegExp): Promise<RegExpMatchArray>;
  ended: Promise<number | null>;
}

function run(script: string, args: string[], env: Record<string, string>): Running {
  const child = spawn(process.execPath, [at(script), ...args], {
    env: { PATH: process.env.PATH ?? '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = once(child, 'close').then(([code]) => code as number | null);
  // On a signal, it stops its own server, too.
  onTestFinished(async () => {
    child.kill('SIGTERM');
    await ended;
  });
  const text = { out: '', err: '' };
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text.out += chunk;
  });
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    text.err += chunk;
  });
  const says = async (pattern: RegExp) => {
    for (;;) {
      const match = text.out.match(pattern);
      if (match) return match;
      await Promise.race([once(child.stdout, 'data'), ended.then(() => Promise.reject(new Error(text.err)))]);
    }
  };
  return { child, out: () => text.out, err: () => text.err, says, ended };
}

it('the demo is a server with 25 players in one command; Ctrl-C ends both, with exit code 0', async () => {
  const demo = run('demo.js', [], { PORT: '0', HOST: '127.0.0.1', DATA_DIR: await temporaryDirectory() });
  const [, url] = await demo.says(/Console +(\S+)\/\n/);
  const [, token] = await demo.says(/Sign in with +(\S+)\n/);
  await demo.says(/Ctrl-C/);
  const documents = async () => {
    const answer = await fetch(`${url}/api/v1/devices?limit=100`, { headers: { authorization: `Bearer ${token}` } });
    const { devices } = (await answer.json()) as { devices: { document: DeviceDocument }[] };
    return devices.map(({ document }) => document);
  };
  const those = async (fits: (document: DeviceDocument) => unknown) => (await documents()).filter(fits);
  const named = async (fits: (document: DeviceDocument) => unknown) => (await those(fits)).map(({ name }) => name);
  const within = { timeout: PATIENCE_MS };
  await expect.poll(async () => (await those((it) => it.connection.status === 'online')).length, within).toBe(25);
  const groups = (await documents()).map(({ group }) => group);
  expect(new Set(groups)).toEqual(new Set(['station', 'airport', 'museum', 'clinic', 'store']));
  await expect.poll(async () => (await those(({ labels }) => labels.city)).length, within).toBe(25);
  // Players of our library send theirs; in the field, screenshots stay on the player.
  const isStored = ({ state }: DeviceDocument) => JSON.stringify(state).includes('/api/v1/snapshots/');
  await expect.poll(async () => (await those(isStored)).length, within).toBe(10);

  // Its monitors are fast, so everything is measured soon, including faults.
  await expect.poll(async () => (await those((it) => it.playback.status === 'playing')).length, within).toBe(23);
  expect(await named((it) => it.playback.status === 'paused')).toEqual(['Museum shop']);
  expect(await named((it) => it.playback.status === 'unavailable')).toEqual(['Clinic pharmacy']);
  expect(await named((it) => Math.abs(it.connection.clockSkewMs ?? 0) > 3_600_000)).toEqual(['Airport gate 7']);
  const isFull = ({ state }: DeviceDocument) => {
    const { disk } = inventory(state);
    return disk && disk.usedBytes / disk.totalBytes > 0.99;
  };
  expect(await named(isFull)).toEqual(['Store window left']);
  await expect.poll(() => named((it) => it.report.status === 'stale'), { timeout: 40_000 }).toEqual(['Museum cinema']);
  await expect.poll(() => named((it) => it.onAir.why === 'stuck'), { timeout: 60_000 }).toEqual(['Station platform 3']);
  expect(demo.out().split('\n').length).toBeLessThan(20);
  // The demo shows the tokens once.
  expect(demo.err()).toBe('');

  demo.child.kill('SIGINT');
  expect(await demo.ended).toBe(0);
  await expect(fetch(`${url}/healthz`)).rejects.toThrow();
}, 180_000);

it('if the port is taken, the demo shows the server’s own message and exits with 1', async () => {
  const other = createServer((_, response) => response.end('somebody else')).listen(0, '127.0.0.1');
  await once(other, 'listening');
  onTestFinished(() => void other.close());
  const port = String((other.address() as AddressInfo).port);
  const demo = run('demo.js', [], { PORT: port, HOST: '127.0.0.1', DATA_DIR: await temporaryDirectory() });
  expect(await demo.ended).toBe(1);
  expect(demo.err()).toContain(`PORT=${port}`);
  expect(demo.out()).not.toContain('Console');
});

it('simulate names invalid options and exits with 1', async () => {
  const wrong = run('simulate.js', ['--devices', 'many'], {});
  expect(await wrong.ended).toBe(1);
  expect(wrong.err()).toMatch(/^--devices must be a whole number/);

  const without = run('simulate.js', [], { DATA_DIR: await temporaryDirectory() });
  expect(await without.ended).toBe(1);
  expect(without.err()).toContain('PLAYER_TOKEN');
});

it('simulate without a server keeps trying, and stops at SIGTERM with exit code 0', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const { port } = other.address() as AddressInfo;
  other.close();
  const simulate = run('simulate.js', ['--url', `http://127.0.0.1:${port}`, '--devices', '3'], { PLAYER_TOKEN: 'x' });
  await simulate.says(/0\/3 connected .* no server answers at .* they keep trying/);
  simulate.child.kill('SIGTERM');
  expect(await simulate.ended).toBe(0);
});
