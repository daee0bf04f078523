import type { Socket } from 'socket.io-client';
import { expect, test } from 'vitest';
import { admin, next, playerOfSecondGeneration } from '../support/clients.ts';
import { ownPostgres } from '../support/databases.ts';
import { operator } from '../support/operator.ts';
import { sharedServer, startServer } from '../support/server.ts';

const server = sharedServer();

type Entry = {
  at: string;
  actor: string;
  kind: string;
  deviceId?: string;
  outcome: string;
  details: { [key: string]: unknown };
};

const audit = async (query = ''): Promise<Entry[]> => (await server.it.call(`/audit?limit=1000&${query}`)).body.records;

test('U1 the start of the server is recorded', async () => {
  expect(await audit('kind=server.started')).toMatchObject([{ actor: 'server', outcome: 'ok' }]);
});

test('U1 a failed sign-in is recorded on every transport, with the address and never the token', async () => {
  const guess = 'a-guessed-token';
  await server.it.call('/devices', undefined, { token: guess });
  await refused(admin(server.it, { token: guess }));
  const auth = { deviceId: 'lobby-1', authToken: guess };
  expect(await refused(playerOfSecondGeneration(server.it, 'lobby-1', { auth }))).toMatchObject({
    code: 'unauthorized',
  });
  const records = await audit('kind=login.failed');
  expect(records.map(({ actor, outcome, details, deviceId }) => [actor, outcome, details.audience, deviceId])).toEqual([
    ['127.0.0.1', 'unauthorized', 'player', 'lobby-1'],
    ['127.0.0.1', 'unauthorized', 'admin', undefined],
    ['127.0.0.1', 'unauthorized', 'rest', undefined],
  ]);
  expect(JSON.stringify(records)).not.toContain(guess);
});

test('A4 an admin lacking the role is recorded, on the socket and by REST', async () => {
  const { body: token } = await server.it.call('/tokens', { name: 'wall', role: 'viewer' });
  const viewer = admin(server.it, { token: token.token });
  await next(viewer, 'connect');
  expect(await viewer.emitWithAck('command:send', { all: true, command: 'vlc:stop' })).toMatchObject({ ok: false });
  await server.it.call('/tokens', { name: 'own', role: 'admin' }, { token: token.token });
  const records = await audit('actor=wall');
  expect(records.map(({ kind, outcome, details }) => [kind, outcome, details.request])).toEqual([
    ['request.refused', 'forbidden', 'POST /api/v1/tokens'],
    ['request.refused', 'forbidden', 'command:send'],
  ]);
});

test('U1 requests on the socket are recorded, one record each, including refused ones', async () => {
  for (const id of ['a', 'b']) await server.it.call('/devices', { id });
  const socket = await operator(server.it);
  await socket.emitWithAck('command:send', { all: true, command: 'vlc:play', commandId: 'all-1' });
  await socket.emitWithAck('command:send', { deviceId: 'a', command: 'vlc:dance' });
  await socket.emitWithAck('command:cancel', { commandId: 'all-1:a' });
  const records = await audit('kind=command.');
  expect(records).toMatchObject([
    { kind: 'command.cancelled', outcome: 'ok', details: { commandId: 'all-1:a' } },
    { kind: 'command.sent', outcome: 'command_unknown' },
    { actor: 'admin', kind: 'command.sent', outcome: 'ok', details: { commandId: 'all-1', all: true, devices: 2 } },
  ]);
  expect(JSON.stringify(await audit())).not.toMatch(/test-admin-token|test-player-token|v[adp]_[\w-]{43}/);
});

function refused(socket: Socket): Promise<unknown> {
  return new Promise((resolve) => {
    socket.once('connect_error', (error) => resolve((error as Error & { data?: unknown }).data));
  });
}

test('U2 a record that is a second old survives a kill -9', async () => {
  const first = await startServer();
  await first.call('/devices', { id: 'kept-1' });
  expect((await first.call('/audit?kind=device.created')).body.records).toHaveLength(1);
  await first.stop('SIGKILL');
  const second = await first.restart();
  const { records } = (await second.call('/audit')).body;
  expect(records).toMatchObject([
    { kind: 'server.started' },
    { kind: 'device.created', deviceId: 'kept-1', actor: 'admin', outcome: 'ok' },
    { kind: 'server.started' },
  ]);
  await second.stop();
  const third = await second.restart();
  expect((await third.call('/audit?kind=server.')).body.records[1]).toMatchObject({ kind: 'server.stopped' });
});

test('U3 while the database is away requests still work, reading the audit is unavailable, and all records are written later', async () => {
  const postgres = await ownPostgres();
  const away = await startServer({ DATABASE_URL: await postgres.createDatabase() });
  await away.call('/devices', { id: 'dark' });
  await postgres.stop();
  for (let i = 0; i < 20; i++) {
    const sent = await away.call('/devices/dark/commands', { command: 'vlc:play', commandId: `c-${i}` });
    expect(sent.status).toBe(202);
  }
  expect(await away.call('/audit')).toMatchObject({ status: 503, body: { code: 'unavailable' } });
  await postgres.start();
  const kept = async () => (await away.call('/audit?kind=command.sent')).body.records?.length;
  await expect.poll(kept).toBe(20);
});
