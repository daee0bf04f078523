import { expect, it } from 'vitest';
import { admin, gather, next, Replica, type Screen, startScreen } from '../support/clients.ts';
import { type Ending, operator, run } from '../support/operator.ts';
import { startServer } from '../support/server.ts';

/** Call this before the server restarts: a player may reconnect as soon as it listens. */
const registered = ({ socket }: Screen) => next(socket, 'player:registered');

it('C2 a second command:send with a known commandId starts nothing, also after a restart', async () => {
  const server = await startServer();
  const screen = await startScreen(server, 'd');
  const socket = await operator(server);
  const request = { deviceId: 'd', command: 'vlc:play', commandId: 'mine', timeoutMs: 20_000 };
  expect((await run(socket, request)).status).toBe('success');
  const again = { ok: true, commands: [{ commandId: 'mine', deviceId: 'd', status: 'success' }] };
  expect(await socket.emitWithAck('command:send', request)).toMatchObject(again);
  expect(await socket.emitWithAck('command:send', { ...request, all: true, deviceId: undefined })).toMatchObject(again);
  await server.stop('SIGKILL');
  const back = registered(screen);
  const restarted = await server.restart();
  await back;
  const later = await operator(restarted);
  expect(await later.emitWithAck('command:send', request)).toMatchObject(again);
  expect(screen.received.length).toBe(1);
});

it('C2 neither does a second request for many devices, also after a restart', async () => {
  const server = await startServer();
  const screens = await Promise.all(['a', 'b'].map((id) => startScreen(server, id)));
  const request = { deviceIds: ['a', 'b'], command: 'vlc:play', commandId: 'many', timeoutMs: 20_000 };
  const socket = await operator(server);
  const told = gather<Ending>(socket, 'command:response');
  await run(socket, request);
  while (told.length < 2) await next(socket, 'command:response');
  await server.stop('SIGKILL');
  const back = Promise.all(screens.map(registered));
  const restarted = await server.restart();
  await back;
  const answer = await (await operator(restarted)).emitWithAck('command:send', request);
  expect(answer.commands.map((it: Ending) => [it.commandId, it.status])).toEqual([
    ['many:a', 'success'],
    ['many:b', 'success'],
  ]);
  expect(screens.map((it) => it.received.length)).toEqual([1, 1]);
});

it.each(['SIGTERM', 'SIGKILL'] as const)(
  'C4 R3 a ttl continues over a restart (%s), and the sender is notified afterwards',
  async (signal) => {
    const server = await startServer();
    await server.call('/devices', { id: 'd' });
    await server.call('/devices', { id: 'never' });
    const socket = await operator(server);
    const play = { command: 'vlc:play', timeoutMs: 20_000 };
    const sent = await socket.emitWithAck('command:send', { ...play, deviceId: 'd', ttlMs: 60_000 });
    expect(sent.commands[0].status).toBe('queued');
    // Longer than a stop takes, so that it ends in the next process.
    const short = await socket.emitWithAck('command:send', { ...play, deviceId: 'never', ttlMs: 3000 });
    await server.stop(signal);
    socket.disconnect();
    const restarted = await server.restart();
    const screen = await startScreen(restarted, 'd');
    await restarted.logged((line) => line.msg === 'command ended' && line.deviceId === 'd');
    expect(screen.received.map((it) => it.commandId)).toEqual([sent.commands[0].commandId]);
    await restarted.logged((line) => line.msg === 'command ended' && line.deviceId === 'never');
    const back = admin(restarted);
    const endings = gather<Ending>(back, 'command:response');
    while (endings.length < 2) await next(back, 'command:response');
    expect(new Map(endings.map((it) => [it.commandId, it.status]))).toEqual(
      new Map([
        [sent.commands[0].commandId, 'success'],
        [short.commands[0].commandId, 'undelivered'],
      ]),
    );
    const { document } = (await restarted.call('/devices/d')).body;
    expect(document.commands).toEqual({});
    const later = admin(restarted);
    const twice = gather(later, 'command:response');
    await next(later, 'connect');
    await later.emitWithAck('device:get', { deviceId: 'd' });
    expect(twice, 'told once').toEqual([]);
  },
);

it('C1 a command that was running when the process was killed ends once, and disappears from the document', async () => {
  const server = await startServer({ OFFLINE_GRACE_MS: '5000' });
  const screen = await startScreen(server, 'd');
  screen.answers = 'silent';
  const socket = await operator(server);
  const replica = new Replica(socket);
  await replica.subscribe();
  const under = await socket.emitWithAck('command:send', { deviceId: 'd', command: 'vlc:snapshot', timeoutMs: 60_000 });
  const [{ commandId }] = under.commands;
  await replica.device('d', ({ commands }) => commands[commandId]?.status === 'sent');
  // The document is recorded within a second, with the command; the ending is in the ledger only.
  await new Promise((resolve) => setTimeout(resolve, 1300));
  const told = next(socket, 'command:response');
  screen.respond(commandId);
  await told;
  await replica.device('d', ({ commands }) => Object.keys(commands).length === 0);
  await server.stop('SIGKILL');
  const back = registered(screen);
  const restarted = await server.restart();
  await back;
  expect((await restarted.call(`/commands/${commandId}`)).body.status).toBe('success');
  expect((await restarted.call('/devices/d')).body.document.commands).toEqual({});
});
