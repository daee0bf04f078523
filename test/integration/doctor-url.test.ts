import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { type IncomingHttpHeaders, request } from 'node:http';
import { createServer, type ServerOptions } from 'node:https';
import type { AddressInfo } from 'node:net';
import { createSecureContext } from 'node:tls';
import { expect, onTestFinished, test } from 'vitest';
import { certificateOf } from '../../src/cli/doctor/http.ts';
import { testCertificate } from '../support/certificate.ts';
import { startOther } from '../support/fake-vigia.ts';
import { sharedServer, type TestServer } from '../support/server.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { startVigia } from '../support/vigia.ts';

const trusting = sharedServer({ TRUSTED_PROXIES: '127.0.0.1' });
const untrusting = sharedServer();

/** Where a proxy sees the clients. */
const CLIENT = '198.51.100.7';
type Forwards = (headers: IncomingHttpHeaders) => string | undefined;

const pairOf = (name: 'own' | 'other' | 'any') => {
  const { key, cert } = testCertificate(name);
  return { key: readFileSync(key), cert: readFileSync(cert) };
};

/** Another machine, as far as vigia can tell: 0.0.0.0 leads here, too. */
async function startProxy(server: TestServer, forwards: Forwards): Promise<string> {
  const proxy = createServer(pairOf('any'), (req, res) => {
    if (req.headers.upgrade) return void res.writeHead(400).end();
    const { 'x-forwarded-for': _, connection, ...headers } = req.headers;
    const forwarded = forwards(req.headers);
    if (forwarded !== undefined) headers['x-forwarded-for'] = forwarded;
    const options = { method: req.method as string, headers };
    request(server.url + req.url, options, (answer) => {
      res.writeHead(answer.statusCode as number, answer.headers);
      answer.pipe(res);
    }).end();
  });
  await new Promise<void>((resolve) => proxy.listen(0, '0.0.0.0', resolve));
  onTestFinished(() => {
    proxy.closeAllConnections();
    proxy.close();
  });
  return `https://0.0.0.0:${(proxy.address() as AddressInfo).port}`;
}

async function clientAddressBy(url: string, env: Record<string, string>, ...args: string[]) {
  const all = {
    DATA_DIR: await temporaryDirectory(),
    PORT: '0',
    NODE_EXTRA_CA_CERTS: testCertificate('any').cert,
    ...env,
  };
  const ran = await startVigia(all, ['doctor', '--json', '--url', url, ...args]).ran;
  const findings = ran.lines() as { check: string; status: string; text: string; remedy?: string }[];
  expect(findings.find(({ check }) => check === 'address')).toMatchObject({ status: 'ok' });
  return findings.find(({ check }) => check === 'client address');
}

const added: Forwards = ({ 'x-forwarded-for': given }) => (given ? `${given}, ${CLIENT}` : CLIENT);
const kept: Forwards = ({ 'x-forwarded-for': given }) => given?.toString() ?? CLIENT;

test.each<[string, { it: TestServer }, Forwards, status: string, text: string]>([
  ['adds the client', trusting, added, 'ok', `sees this machine as ${CLIENT}, through the proxy at 127.0.0.1`],
  ['adds the client, but is not trusted', untrusting, added, 'fault', 'the server does not believe it'],
  ['keeps what clients claim', trusting, kept, 'fault', 'believes what clients claim'],
  ['says nothing', untrusting, () => undefined, 'fault', 'sends no X-Forwarded-For'],
])('I5 doctor: a proxy that %s', async (_, server, forwards, status, text) => {
  const url = await startProxy(server.it, forwards);
  const found = await clientAddressBy(url, {}, '--token', server.it.adminToken);
  expect(found).toMatchObject({ status, text: expect.stringContaining(text) });
});

test('I5 doctor: a server that trusts this machine as if it were a proxy', async () => {
  const found = await clientAddressBy(trusting.it.url, { VIGIA_TOKEN: trusting.it.adminToken });
  expect(found).toMatchObject({ status: 'warning', remedy: 'Give --url as players have it.' });
});

test('I5 doctor: nothing listens there', async () => {
  const { lines } = await startVigia({ DATA_DIR: await temporaryDirectory(), PORT: '0' }, [
    ...['doctor', '--json', '--url', 'http://127.0.0.1:1'],
  ]).ran;
  expect(lines().find(({ check }) => check === 'address')).toMatchObject({
    status: 'fault',
    text: 'Nothing listens at http://127.0.0.1:1.',
  });
});

test('I5 doctor sends no token of this machine to another one, and none at all over plain HTTP', async () => {
  const seen: (string | undefined)[] = [];
  const other = await startOther((req, res) => {
    seen.push(req.headers.authorization);
    res.end('{"status":"ok"}');
  });
  const url = `http://0.0.0.0:${other.port}`;
  const own = { ADMIN_TOKEN: 'the-token-of-this-machine', PLAYER_TOKEN: 'player' };
  const remedies = [
    (await clientAddressBy(url, own))?.remedy,
    (await clientAddressBy(url, own, '--token', 'given-token'))?.remedy,
  ];
  expect(remedies).toEqual(['Give an admin token: --token or VIGIA_TOKEN.', 'Give --url with https.']);
  expect(seen.length).toBeGreaterThan(3);
  expect(seen.filter(Boolean)).toEqual([]);

  const asked: (string | undefined)[] = [];
  const proxy = await startProxy(trusting.it, (headers) => void asked.push(headers.authorization));
  await clientAddressBy(proxy, own);
  expect(asked.length).toBeGreaterThan(1);
  expect(asked.filter(Boolean)).toEqual([]);
});

test('I5 doctor asks for the certificate of the name in the URL', async () => {
  const options: ServerOptions = {
    ...pairOf('own'),
    SNICallback: (name, done) => done(null, createSecureContext(pairOf(name === 'localhost' ? 'other' : 'own'))),
  };
  const server = createServer(options);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const named = async (host: string) => (await certificateOf(`https://${host}:${port}`)).fingerprint256;
  const printOf = (name: 'own' | 'other') => new X509Certificate(pairOf(name).cert).fingerprint256;
  expect([await named('localhost'), await named('127.0.0.1')]).toEqual([printOf('other'), printOf('own')]);
});
