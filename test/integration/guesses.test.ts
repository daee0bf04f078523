import { io } from 'socket.io-client';
import { describe, expect, onTestFinished, test } from 'vitest';
import { sharedServer } from '../support/server.ts';

const METRICS_TOKEN = 'test-metrics-token';
const hosts = [
  ['uws', []],
  ['node', ['--import', new URL('../support/no-native.mjs', import.meta.url).href]],
] as const;
/** The size of the burst. */
const BURST = 20;

type Answer = 'right' | 'wrong' | 'not looked at';

describe.each(hosts)('L6 on %s', (_host, nodeArgs) => {
  // The client sets its address, as a proxy would.
  const server = sharedServer({ TRUSTED_PROXIES: '127.0.0.1', METRICS_TOKEN, ENROL_BURST: '1000', TRANSPORT: 'uws' }, [
    ...nodeArgs,
  ]);

  async function ask(from: string, path: string, token: string, init: RequestInit = {}): Promise<Answer> {
    const headers = { authorization: `Bearer ${token}`, 'x-forwarded-for': from, ...init.headers };
    const { status } = await fetch(server.it.url + path, { ...init, headers });
    return status === 429 ? 'not looked at' : status === 401 ? 'wrong' : 'right';
  }

  function connect(from: string, namespace: string, auth: object, query: Record<string, string>): Promise<Answer> {
    const socket = io(server.it.url + namespace, {
      auth,
      query,
      transports: ['websocket'],
      extraHeaders: { 'x-forwarded-for': from },
      reconnection: false,
      forceNew: true,
    });
    onTestFinished(() => void socket.disconnect());
    return new Promise((resolve) => {
      const end = (answer: Answer) => {
        socket.disconnect();
        resolve(answer);
      };
      socket.once('connect', () => end('right'));
      // Beyond the limit the transport is closed without a message.
      socket.once('connect_error', (error) => end('data' in error ? 'wrong' : 'not looked at'));
      socket.io.on('close', (reason) => reason !== 'forced close' && end('not looked at'));
    });
  }

  const rest =
    (method: string, path: string, more: RequestInit = {}) =>
    (from: string, token: string) =>
      ask(from, path, token, { method, ...more });
  const json = { body: '{}', headers: { 'content-type': 'application/json' } };

  /** Every endpoint, and a valid token for it. */
  const ways: Record<string, [token: string, way: (from: string, token: string) => Promise<Answer>]> = {
    'a player with the token of the fleet': [
      'test-player-token',
      (from, token) => connect(from, '/', { token }, { deviceId: 'd' }),
    ],
    'a player of the second generation': [
      'test-player-token',
      (from, authToken) => connect(from, '/', { deviceId: 'd', authToken }, {}),
    ],
    'an admin': ['test-admin-token', (from, token) => connect(from, '/admin', { token }, {})],
    'REST that reads': ['test-admin-token', rest('GET', '/api/v1/devices')],
    'REST with a body': ['test-admin-token', rest('POST', '/api/v1/commands', json)],
    'the picture of a device': ['test-player-token', rest('POST', '/api/v1/devices/d/snapshot', { body: 'x' })],
    metrics: [METRICS_TOKEN, rest('GET', '/metrics')],
  };

  test.each(Object.keys(ways))('%s: after 20 wrong tokens no further one is checked, on any endpoint', async (name) => {
    const [token, way] = ways[name] as (typeof ways)[string];
    const from = `198.51.100.${10 + Object.keys(ways).indexOf(name)}`;
    for (let n = 0; n < BURST; n++) expect(await way(from, `wrong-${n}`)).toBe('wrong');
    expect(await way(from, token)).toBe('not looked at');
    for (const [right, other] of Object.values(ways)) expect(await other(from, right)).toBe('not looked at');
    // From another address it is accepted.
    expect(await way(`203.0.113.${10 + Object.keys(ways).indexOf(name)}`, token)).toBe('right');
  });

  test.each([
    ['an address where nothing is', '/nowhere', {}],
    ['a body that is refused before the token', '/api/v1/commands', { 'content-encoding': 'gzip' }],
  ])('a token that decides whether a body is read counts as a guess, too: %s', async (what, path, headers) => {
    const from = `198.51.100.${100 + what.length}`;
    for (let n = 0; n < BURST; n++) await ask(from, path, `wrong-${n}`, { method: 'POST', body: '{}', headers });
    const answer = await ask(from, '/api/v1/devices', 'test-admin-token');
    // Node's own server reads a body on arrival, before the token is checked.
    expect(answer).toBe(nodeArgs.length === 0 ? 'not looked at' : 'right');
  });
});
