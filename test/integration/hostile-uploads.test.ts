import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { expectHealthy } from '../support/health.ts';
import { bomb } from '../support/images.ts';
import { kept } from '../support/kept.ts';
import { peakOf } from '../support/memory.ts';
import { PATIENCE_MS } from '../support/patience.ts';
import { dial } from '../support/raw.ts';
import { sharedServer, type TestServer } from '../support/server.ts';

const noNative = ['--import', fileURLToPath(new URL('../support/no-native.mjs', import.meta.url))];

describe.each([
  ['the native server', []],
  ['Node’s own', noNative],
])('P10 payloads sent to %s to exhaust its memory', (_, nodeArgs) => {
  const server = sharedServer({ TRANSPORT: 'uws' }, nodeArgs);

  it('100 MB are refused with their code, announced or not, and never buffered', async () => {
    await server.it.call('/devices', { id: 'screen' });
    const keptBefore = await kept(server.it);
    const peak = peakOf(server.it);
    const answers = await Promise.all(
      ['/devices/screen/snapshot', '/devices'].flatMap((path) => [
        uploadHuge(server.it, path, 'announced'),
        uploadHuge(server.it, path, 'chunked'),
      ]),
    );
    for (const answer of answers) {
      expect(answer).toMatch(/^HTTP\/1\.1 413 /);
      expect(answer).toContain('application/problem+json');
      expect(answer).toContain('"code":"payload_too_large"');
    }
    expect(peak()).toBeLessThan(100);
    expect(await kept(server.it)).toEqual(keptBefore);
    await expectHealthy(server.it);
  });

  it.each([
    ['as it is', async () => new Uint8Array(bomb(30_000, 30_000)), 'image/png'],
    ['in base64', async () => JSON.stringify({ data: bomb(30_000, 30_000).toString('base64') }), 'application/json'],
  ])('a small PNG that claims 30,000 × 30,000 pixels, %s', async (_, make, type) => {
    const { body: device } = await server.it.call('/devices', {});
    const upload = async (body: string | Uint8Array<ArrayBuffer>) => {
      const headers = { 'content-type': type };
      const path = `/api/v1/devices/${device.id}/snapshot`;
      return (await server.it.fetch(path, { method: 'POST', body, token: device.token, headers })).json();
    };
    // The first use of its token is stored, and the device itself shortly after.
    await upload('no picture');
    const told = async () => JSON.stringify(await kept(server.it));
    await expect.poll(told, { timeout: PATIENCE_MS }).toMatch(new RegExp(`"id":"${device.id}"`));
    await expect.poll(told, { timeout: PATIENCE_MS }).toMatch(new RegExp(`"${device.id}","record":"[^}]*usedAt`));
    const keptBefore = await kept(server.it);
    const peak = peakOf(server.it);
    expect(await upload(await make())).toMatchObject({ status: 413, code: 'payload_too_large' });
    expect(await kept(server.it)).toEqual(keptBefore);
    expect(peak()).toBeLessThan(50);
  });
});

/** Keeps sending despite an early answer, and resolves with it. */
async function uploadHuge(server: TestServer, path: string, how: 'announced' | 'chunked'): Promise<string> {
  const MiB = 1024 * 1024;
  const block = Buffer.alloc(MiB, 0x20);
  const isPicture = path.endsWith('/snapshot');
  const socket = dial(server);
  // An error ends the upload, too.
  const gone = new Promise((resolve) => socket.once('close', resolve));
  socket.write(
    [
      `POST /api/v1${path} HTTP/1.1`,
      'Host: localhost',
      `Authorization: Bearer ${isPicture ? server.playerToken : server.adminToken}`,
      `Content-Type: ${isPicture ? 'image/png' : 'application/json'}`,
      how === 'chunked' ? 'Transfer-Encoding: chunked' : `Content-Length: ${100 * MiB}`,
      '\r\n',
    ].join('\r\n'),
  );
  for (let i = 0; i < 100 && !socket.destroyed; i++) {
    const data = how === 'chunked' ? Buffer.concat([Buffer.from('100000\r\n'), block, Buffer.from('\r\n')]) : block;
    if (!socket.write(data)) await Promise.race([once(socket, 'drain').catch(() => {}), gone]);
  }
  if (how === 'chunked') socket.write('0\r\n\r\n');
  while (!socket.received().includes('payload_too_large') && !socket.destroyed) {
    await Promise.race([once(socket, 'data').catch(() => {}), gone]);
  }
  return socket.received();
}
