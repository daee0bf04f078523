import { expect, it, vi } from 'vitest';
import {
  admin,
  gather,
  next,
  type PlayerCommand,
  playerOfFirstGeneration,
  Replica,
  register,
  type Screen,
  startScreen,
} from '../support/clients.ts';
import { figureOf } from '../support/metrics.ts';
import { type Ending, operator, run } from '../support/operator.ts';
import { PATIENCE_MS } from '../support/patience.ts';
import { sharedServer, startServer } from '../support/server.ts';

const shared = sharedServer();
/** For screens that answer, also on a busy machine. */
const PATIENT = { timeoutMs: 20_000 };
/** For silent screens: long enough for the verification of an attempt. */
const SILENT = { timeoutMs: 1500 };

/** The current state has arrived at the server. */
const said = ({ socket, state, fullscreen }: Screen) =>
  socket.emitWithAck('player:state', { vlc: { state, fullscreen } });

it('C1 the device’s answer ends a command: success, with the result', async () => {
  const screen = await startScreen(shared.it, 'answers');
  const socket = await operator(shared.it);
  screen.answers = 'silent';
  const ended = run(socket, { deviceId: 'answers', command: 'vlc:snapshot', ...PATIENT });
  const { commandId } = await next<PlayerCommand>(screen.socket, 'player:command');
  screen.respond(commandId, { status: 'success', result: { volume: 80 } });
  expect(await ended).toEqual({
    commandId,
    deviceId: 'answers',
    command: 'vlc:snapshot',
    status: 'success',
    result: { volume: 80 },
    attempts: 1,
    confirmedBy: 'response',
    durationMs: expect.any(Number),
  });
});

it('P6 `OK` is a success; any other text is an answer, too, and the command is not sent again', async () => {
  const screen = await startScreen(shared.it, 'words');
  const socket = await operator(shared.it);
  screen.answers = 'silent';
  const answered = async (status: unknown) => {
    const ended = run(socket, { deviceId: 'words', command: 'vlc:snapshot', ...PATIENT });
    const { commandId } = await next<PlayerCommand>(screen.socket, 'player:command');
    screen.socket.emit('player:command:response', { commandId, status });
    return ended;
  };
  expect(await answered('OK')).toMatchObject({ status: 'success', confirmedBy: 'response' });
  expect(await answered('queued locally')).toMatchObject({ status: 'timeout', attempts: 1, message: 'queued locally' });
  expect(await answered(undefined)).toMatchObject({ status: 'timeout', attempts: 1, message: expect.any(String) });
});

it('C1 the device’s error ends it as error, with its message', async () => {
  const screen = await startScreen(shared.it, 'fails');
  screen.answers = 'error';
  const ended = await run(await operator(shared.it), { deviceId: 'fails', command: 'vlc:play', ...PATIENT });
  expect(ended).toMatchObject({ status: 'error', message: 'so it is', attempts: 1 });
});

it('C1 C2 play is sent again after silence, with the same id, and then ends as timeout: it may have taken effect', async () => {
  const player = playerOfFirstGeneration(shared.it, 'mute');
  await register(player, 'mute');
  const received = gather<PlayerCommand>(player, 'player:command');
  const ended = await run(await operator(shared.it), {
    deviceId: 'mute',
    command: 'vlc:stop',
    timeoutMs: 100,
    retries: 2,
  });
  expect(ended).toMatchObject({ status: 'timeout', attempts: 3 });
  // The last of them may still be in transit to the player.
  const sent = { commandId: ended.commandId, command: 'vlc:stop', params: {} };
  await vi.waitFor(() => expect(received).toEqual([sent, sent, sent]), { timeout: PATIENCE_MS });
});

it('C1 a toggle whose effect the state shows is a success, and is sent once', async () => {
  const screen = await startScreen(shared.it, 'toggles');
  screen.answers = 'silent';
  screen.state = 'playing';
  await said(screen);
  const ended = await run(await operator(shared.it), { deviceId: 'toggles', command: 'vlc:pause', ...SILENT });
  expect(ended).toMatchObject({ status: 'success', confirmedBy: 'state', attempts: 1 });
  expect(screen.state).toBe('paused');
  expect(screen.received.length).toBe(1);
});

