import { expect, it } from 'vitest';
import {
  admin,
  gather,
  next,
  type PlayerCommand,
  playerOfSecondGeneration,
  Replica,
  startScreen,
} from '../support/clients.ts';
import { startFielded } from '../support/fielded-screen.ts';
import { operator, run } from '../support/operator.ts';
import { sharedServer, startServer } from '../support/server.ts';

const shared = sharedServer();
const screens = async (group: Record<string, string>) =>
  Promise.all(
    Object.entries(group).map(async ([id, state]) => {
      const screen = await startScreen(shared.it, id);
      screen.state = state;
      await screen.socket.emitWithAck('player:state', { vlc: { state, fullscreen: false } });
      return screen;
    }),
  );

it('C8 pausing several screens pauses those that play, and reports the others as already paused', async () => {
  const ids = { 'p-playing': 'playing', 'p-paused': 'paused', 'p-stopped': 'stopped' };
  const [playing, ...others] = await screens(ids);
  const socket = await operator(shared.it);
  const endings = gather<{ deviceId: string }>(socket, 'command:response');
  const answer = await socket.emitWithAck('command:send', { deviceIds: Object.keys(ids), command: 'pause' });
  expect(answer).toMatchObject({ ok: true });
  await expect.poll(() => endings.length).toBe(3);
  const of = (id: string) => endings.find(({ deviceId }) => deviceId === id);
  expect(of('p-playing')).toMatchObject({ command: 'pause', status: 'success', attempts: 1 });
  for (const id of ['p-paused', 'p-stopped']) {
    expect(of(id)).toMatchObject({
      command: 'pause',
      status: 'success',
      confirmedBy: 'state',
      alreadySo: true,
      attempts: 0,
    });
  }
  expect(playing?.received.map(({ command }) => command)).toEqual(['vlc:pause']);
  expect(others.flatMap(({ received }) => received)).toEqual([]);
});

it('C8 a command whose effect is not known is not sent, and REST says so; force sends it', async () => {
  const player = playerOfSecondGeneration(shared.it, 'unmeasured');
  const received = gather<PlayerCommand>(player, 'player:command');
  player.on('player:command', ({ commandId }) =>
    player.emit('player:command:response', { commandId, status: 'success' }),
  );
  await next(player, 'connect');
  await player.emitWithAck('player:register', { deviceId: 'unmeasured' });
  const send = async (body: object) =>
    (await shared.it.call('/devices/unmeasured/commands?wait=true', body)).body.commands[0];
  expect(await send({ command: 'fullscreen:on' })).toMatchObject({
    status: 'undelivered',
    code: 'unproven',
    attempts: 0,
  });
  expect(received).toEqual([]);
  expect(await send({ command: 'pause', force: true })).toMatchObject({ status: 'success' });
  expect(received.map(({ command }) => command)).toEqual(['vlc:pause']);
});

it('C8 a command that was not needed keeps the measurement, so the same command can be sent again', async () => {
  const server = await startServer({ STATE_INTERVAL_MS: '30000' });
  // It has measured just now, and would not measure again in time.
  const screen = await startFielded(server, 'twice', {}, { vlc: { playing: false, paused: true } });
  const socket = await operator(server);
  for (const _ of [1, 2]) {
    expect(await run(socket, { deviceId: 'twice', command: 'pause' })).toMatchObject({
      status: 'success',
      alreadySo: true,
    });
  }
  expect(screen.received).toEqual([]);
});

const commands = [
  {
    name: 'display:off',
    title: 'Display off',
    params: {
      type: 'object',
      properties: { afterSeconds: { type: 'integer', minimum: 0 } },
      additionalProperties: false,
    },
    proof: { path: '/display/power', equals: 'off' },
  },
  { name: 'reboot', repeatable: true },
];

it('C9 commands that a player declares are shown, validated and sent', async () => {
  const player = playerOfSecondGeneration(shared.it, 'able');
  const received = gather<PlayerCommand>(player, 'player:command');
  player.on('player:command', ({ commandId }) =>
    player.emit('player:command:response', { commandId, status: 'success' }),
  );
  await next(player, 'connect');
  await player.emitWithAck('player:register', { deviceId: 'able', commands });
  const { body } = await shared.it.call('/devices/able');
  expect(body.document.capabilities).toEqual({ commands });

  const socket = await operator(shared.it);
  const params = { afterSeconds: 5 };
  expect(await run(socket, { deviceId: 'able', command: 'display:off', params })).toMatchObject({ status: 'success' });
  expect(received).toMatchObject([{ command: 'display:off', params }]);
  const wrong = await socket.emitWithAck('command:send', {
    deviceId: 'able',
    command: 'display:off',
    params: { afterSeconds: -1 },
  });
  expect(wrong.error).toMatchObject({ code: 'command_invalid', details: [{ path: 'params.afterSeconds' }] });
  const unknown = await shared.it.call('/devices/able/commands', { command: 'update' });
  expect(unknown).toMatchObject({ status: 404, body: { code: 'command_unknown' } });
});

it('C9 of many devices, each that did not declare the command reports that for itself', async () => {
  await startScreen(shared.it, 'plain');
  const player = playerOfSecondGeneration(shared.it, 'reboots');
  await next(player, 'connect');
  await player.emitWithAck('player:register', { deviceId: 'reboots', commands });
  const socket = await operator(shared.it);
  const { commands: answers } = await socket.emitWithAck('command:send', {
    deviceIds: ['plain', 'reboots'],
    command: 'reboot',
  });
  expect(answers).toMatchObject([
    { deviceId: 'plain', status: 'undelivered', error: { code: 'command_unknown' } },
    { deviceId: 'reboots', status: expect.stringMatching(/queued|sent/) },
  ]);
});

it('C9 an invalid declaration is refused with the path of the fault, and a new session declares anew', async () => {
  const player = playerOfSecondGeneration(shared.it, 'wrong');
  await next(player, 'connect');
  const refused = async (declared: unknown) =>
    (await player.emitWithAck('player:register', { deviceId: 'wrong', commands: declared })) as {
      ok: boolean;
      code: string;
      details: { path: string }[];
    };
  for (const [declared, path] of [
    [[{ name: 'vlc:eject' }], 'commands.0.name'],
    [[{ name: 'pause' }], 'commands.0.name'],
    [[{ name: 'ok' }, { name: 'bad', params: { type: 'nonsense' } }], 'commands.1.params'],
    [[{ name: 'bad', params: { properties: { a: { pattern: '(a+)+$' } } } }], 'commands.0.params'],
    [[{ name: 'twice' }, { name: 'twice' }], 'commands'],
  ] as const) {
    const answer = await refused(declared);
    expect(answer).toMatchObject({ ok: false, code: 'invalid_payload', details: [{ path }] });
  }
  const replica = new Replica(admin(shared.it));
  await next(replica.socket, 'connect');
  await replica.subscribe();
  await player.emitWithAck('player:register', { deviceId: 'wrong', commands });
  await replica.device('wrong', (it) => it.capabilities.commands.length === 2);
  const successor = playerOfSecondGeneration(shared.it, 'wrong');
  await next(successor, 'connect');
  await successor.emitWithAck('player:register', { deviceId: 'wrong' });
  await replica.device('wrong', (it) => it.capabilities.commands.length === 0);
});
