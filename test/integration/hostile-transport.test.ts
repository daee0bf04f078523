import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { expectHealthy, expectNoStack } from '../support/health.ts';
import { dial, exchange, openPolling, openWebSocket } from '../support/raw.ts';
import { sharedServer, startServer } from '../support/server.ts';

const shared = sharedServer({ LOG_LEVEL: 'debug' });

const request = (head: string, body = '') => `${head}\r\nHost: x\r\n${body === '' ? '\r\n' : body}`;
const upgrade = (path: string) =>
  request(
    `GET ${path} HTTP/1.1`,
    'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
  );

describe('raw HTTP', () => {
  it.each([
    ['no HTTP at all', Buffer.from([0, 1, 2, 3, 255, 254, 13, 10, 13, 10])],
    ['a TLS hello', Buffer.from('16030100c8010000c40303', 'hex')],
    ['a request line without end', `GET /${'a'.repeat(100_000)}`],
    ['huge headers', request('GET / HTTP/1.1', `X: ${'a'.repeat(200_000)}\r\n\r\n`)],
    ['10,000 headers', request('GET / HTTP/1.1', `${'X: a\r\n'.repeat(10_000)}\r\n`)],
    ['an unknown method', request('BREW / HTTP/1.1')],
    ['a negative length', request('POST /api/v1/devices HTTP/1.1', 'Content-Length: -5\r\n\r\nhello')],
    ['two lengths', request('POST /api/v1/devices HTTP/1.1', 'Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!')],
    [
      'length and chunks',
      request(
        'POST /socket.io/?EIO=4&transport=polling HTTP/1.1',
        'Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      ),
    ],
    [
      'a chunk without size',
      request('POST /api/v1/devices HTTP/1.1', 'Transfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n'),
    ],
    ['a path with escapes', request('GET /%00/..%2f..%2fetc/passwd HTTP/1.1')],
    ['an escape that is none', request('GET /api/v1/devices/%E0%A4%A HTTP/1.1')],
    ['a host that is none', 'GET /api/v1/devices HTTP/1.1\r\nHost: [::\r\n\r\n'],
  ])('P9 %s does no harm', async (_, data) => {
    expectNoStack(await exchange(shared.it, data));
    await expectHealthy(shared.it);
  });
});

describe('malformed Engine.IO', () => {
  const E = '/socket.io/?EIO=4';
  it.each([
    ['an unknown sid', request(`GET ${E}&transport=polling&sid=nobody HTTP/1.1`), 400],
    ['a sid that is a word of JavaScript', request(`GET ${E}&transport=polling&sid=__proto__ HTTP/1.1`), 400],
    ['an unknown transport', request(`GET ${E}&transport=carrier-pigeon HTTP/1.1`), 400],
    ['no transport', request(`GET ${E} HTTP/1.1`), 400],
    ['the protocol of version 2', request('GET /socket.io/?EIO=3&transport=polling HTTP/1.1'), 400],
    ['a POST without a session', request(`POST ${E}&transport=polling HTTP/1.1`, 'Content-Length: 2\r\n\r\n40'), 400],
    ['a websocket that asks without upgrade', request(`GET ${E}&transport=websocket HTTP/1.1`), 400],
    ['an upgrade that asks for polling', upgrade(`${E}&transport=polling`), 400],
    ['an upgrade of an unknown sid', upgrade(`${E}&transport=websocket&sid=nobody`), 400],
  ])('P9 %s is refused', async (_, data, status) => {
    const answer = await exchange(shared.it, data);
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status}`));
    expectNoStack(answer);
    await expectHealthy(shared.it);
  });

  it('P9 overlapping polls of one session end only that session', async () => {
    const { url } = await openPolling(shared.it);
    await fetch(url, { method: 'POST', body: '40{}' });
    await fetch(url);
    const answers = await Promise.allSettled([fetch(url), fetch(url), fetch(url)]);
    expect(answers.length).toBe(3);
    await expectHealthy(shared.it);
  });

  it('P9 a POST without a length is refused', async () => {
    const { path } = await openPolling(shared.it);
    await exchange(
      shared.it,
      request(`POST ${path} HTTP/1.1`, 'Transfer-Encoding: chunked\r\n\r\n2\r\n40\r\n0\r\n\r\n'),
    );
    await expectHealthy(shared.it);
  });

  it('P9 an interrupted upload does no harm', async () => {
    for (let i = 0; i < 20; i++) {
      const { path } = await openPolling(shared.it);
      const socket = dial(shared.it);
      socket.write(request(`POST ${path} HTTP/1.1`, `Content-Length: 100000\r\n\r\n${'4'.repeat(i * 1000)}`));
      await once(socket, 'connect');
      await new Promise(setImmediate);
      socket.resetAndDestroy();
    }
    await expectHealthy(shared.it);
  });

  it('P9 an interrupted poll does no harm', async () => {
    for (let i = 0; i < 20; i++) {
      const { path, url } = await openPolling(shared.it);
      await fetch(url, { method: 'POST', body: '40{"token":"wrong"}' });
      const socket = dial(shared.it);
      socket.write(request(`GET ${path} HTTP/1.1`));
      await once(socket, 'connect');
      socket.resetAndDestroy();
    }
    await expectHealthy(shared.it);
  });

  it('P9 malformed packets end only that session', async () => {
    for (const body of [
      '',
      '\x1e\x1e\x1e',
      '9',
      '4',
      '49',
      '4"',
      '42["player:state"',
      'b!!!!',
      '42[]',
      '42{}',
      '40/%',
      '4'.repeat(1000),
      '43999[]',
      '451-["a",{"_placeholder":true,"num":9}]',
      '45-[]',
      '4599999999999-["a"]',
      '42["disconnect"]',
      '42["error",{}]',
      '42[0]',
      '41',
      '44{}',
      '46-[]',
      '0',
      '1',
      '2probe',
      '5',
    ]) {
      const { url } = await openPolling(shared.it);
      await fetch(url, {
        method: 'POST',
        body: `40${JSON.stringify({ deviceId: 'p', authToken: shared.it.playerToken })}`,
      });
      const answer = await fetch(url, { method: 'POST', body }).catch(() => undefined);
      if (answer) expectNoStack(await answer.text());
    }
    await expectHealthy(shared.it);
  });

  it('P9 a session cannot be upgraded to long-polling', async () => {
    const { sid } = await openPolling(shared.it);
    const { closed } = await openWebSocket(shared.it, `&transport=polling&sid=${sid}`);
    await closed;
    await expectHealthy(shared.it);
  });

  it('A3 a poll that is interrupted while its response is built does not end the process', async () => {
    const server = await startServer();
    for (let i = 0; i < 20; i++) await server.fetch('/api/v1/devices', { method: 'POST', body: `{"id":"d${i}"}` });
    const breakOff = async (afterMs: number) => {
      const { url, path } = await openPolling(server);
      await fetch(url, { method: 'POST', body: `40/admin,${JSON.stringify({ token: server.adminToken })}` });
      await fetch(url);
      const socket = dial(server);
      socket.write(request(`GET ${path} HTTP/1.1`, 'Accept-Encoding: gzip\r\n\r\n'));
      await once(socket, 'connect');
      const closed = once(socket, 'close');
      const asked = fetch(url, { method: 'POST', body: '42/admin,1["fleet:subscribe",{"scope":{"all":true}}]' });
      setTimeout(() => socket.resetAndDestroy(), afterMs);
      await Promise.allSettled([asked, closed]);
    };
    // A dead process refuses connections; the reason is reported at the end.
    for (let i = 0; i < 60; i++) await breakOff(i / 10).catch(() => {});
    await expectHealthy(server);
  });
});