it('C1 a lost toggle is sent again once it is certain that nothing happened', async () => {
  const screen = await startScreen(shared.it, 'loses');
  screen.answers = 'silent';
  screen.isDeaf = true;
  const commands = gather<PlayerCommand>(screen.socket, 'player:command');
  // A busy VLC may still carry it out for ten seconds.
  const ended = run(await operator(shared.it), { deviceId: 'loses', command: 'vlc:fullscreen', ...SILENT });
  await next(screen.socket, 'player:command');
  screen.isDeaf = false;
  expect(await ended).toMatchObject({ status: 'success', confirmedBy: 'state', attempts: 2 });
  expect(commands.length).toBe(2);
  expect(screen.fullscreen).toBe(true);
});

it('C1 a toggle without a baseline is sent after at most a second; without an answer it times out and is never repeated', async () => {
  const screen = await startScreen(shared.it, 'blind');
  screen.reports = false;
  // A measurement from before another command is no baseline.
  await run(await operator(shared.it), { deviceId: 'blind', command: 'vlc:play', ...PATIENT });
  screen.answers = 'silent';
  const asked = gather(screen.socket, 'player:request:state');
  const ended = await run(await operator(shared.it), { deviceId: 'blind', command: 'vlc:pause' });
  expect(ended).toMatchObject({ status: 'timeout', attempts: 1 });
  expect(asked.length).toBeGreaterThan(0);
  expect(ended.durationMs).toBeGreaterThanOrEqual(1200);
  expect(screen.received.map(({ command }) => command)).toEqual(['vlc:play', 'vlc:pause']);
});

it('C1 a toggle without a fresh baseline requests one first', async () => {
  const screen = await startScreen(shared.it, 'stale');
  screen.reports = false;
  await run(await operator(shared.it), { deviceId: 'stale', command: 'vlc:play', ...PATIENT });
  screen.reports = true;
  const order: string[] = [];
  screen.socket.onAny((event) => order.push(event));
  const ended = await run(await operator(shared.it), { deviceId: 'stale', command: 'vlc:pause', ...PATIENT });
  expect(ended.status).toBe('success');
  expect(order[order.indexOf('player:command') - 1]).toBe('player:request:state');
});

it('C3 commands to one device are sent in the order of acceptance, one at a time; at most 100 wait', async () => {
  const screen = await startScreen(shared.it, 'queue', { transports: ['websocket'] });
  const socket = await operator(shared.it);
  screen.answers = 'silent';
  const received = screen.received;
  const arrived = next(screen.socket, 'player:command');
  const first = await socket.emitWithAck('command:send', { deviceId: 'queue', command: 'vlc:stop', timeoutMs: 60_000 });
  await arrived;
  const ids = [first.commands[0].commandId];
  for (let i = 0; i < 100; i++) {
    const answer = await socket.emitWithAck('command:send', {
      deviceId: 'queue',
      command: 'vlc:play',
      params: { item: i },
      ...PATIENT,
    });
    expect(answer.commands[0].status).toBe('queued');
    ids.push(answer.commands[0].commandId);
  }
  expect(await socket.emitWithAck('command:send', { deviceId: 'queue', command: 'vlc:play' })).toMatchObject({
    ok: false,
    error: { code: 'queue_full' },
  });
  expect(received.length).toBe(1);
  screen.answers = 'success';
  const last = next<Ending>(socket, 'command:response', (it) => it.commandId === ids.at(-1), 40_000);
  screen.respond(ids[0] as string);
  await last;
  expect(received.map((it) => it.commandId)).toEqual(ids);
});

it('C4 without ttlMs a command to an offline device is undelivered at once', async () => {
  await shared.it.call('/devices', { id: 'off' });
  const socket = await operator(shared.it);
  const told = next<Ending>(socket, 'command:response', (it) => it.deviceId === 'off');
  const answer = await socket.emitWithAck('command:send', { deviceId: 'off', command: 'vlc:play' });
  expect(answer).toMatchObject({ ok: true, commands: [{ deviceId: 'off', status: 'undelivered' }] });
  expect(await told).toMatchObject({ status: 'undelivered', attempts: 0 });
});

