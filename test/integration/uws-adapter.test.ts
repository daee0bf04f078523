import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import { afterEach, it as always, expect, vi } from 'vitest';
import type { Fetch } from '../../src/http/routes.ts';
import { serveOnUws } from '../../src/http/uws-adapter.ts';
import { deferred } from '../support/deferred.ts';
import { createHarness } from '../support/http-harness.ts';
import { native } from '../support/native.ts';
import { PATIENCE_MS } from '../support/patience.ts';

const it = always.skipIf(!native);
const uws = native as NonNullable<typeof native>;

const LIMIT = 1_000_000;
const IN_TIME = { timeout: PATIENCE_MS, interval: 20 };
const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

/** Serves on a free port of the loopback until the test is over. */
async function serve(fetch: Fetch, maxBodyBytes = LIMIT) {
  const app = uws.App();
  serveOnUws(app, fetch, {
    maxBodyBytes: () => maxBodyBytes,
    checkBody: () => 'read',
    basePath: '',
    failed: (error) => {
      throw error;
    },
  });
  const port = await new Promise<number>((resolve, reject) => {
    app.listen('127.0.0.1', 0, (socket) => (socket ? resolve(uws.us_socket_local_port(socket)) : reject(new Error())));
  });
  closers.push(() => app.close());
  return { port, url: `http://127.0.0.1:${port}` };
}

/** A raw connection, for requests that no HTTP client sends. */
function dial(port: number) {
  const socket = connect(port, '127.0.0.1');
  let received = '';
  socket.on('data', (data) => {
    received += data.toString('latin1');
  });
  socket.on('error', () => {});
  closers.push(() => socket.destroy());
  return {
    socket,
    send: (text: string) => socket.write(text, 'latin1'),
    received: () => received,
    /** Resolves once this many responses have started. */
    answers: (count: number) =>
      vi.waitFor(() => expect(statuses(received)).toHaveLength(count), IN_TIME).then(() => received),
    closed: () => (socket.closed ? Promise.resolve([]) : once(socket, 'close')),
  };
}

const statuses = (text: string): string[] =>
  [...text.matchAll(/HTTP\/1\.1 (\d{3})/g)].map(([, status]) => status ?? '');
const text = (body: string, init?: ResponseInit) => new Response(body, init);

it('passes on method, address, headers and query unchanged', async () => {
  const seen: unknown[] = [];
  const { url } = await serve((request, { address }) => {
    seen.push(request.method, request.url, request.headers.get('x-one'), address);
    return text('ok');
  });
  const answer = await fetch(`${url}/a/b%20c?d=e&d=f`, { method: 'PATCH', headers: { 'x-one': '1' } });
  expect([answer.status, await answer.text()]).toEqual([200, 'ok']);
  expect(seen).toEqual(['PATCH', `${url}/a/b%20c?d=e&d=f`, '1', '127.0.0.1']);
});

it('carries a large body both ways unharmed, with or without its length', async () => {
  const { url } = await serve(async (request) => new Response(await request.arrayBuffer()), 8_000_000);
  const body = randomBytes(6_000_000);
  const digest = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
  for (const sent of [body, new Blob([body]).stream()]) {
    const answer = await fetch(url, { method: 'POST', body: sent, duplex: 'half' } as RequestInit);
    expect(answer.headers.get('content-length')).toBe('6000000');
    expect(digest(new Uint8Array(await answer.arrayBuffer()))).toBe(digest(body));
  }
});

