import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { figureOf } from '../support/metrics.ts';
import { exchange } from '../support/raw.ts';
import { runServer, sharedServer, type TestServer } from '../support/server.ts';

const preload = (code: string) => ['--import', `data:text/javascript,${encodeURIComponent(code)}`];
const noNative = ['--import', fileURLToPath(new URL('../support/no-native.mjs', import.meta.url))];

/** Injected faults: in a request handler, a timer, a tick, a promise. */
const FAULTS = preload(`
  for (const name of ['URL', 'URLSearchParams']) {
    globalThis[name] = class extends globalThis[name] {
      constructor(text, ...rest) {
        if (String(text).includes('explode')) throw new Error('a handler failed');
        super(text, ...rest);
      }
    };
  }
  process.on('SIGUSR2', () => {
    setTimeout(() => { throw new Error('a timer failed'); });
    process.nextTick(() => { throw new Error('a tick failed'); });
    Promise.reject(new Error('a promise failed'));
  });
`);

const uncaught = (server: TestServer) => figureOf(server, 'vigia_uncaught_errors_total');
const header = (value: string) =>
  Buffer.from(`GET /healthz HTTP/1.1\r\nHost: x\r\nUser-Agent: ${value}\r\n\r\n`, 'latin1');

describe.each([
  ['µWS', [] as string[]],
  ['Node', noNative],
])('on %s', (_, nodeArgs) => {
  const shared = sharedServer({ TRANSPORT: 'uws' }, [...nodeArgs, ...FAULTS]);

  it('R9 a header with an invalid UTF-8 byte is accepted, on REST, the console, the probes and sockets', async () => {
    for (const path of ['/', '/api/v1/openapi.json', '/healthz', '/socket.io/?EIO=4&transport=polling']) {
      const { status } = await fetch(shared.it.url + path, { headers: { 'user-agent': 'Caf\xe9' } });
      expect(status, path).toBe(200);
    }
  });

  it('R9 every byte in the value and the name of a header affects at most that request', async () => {
    const all = Array.from({ length: 256 }, (_, byte) => String.fromCharCode(byte));
    await Promise.all(all.map((byte) => exchange(shared.it, header(`a${byte}b`), 300)));
    await Promise.all(
      all.map((byte) =>
        exchange(shared.it, Buffer.from(`GET / HTTP/1.1\r\nHost: x\r\nX-${byte}: a\r\n\r\n`, 'latin1'), 300),
      ),
    );
    expect((await shared.it.fetch('/readyz')).status).toBe(200);
    expect(await uncaught(shared.it)).toBe(0);
  });

  it('R9 a handler that throws fails its request, and the error is logged and counted', async () => {
    const before = await uncaught(shared.it);
    const answer = await exchange(shared.it, 'GET /socket.io/?EIO=4&explode=1 HTTP/1.1\r\nHost: x\r\n\r\n', 5000);
    expect(answer).toBe('');
    await shared.it.logged(({ level, msg, err }) => {
      return level === 'error' && msg === 'unexpected error' && JSON.stringify(err).includes('a handler failed');
    });
    expect(await uncaught(shared.it)).toBe(before + 1);
    expect((await shared.it.fetch('/readyz')).status).toBe(200);
  });

  it('R9 so is an error in a timer, a tick or a promise', async () => {
    const before = await uncaught(shared.it);
    process.kill(shared.it.pid, 'SIGUSR2');
    for (const what of ['timer', 'tick', 'promise']) {
      await shared.it.logged((line) => JSON.stringify(line.err ?? '').includes(`a ${what} failed`));
    }
    expect(await uncaught(shared.it)).toBe(before + 3);
    expect((await shared.it.fetch('/readyz')).status).toBe(200);
  });
});

it('R9 an unexpected error during the start gives one message and exit code 1', async () => {
  const early = preload(`
    const { prototype } = process.getBuiltinModule('net').Server;
    const { listen } = prototype;
    prototype.listen = function (...args) {
      setImmediate(() => { throw new Error('too early'); });
      return listen.apply(this, args);
    };
  `);
  const { code, stderr } = await runServer({}, early);
  expect(code).toBe(1);
  expect(stderr).toMatch(/^vigia failed: Error: too early/);
});