it('C4 with ttlMs it waits that long, and is then undelivered', async () => {
  await shared.it.call('/devices', { id: 'waits' });
  const ended = await run(await operator(shared.it), { deviceId: 'waits', command: 'vlc:play', ttlMs: 300 });
  expect(ended).toMatchObject({ status: 'undelivered', attempts: 0 });
  expect(ended.durationMs).toBeGreaterThanOrEqual(290);
  expect(ended.durationMs).toBeLessThan(10_000);
});

it('C5 an unknown name, invalid params and an unknown device are rejected before anything is sent', async () => {
  const screen = await startScreen(shared.it, 'checked');
  const socket = await operator(shared.it);
  const send = (request: object) =>
    socket.emitWithAck('command:send', { deviceId: 'checked', command: 'vlc:play', ...request });
  expect(await send({ command: 'vlc:dance' })).toMatchObject({ ok: false, error: { code: 'command_unknown' } });
  expect(await send({ command: 'constructor' })).toMatchObject({ ok: false, error: { code: 'command_unknown' } });
  expect(await send({ params: { volume: 'loud', position: -1 } })).toMatchObject({
    ok: false,
    error: { code: 'command_invalid', details: [{ path: 'params.position' }, { path: 'params.volume' }] },
  });
  expect(await send({ deviceId: 'nobody' })).toMatchObject({ ok: false, error: { code: 'device_unknown' } });
  expect(await send({ all: true })).toMatchObject({ ok: false, error: { code: 'invalid_payload' } });
  expect(await send({ deviceId: undefined })).toMatchObject({ ok: false, error: { code: 'invalid_payload' } });
  expect(screen.received).toEqual([]);
});

it('C5 a command for a group, a list or all devices gives a result per device', async () => {
  const server = await startServer({ COMMAND_TIMEOUT_MS: '20000' });
  await server.call('/devices', { id: 'absent', group: 'hall' });
  const [a, b] = await Promise.all([startScreen(server, 'a'), startScreen(server, 'b')]);
  await server.call('/devices/a', { group: 'hall' }, { method: 'PATCH' });
  const socket = await operator(server);
  const endings = gather<Ending>(socket, 'command:response');
  const targets = async (request: object) => {
    const answer = await socket.emitWithAck('command:send', { command: 'vlc:play', ...request });
    return Object.fromEntries(
      answer.commands.map((it: Ending & { error?: object }) => [it.deviceId, it.error ?? it.status]),
    );
  };
  expect(Object.keys(await targets({ group: 'hall' })).sort()).toEqual(['a', 'absent']);
  expect(await targets({ deviceIds: ['b', 'absent', 'nobody', 'b'] })).toEqual({
    b: expect.any(String),
    absent: 'undelivered',
    nobody: { code: 'device_unknown', message: expect.any(String) },
  });
  expect(Object.keys(await targets({ all: true })).sort()).toEqual(['a', 'absent', 'b']);
  // There are no devices: the answer says so, on sockets and by REST.
  const nobody = { code: 'device_unknown', message: 'No device is in the group "Halle". There is "hall".' };
  const told = await socket.emitWithAck('command:send', { command: 'vlc:play', group: 'Halle' });
  expect(told).toMatchObject({ ok: false, error: nobody });
  const answered = await server.call('/commands', { command: 'vlc:play', group: 'Halle' });
  expect(answered.status).toBe(404);
  expect(answered.body).toMatchObject({ code: nobody.code, detail: nobody.message });
  while (endings.length < 7) await next(socket, 'command:response');
  expect(endings.filter((it) => it.status === 'success').length).toBe(4);
  expect(a.received.length + b.received.length).toBe(4);
});

