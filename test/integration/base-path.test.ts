import { createServer, request } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { fileURLToPath } from 'node:url';
import { io } from 'socket.io-client';
import { describe, expect, onTestFinished, test } from 'vitest';
import { connectAdmin } from '../../src/client/admin.ts';
import { connectPlayer } from '../../src/client/player.ts';
import { sharedBrowser, signIn } from '../support/browser.ts';
import { image } from '../support/images.ts';
import { PATIENCE_MS } from '../support/patience.ts';
import { startServer, type TestServer } from '../support/server.ts';
import { waitingRooms } from '../support/waiting-room.ts';

const BASE = '/signage';
const browser = sharedBrowser();
const noNative = ['--import', fileURLToPath(new URL('../support/no-native.mjs', import.meta.url))];

/** A proxy that serves the server under a path, and keeps or strips it. Returns the URL. */
async function startProxy({ port }: TestServer, strips: boolean): Promise<string> {
  const pathOf = (url = '/') => (strips ? url.replace(BASE, '') || '/' : url);
  const proxy = createServer((req, res) => {
    if (!req.url?.startsWith(BASE)) return void res.writeHead(404).end('of somebody else');
    const passed = request({ port, path: pathOf(req.url), method: req.method, headers: req.headers, agent: false });
    passed.on('response', (answer) => answer.pipe(res.writeHead(answer.statusCode ?? 502, answer.headers)));
    passed.on('error', () => res.destroy());
    res.on('close', () => passed.destroy());
    req.pipe(passed);
  });
  proxy.on('upgrade', (req, socket, head) => {
    const upstream = connect(port, '127.0.0.1', () => {
      const { rawHeaders } = req;
      const lines = rawHeaders.flatMap((name, i) => (i % 2 === 0 ? [`${name}: ${rawHeaders[i + 1]}`] : []));
      upstream.write(`GET ${pathOf(req.url)} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`);
      upstream.write(head);
      socket.pipe(upstream).pipe(socket);
    });
    for (const it of [socket, upstream]) it.on('error', () => [socket, upstream].map((each) => each.destroy()));
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    proxy.closeAllConnections();
    proxy.close();
  });
  return `http://127.0.0.1:${(proxy.address() as AddressInfo).port}${BASE}`;
}

/** Everything that is served, by its URL under the path. */
async function expectAllWorks(server: TestServer, url: string): Promise<void> {
  for (const path of ['/healthz', '/readyz', '/metrics', '/api/docs']) {
    expect((await fetch(url + path)).status, path).toBe(200);
  }
  const { servers } = (await (await fetch(`${url}/api/v1/openapi.json`)).json()) as { servers: unknown };
  expect(servers).toEqual([{ url: BASE }]);

  const player = connectPlayer({ url, deviceId: 'p1', token: server.playerToken, readState: () => ({ n: 1 }) });
  const admin = connectAdmin({ url, token: server.adminToken, scope: { all: true } });
  onTestFinished(() => {
    player.close();
    admin.close();
  });
  await player.ready();
  const p1 = () => admin.devices.get('p1')?.document;
  await expect.poll(() => p1()?.connection.status, { timeout: PATIENCE_MS }).toBe('online');
  await expect.poll(() => admin.status.transport, { timeout: PATIENCE_MS }).toBe('websocket');
  for (const transport of ['polling', 'websocket']) {
    const options = { path: `${BASE}/socket.io/`, transports: [transport], auth: { token: server.adminToken } };
    const socket = io(`${new URL(url).origin}/admin`, { ...options, forceNew: true });
    onTestFinished(() => void socket.close());
    const answer = await socket.timeout(PATIENCE_MS).emitWithAck('device:get', { deviceId: 'p1' });
    expect(answer, transport).toMatchObject({ ok: true, document: { id: 'p1' } });
  }

  // The location of a new resource.
  const asAdmin = { authorization: `Bearer ${server.adminToken}` };
  const made = await fetch(`${url}/api/v1/devices`, {
    method: 'POST',
    headers: { ...asAdmin, 'content-type': 'application/json' },
    body: '{"id":"p2"}',
  });
  const location = new URL(made.headers.get('location') ?? '', url);
  expect(location.href).toBe(`${url}/api/v1/devices/p2`);
  expect((await fetch(location, { headers: asAdmin })).status).toBe(200);

  // A screenshot, and the resource at its URL in the document.
  const headers = { authorization: `Bearer ${server.playerToken}`, 'content-type': 'image/png' };
  const body = new Uint8Array(await image('png'));
  expect((await fetch(`${url}/api/v1/devices/p1/snapshot`, { method: 'POST', headers, body })).status).toBe(201);
  const picture = () => (p1()?.state.snapshot as { url?: string } | undefined)?.url;
  await expect.poll(picture, { timeout: PATIENCE_MS }).toBeTruthy();
  expect((await fetch(url + picture(), { headers: asAdmin })).headers.get('content-type')).toBe('image/webp');

  const page = await browser.open();
  await signIn(page, { ...server, url }, undefined, '/devices/p1');
  await page.getByRole('heading', { name: 'p1' }).waitFor();
  await page.getByText('Live over WebSocket').waitFor();
  await page.getByRole('link', { name: 'Wall' }).first().click();
  await page.getByRole('link', { name: /p1/ }).first().waitFor();
  expect(new URL(page.url()).pathname).toMatch(/^\/signage\/?$/);
}

describe.each([
  ['strips it', true, []],
  ['keeps it', false, []],
  ['keeps it, on Node’s own host', false, noNative],
])('M8 under a path, behind a proxy that %s', (_, strips, nodeArgs) => {
  test('the console, REST, the probes and both socket namespaces work', async () => {
    const server = await startServer({ BASE_PATH: BASE }, nodeArgs);
    await expectAllWorks(server, await startProxy(server, strips));
  });
});

describe.each(Object.entries(waitingRooms))('M8 under a path, behind a real %s', (_, startProxyOf) => {
  test.each([
    ['strips', true],
    ['keeps', false],
  ])('that %s it, all of these and the waiting room work', async (_, strips) => {
    const server = await startServer({ BASE_PATH: BASE, TRUSTED_PROXIES: '127.0.0.1' });
    const { url } = await startProxyOf(server.port, strips);
    await expectAllWorks(server, url + BASE);
    await server.stop();
    const answer = await fetch(`${url}${BASE}/socket.io/?EIO=4&transport=polling`);
    expect([answer.status, await answer.text()]).toEqual([200, expect.stringContaining('"sid":"waiting-room"')]);
  });
});
