import type { Socket } from 'socket.io-client';
import { expect, it } from 'vitest';
import { playerOfSecondGeneration, register } from '../support/clients.ts';
import { startCluster } from '../support/cluster.ts';
import { ownPostgres } from '../support/databases.ts';
import { PATIENCE_MS } from '../support/patience.ts';
import type { TestServer } from '../support/server.ts';

const WEBSOCKET = { transports: ['websocket'], reconnection: false };
const verb = (method: string) => ({ method });

/** `connected`, or the code of the refusal; `closed` if the transport was closed. */
function outcome(socket: Socket): Promise<string> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('no answer to the sign-in')), PATIENCE_MS);
    const done = (result: string) => {
      clearTimeout(timer);
      resolve(result);
    };
    socket.once('connect', () => done('connected'));
    socket.once('connect_error', (error) => done((error as { data?: { code: string } }).data?.code ?? 'closed'));
    // A refusal closes the transport before it is reported.
    socket.io.once('close', () => setImmediate(() => done('closed')));
  });
}

const signIn = (at: TestServer, deviceId: string, authToken = at.playerToken) =>
  playerOfSecondGeneration(at, deviceId, { ...WEBSOCKET, auth: { deviceId, authToken } });

it('P1 what one instance did with a device’s token holds at once at the others', async () => {
  const { instances } = await startCluster(2, { DATABASE_URL: await (await ownPostgres()).createDatabase() });
  const [a, b] = instances as [TestServer, TestServer];
  const upload = async (at: TestServer, id: string, token = at.playerToken) =>
    (await at.call(`/devices/${id}/snapshot`, { data: 'AAAA' }, { token })).body.code;

  // No more, because wrong tokens from one address are limited (L6).
  for (let i = 0; i < 6; i++) {
    const id = `d${i}`;
    const { token } = (await a.call('/devices', { id })).body;
    // Issued there a moment ago.
    expect(await outcome(signIn(b, id, token)), id).toBe('connected');
    // Used here a moment ago: the fleet token opens it no more.
    const late = playerOfSecondGeneration(a, '', { ...WEBSOCKET, auth: { token: a.playerToken } });
    expect(await outcome(late)).toBe('connected');
    expect(await outcome(signIn(a, id)), id).toBe('unauthorized');
    expect(await upload(a, id), id).toBe('unauthorized');
    expect(await register(late, id), 'nor does a registration that names the device').toMatchObject({
      ok: false,
      code: 'unauthorized',
    });
    // Removed there a moment ago: it does again.
    expect((await b.call(`/devices/${id}/token`, undefined, verb('DELETE'))).status).toBe(204);
    expect(await outcome(signIn(a, id)), id).toBe('connected');
  }

  const { token } = (await a.call('/devices', { id: 'own' })).body;
  await a.call('/devices', { id: 'unused' });
  const first = (await a.call('/devices', { id: 'first' })).body.token;
  expect(await outcome(signIn(a, 'own', token))).toBe('connected');
  expect(await outcome(signIn(b, 'own'))).toBe('unauthorized');
  // Without the database, an instance goes by what it knows, and does not wait for long.
  await (await ownPostgres()).pause();
  const began = Date.now();
  const results = await Promise.all([
    ...[a, b].map((at) => outcome(signIn(at, 'own'))),
    ...[a, b].map((at) => outcome(signIn(at, 'own', token))),
    ...[a, b].map((at) => outcome(signIn(at, 'unused'))),
    outcome(signIn(a, 'first', first)),
    outcome(signIn(b, 'unused', 'vd_another')),
  ]);
  expect(results).toEqual([
    ...['unauthorized', 'unauthorized'],
    ...['connected', 'connected'],
    ...['connected', 'connected'],
    'connected',
    // Nobody knows whether it was issued a moment ago.
    'closed',
  ]);
  expect(Date.now() - began).toBeLessThan(10_000);
  await (await ownPostgres()).resume();
}, 120_000);
