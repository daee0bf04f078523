import { concurrently, type Fuzzer, refuseFault, sendRaw } from './target.ts';

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'CONNECT', 'BREW', 'get', ''];
const PATHS = [
  '/',
  '/metrics',
  '/healthz',
  '/health',
  '/readyz',
  '/api/docs',
  '/api/v1/devices',
  '/api/v1/devices/d/snapshot',
  '/api/v1/devices/%00/history?from=%ff',
  '/socket.io/?EIO=4&transport=polling',
  '/socket.io/?EIO=4&transport=websocket',
  '/assets/../../package.json',
  '*',
  'http://x/y',
];
const HEADERS = [
  'Accept',
  'Accept-Encoding',
  'Accept-Language',
  'Authorization',
  'Connection',
  'Content-Encoding',
  'Content-Length',
  'Content-Type',
  'Cookie',
  'Expect',
  'Host',
  'If-Match',
  'If-None-Match',
  'Origin',
  'Range',
  'Referer',
  'Sec-WebSocket-Extensions',
  'Sec-WebSocket-Key',
  'Sec-WebSocket-Protocol',
  'Sec-WebSocket-Version',
  'Transfer-Encoding',
  'Upgrade',
  'User-Agent',
  'X-Forwarded-For',
  'X-Request-Id',
];
const VALUES = [
  '',
  '*',
  '0',
  '-1',
  'chunked',
  'gzip',
  'keep-alive',
  'close',
  'Upgrade',
  'websocket',
  '100-continue',
  '13',
];

/** Raw HTTP: any byte in each header, path and method, and truncated, joined or damaged requests. */
export const http: Fuzzer = (target, random, goesOn) =>
  concurrently(16, goesOn, async () => {
    const value = () => (random.chance(2) ? random.pick(VALUES) : random.bytes(40).toString('latin1'));
    const headers = Array.from({ length: random.below(8) }, () => `${random.pick(HEADERS)}: ${value()}\r\n`);
    if (random.chance(3)) headers.push(`Authorization: Bearer ${target.adminToken}\r\n`);
    const path = random.pick(PATHS) + (random.chance(3) ? random.bytes(20).toString('latin1') : '');
    const line = `${random.pick(METHODS)} ${path} HTTP/1.${random.chance(6) ? 0 : 1}\r\n`;
    const body = random.chance(2) ? '' : random.bytes(200).toString('latin1');
    const length = random.chance(2) ? `Content-Length: ${body.length}\r\n` : '';
    const request = Buffer.from(`${line}Host: x\r\n${length}${headers.join('')}\r\n${body}`, 'latin1');
    const sent = random.chance(2) ? random.damaged(request) : request;
    const at = random.below(sent.length);
    const pieces = random.chance(3) ? [sent.subarray(0, at), sent.subarray(at)] : [sent];
    refuseFault(await sendRaw(target, random.chance(8) ? [...pieces, ...pieces] : pieces), JSON.stringify(line));
  });