it('C1 a queued command can be cancelled; a sent one cannot', async () => {
  const screen = await startScreen(shared.it, 'cancels');
  screen.answers = 'silent';
  const socket = await operator(shared.it);
  const send = async () =>
    (await socket.emitWithAck('command:send', { deviceId: 'cancels', command: 'vlc:stop', timeoutMs: 60_000 }))
      .commands[0];
  const [sent, queued] = [await send(), await send()];
  const told = next<Ending>(socket, 'command:response', (it) => it.commandId === queued.commandId);
  expect(await socket.emitWithAck('command:cancel', { commandId: queued.commandId })).toEqual({
    ok: true,
    status: 'cancelled',
  });
  expect(await told).toMatchObject({ status: 'cancelled', attempts: 0 });
  expect(await socket.emitWithAck('command:cancel', { commandId: sent.commandId })).toEqual({
    ok: true,
    status: 'sent',
  });
  expect(await socket.emitWithAck('command:cancel', { commandId: 'nobody' })).toMatchObject({
    ok: false,
    error: { code: 'command_unknown' },
  });
  screen.respond(sent.commandId);
  await next<Ending>(socket, 'command:response', (it) => it.commandId === sent.commandId);
  expect(await socket.emitWithAck('command:cancel', { commandId: sent.commandId })).toEqual({
    ok: true,
    status: 'success',
  });
  expect(screen.received.length).toBe(1);
});

it('C1 the sender and the device’s watchers are notified, once each; others are not', async () => {
  await startScreen(shared.it, 'observed');
  const [asker, watcher, other] = await Promise.all([operator(shared.it), operator(shared.it), operator(shared.it)]);
  for (const socket of [asker, watcher]) await socket.emitWithAck('device:watch', { deviceId: 'observed' });
  const heard = [asker, watcher, other].map((socket) => gather<Ending>(socket, 'command:response'));
  await run(asker, { deviceId: 'observed', command: 'vlc:play' });
  for (const socket of [watcher, other]) await socket.emitWithAck('device:get', { deviceId: 'observed' });
  expect(heard.map((it) => it.filter(({ deviceId }) => deviceId === 'observed').length)).toEqual([1, 1, 0]);
});

it('C1 a sender that reconnects gets the endings it missed; watchers that were notified are not notified again', async () => {
  const server = await startServer();
  const screen = await startScreen(server, 'd');
  screen.answers = 'silent';
  const { token } = (await server.call('/tokens', { name: 'shift', role: 'operator' })).body;
  const asker = admin(server, { token, transports: ['websocket'] });
  await next(asker, 'connect');
  const watcher = await operator(server);
  await watcher.emitWithAck('device:watch', { deviceId: 'd' });
  const heard = gather<Ending>(watcher, 'command:response');
  const { commands } = await asker.emitWithAck('command:send', {
    deviceId: 'd',
    command: 'vlc:stop',
    timeoutMs: 60_000,
  });
  asker.disconnect();
  // It has a connection of its own: wait until the server has noticed its end.
  await expect.poll(() => figureOf(server, 'vigia_admins')).toBe(1);
  const told = next(watcher, 'command:response');
  screen.respond(commands[0].commandId);
  await told;
  const back = admin(server, { token });
  expect(await next(back, 'command:response')).toMatchObject({ commandId: commands[0].commandId, status: 'success' });
  await watcher.emitWithAck('device:get', { deviceId: 'd' });
  expect(heard.length).toBe(1);
});

it('C1 a pending command is in the document until it ends', async () => {
  const screen = await startScreen(shared.it, 'pending');
  screen.answers = 'silent';
  const socket = await operator(shared.it);
  const replica = new Replica(socket);
  await replica.subscribe({ scope: { devices: ['pending'] } });
  const { commands } = await socket.emitWithAck('command:send', {
    deviceId: 'pending',
    command: 'vlc:play',
    timeoutMs: 60_000,
  });
  const [{ commandId }] = commands;
  const document = await replica.device('pending', (it) => it.commands[commandId]?.status === 'sent');
  expect(document.commands[commandId]).toEqual({
    command: 'vlc:play',
    status: 'sent',
    attempt: 1,
    requestedBy: 'admin',
    requestedAt: expect.any(String),
    deadlineAt: expect.any(String),
  });
  screen.respond(commandId);
  await replica.device('pending', (it) => Object.keys(it.commands).length === 0);
  expect(replica.gaps).toEqual([]);
});
