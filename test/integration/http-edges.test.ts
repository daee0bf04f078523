import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { figureOf } from '../support/metrics.ts';
import { native } from '../support/native.ts';
import { exchange } from '../support/raw.ts';
import { sharedServer } from '../support/server.ts';

const noNative = ['--import', fileURLToPath(new URL('../support/no-native.mjs', import.meta.url))];

describe.each([
  ['µWS', [] as string[]],
  ['Node', noNative],
])('on %s', (host, nodeArgs) => {
  const shared = sharedServer({ TRANSPORT: 'uws' }, nodeArgs);

  it('M7 GET /health answers like /healthz, and the probes support GET, HEAD and OPTIONS', async () => {
    const text = async (path: string) => (await fetch(shared.it.url + path)).text();
    expect(await text('/health')).toBe(await text('/healthz'));
    for (const path of ['/health', '/healthz', '/readyz', '/metrics']) {
      const ask = (method: string) => fetch(shared.it.url + path, { method });
      expect([(await ask('HEAD')).status, await (await ask('HEAD')).text()], path).toEqual([200, '']);
      for (const [method, status] of [
        ['OPTIONS', 200],
        ['POST', 405],
      ] as const) {
        const answer = await ask(method);
        expect([answer.status, answer.headers.get('allow')], `${method} ${path}`).toEqual([
          status,
          'GET, HEAD, OPTIONS',
        ]);
        expect(await answer.text()).not.toContain('vigia_');
      }
    }
  });

  it('M7 HTTP/1.0 is answered, or refused with a message', async () => {
    const answer = await exchange(shared.it, 'GET /healthz HTTP/1.0\r\n\r\n', 1000);
    if (host === 'Node' || !native) expect(answer).toMatch(/^HTTP\/1.1 200 /);
    else expect(answer).toMatch(/^HTTP\/1.1 505 [\s\S]*This server does not support HTTP\/1\.0/);
  });

  it('M7 a trailing slash in a REST path is ignored', async () => {
    expect((await shared.it.call('/devices/', { id: 'slash' })).status).toBe(201);
    expect((await shared.it.call('/devices/slash/')).body.document.id).toBe('slash');
    expect((await shared.it.call('/devices/')).body).toEqual((await shared.it.call('/devices')).body);
    expect((await shared.it.fetch('/api/v1/devices/', { token: 'wrong' })).status).toBe(401);
  });

  it('M7 a compressed body is refused with 415', async () => {
    const answer = await shared.it.fetch('/api/v1/devices', {
      method: 'POST',
      body: gzipSync('{"id":"zipped"}'),
      headers: { 'content-encoding': 'gzip' },
    });
    expect(answer.status).toBe(415);
    expect(await answer.json()).toMatchObject({ code: 'invalid_payload', detail: expect.stringContaining('gzip') });
  });

  it('M7 a repeated query parameter is refused by name', async () => {
    for (const query of ['limit=1&limit=2', 'q=a&q=b', 'limit=5&limit=5']) {
      const { status, body } = await shared.it.call(`/devices?${query}`);
      expect(status, query).toBe(400);
      expect(body.errors).toEqual([{ path: query.split('=')[0], message: 'It is given 2 times.' }]);
    }
  });

  it('M7 Socket.IO 2 clients are refused, counted, and logged once per address', async () => {
    const name = 'vigia_refused_total{audience="player",code="invalid_payload"}';
    const before = (await figureOf(shared.it, name)) || 0;
    for (let i = 0; i < 3; i++) {
      expect((await fetch(`${shared.it.url}/socket.io/?EIO=3&transport=polling`)).status).toBe(400);
    }
    await shared.it.logged(({ level, msg }) => level === 'warn' && msg.includes('EIO=3'));
    expect(shared.it.logs.filter(({ msg }) => msg.includes('EIO=3')).length).toBe(1);
    expect(await figureOf(shared.it, name)).toBe(before + 3);
  });
});