it('refuses a body over the limit with a 413 problem, never passes it on, and keeps the connection', async () => {
  const bodies: number[] = [];
  const { port } = await serve(async (request) => {
    bodies.push((await request.arrayBuffer()).byteLength);
    return text('ok');
  }, 100_000);
  const line = dial(port);
  const chunked = (size: number) => `${size.toString(16)}\r\n${'x'.repeat(size)}\r\n0\r\n\r\n`;
  const sends: [string, string][] = [
    [`content-length: 100000`, 'x'.repeat(100_000)],
    [`content-length: 100001`, 'x'.repeat(100_001)],
    [`content-length: 3000000`, 'x'.repeat(3_000_000)],
    ['transfer-encoding: chunked', chunked(3_000_000)],
    ['transfer-encoding: chunked', chunked(100_000)],
  ];
  for (const [i, [header, body]] of sends.entries()) {
    line.send(`POST / HTTP/1.1\r\nhost: x\r\n${header}\r\n\r\n${body}`);
    await line.answers(i + 1);
  }
  expect(statuses(line.received())).toEqual(['200', '413', '413', '413', '200']);
  expect(line.received()).toContain('"code":"payload_too_large"');
  expect(bodies).toEqual([100_000, 100_000]);
});

it('discards an upload whose client disconnects, and keeps serving', async () => {
  const handler = vi.fn<Fetch>(() => text('ok'));
  const { port, url } = await serve(handler);
  const line = dial(port);
  line.send(`POST /upload HTTP/1.1\r\nhost: x\r\ncontent-length: 900000\r\n\r\n${'x'.repeat(400_000)}`);
  await once(line.socket, 'drain');
  line.socket.destroy();
  await line.closed();
  expect((await fetch(`${url}/after`)).status).toBe(200);
  expect(handler.mock.calls.map(([request]) => new URL(request.url).pathname)).toEqual(['/after']);
});

it('tells the app when the client disconnects, and drops the late answer', async () => {
  const answer = deferred<Response>();
  const signals: AbortSignal[] = [];
  const { port, url } = await serve((request) => {
    if (request.url.endsWith('/quick')) return text('ok');
    signals.push(request.signal);
    return answer.promise;
  });
  const line = dial(port);
  line.send('GET /slow HTTP/1.1\r\nhost: x\r\n\r\n');
  await vi.waitFor(() => expect(signals).toHaveLength(1), IN_TIME);
  expect(signals[0]?.aborted).toBe(false);
  line.socket.destroy();
  await vi.waitFor(() => expect(signals[0]?.aborted).toBe(true), IN_TIME);
  answer.resolve(text('too late'));
  expect(await (await fetch(`${url}/quick`)).text()).toBe('ok');
});

it('answers one request after the other on one connection', async () => {
  const { port } = await serve(async (request) => text(`<${new URL(request.url).pathname}>`));
  const line = dial(port);
  for (const [i, path] of ['/1', '/2', '/3'].entries()) {
    line.send(`GET ${path} HTTP/1.1\r\nhost: x\r\n\r\n`);
    await line.answers(i + 1);
  }
  expect(line.received().match(/<.+?>/g)).toEqual(['</1>', '</2>', '</3>']);
});

it('closes a connection that pipelines behind an open answer: answers never mix, and other connections are unaffected', async () => {
  const slow = deferred<Response>();
  const { port, url } = await serve((request) => (request.url.endsWith('/slow') ? slow.promise : text('quick')));
  const line = dial(port);
  line.send('GET /slow HTTP/1.1\r\nhost: x\r\n\r\nGET /quick HTTP/1.1\r\nhost: x\r\n\r\n');
  await line.closed();
  slow.resolve(text('slow'));
  expect(line.received()).toBe('');
  expect(await (await fetch(`${url}/quick`)).text()).toBe('quick');
});

it.each([
  ['HEAD', 200],
  ['GET', 204],
  ['GET', 304],
])(
  'sends no body with %s and %i, so that the next answer starts where the client expects it',
  async (method, status) => {
    const { port } = await serve((request) => {
      if (request.url.endsWith('/next')) return text('the next');
      return new Response(status === 200 ? 'not for HEAD' : null, { status, headers: { etag: '"7"' } });
    });
    const line = dial(port);
    line.send(`${method} / HTTP/1.1\r\nhost: x\r\n\r\n`);
    await line.answers(1);
    line.send('GET /next HTTP/1.1\r\nhost: x\r\n\r\n');
    await line.answers(2);
    expect(statuses(line.received())).toEqual([String(status), '200']);
    expect(line.received()).toMatch(/etag: "7"\r\n[\s\S]*?\r\n\r\nHTTP\/1\.1 200/);
    expect(line.received()).not.toContain('not for HEAD');
  },
);

it('writes each header once, except cookies, and none that belongs to the connection', async () => {
  const headers = new Headers({
    'content-length': '99',
    'transfer-encoding': 'chunked',
    connection: 'close',
    'keep-alive': 'timeout=5',
    date: 'never',
    'x-own': 'kept',
  });
  headers.append('set-cookie', 'a=1');
  headers.append('set-cookie', 'b=2');
  const { port } = await serve(() => text('hello', { headers }));
  const line = dial(port);
  line.send('GET / HTTP/1.1\r\nhost: x\r\n\r\n');
  const names = [...(await line.answers(1)).matchAll(/^([\w-]+):/gm)].map(([, name]) => name?.toLowerCase());
  expect(names.filter((name) => name !== 'uwebsockets').sort()).toEqual([
    'content-length',
    'content-type',
    'date',
    'set-cookie',
    'set-cookie',
    'x-own',
  ]);
  expect(line.received()).toMatch(/Content-Length: 5\r\n/);
});

it('answers what cannot be a request with a 400 problem', async () => {
  const handler = vi.fn<Fetch>(() => text('ok'));
  const { port } = await serve(handler);
  for (const head of ['GET / HTTP/1.1\r\nhost: a b', 'TRACE / HTTP/1.1\r\nhost: x']) {
    const line = dial(port);
    line.send(`${head}\r\n\r\n`);
    expect(await line.answers(1)).toMatch(/^HTTP\/1\.1 400 .*"code":"invalid_payload"/s);
  }
  expect(handler).not.toHaveBeenCalled();
});

it('answers `internal` when the app or its body fails, and does not reveal the cause', async () => {
  const broken = new ReadableStream({
    start(controller) {
      controller.error(new Error('secret cause'));
    },
  });
  const { url } = await serve((request) => {
    if (request.url.endsWith('/throw')) throw new Error('secret cause');
    return new Response(broken);
  });
  for (const path of ['/throw', '/stream']) {
    const answer = await fetch(url + path);
    expect(answer.status).toBe(500);
    const body = await answer.text();
    expect(JSON.parse(body).code).toBe('internal');
    expect(body).not.toContain('secret');
  }
});

it('serves the REST app: reading, ETag and 304, refusals, and a wait that ends with its client', async () => {
  const { app, add, waiting } = createHarness();
  add('door', {}, 3);
  const aborted: boolean[] = [];
  const { url } = await serve((request, info) => {
    request.signal.addEventListener('abort', () => aborted.push(true));
    return app.fetch(request, info);
  });
  const headers = { authorization: 'Bearer operator', 'content-type': 'application/json' };
  const first = await fetch(`${url}/api/v1/devices/door`, { headers });
  expect([first.status, first.headers.get('etag')]).toEqual([200, '"3"']);
  const second = await fetch(`${url}/api/v1/devices/door`, { headers: { ...headers, 'if-none-match': '"3"' } });
  expect(second.status).toBe(304);
  expect((await fetch(`${url}/api/v1/devices`)).status).toBe(401);

  const client = new AbortController();
  const held = fetch(`${url}/api/v1/devices/door/commands?wait=true`, {
    method: 'POST',
    headers,
    body: '{"command":"vlc:stop"}',
    signal: client.signal,
  });
  await vi.waitFor(() => expect(waiting).toHaveLength(1), IN_TIME);
  client.abort();
  await expect(held).rejects.toThrow('aborted');
  await vi.waitFor(() => expect(aborted).toEqual([true]), IN_TIME);
});
