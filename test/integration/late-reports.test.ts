import { expect, it } from 'vitest';
import type { WebSocket } from 'ws';
import { next, playerOfSecondGeneration, startScreen } from '../support/clients.ts';
import { eventually } from '../support/cluster.ts';
import { type Ending, operator } from '../support/operator.ts';
import { startProxy } from '../support/proxy.ts';
import { sharedServer } from '../support/server.ts';

/** Time for what must happen within one attempt, or during the verification. */
const server = sharedServer({ COMMAND_TIMEOUT_MS: '2000', STATE_INTERVAL_MS: '10000', WATCH_INTERVAL_MS: '5000' });

async function screenBehindProxy(deviceId: string) {
  const cable = await startProxy(server.it.port);
  const screen = await startScreen({ ...server.it, url: `http://127.0.0.1:${cable.port}` }, deviceId);
  screen.state = 'playing';
  const told = await operator(server.it);
  await screen.socket.emitWithAck('player:state', { vlc: { state: 'playing', fullscreen: false } });
  /** A toggle whose answer is lost, while the player's reports are delayed. */
  const pause = async () => {
    screen.answers = 'silent';
    cable.hold();
    screen.report();
    let asked = Promise.resolve<unknown>(undefined);
    const arrived = new Promise<void>((resolve) => {
      screen.socket.once('player:command', () => {
        // From here on: on a busy machine the command and the following request are read together.
        asked = next(screen.socket, 'player:request:state');
        asked.catch(() => {});
        resolve();
      });
    });
    const { commands } = await told.emitWithAck('command:send', { deviceId, command: 'vlc:pause' });
    await arrived;
    return { commandId: commands[0].commandId as string, asked: () => asked };
  };
  return { cable, screen, told, pause };
}

it('C1 a report from before the command proves nothing, however late it arrives: a toggle is not sent again', async () => {
  const { cable, screen, told, pause } = await screenBehindProxy('d1');
  const { commandId, asked } = await pause();
  // Requested after the timeout of an attempt: the answer is queued behind the old report.
  await asked();
  const ended = next<Ending>(told, 'command:response', (it) => it.commandId === commandId);
  cable.release();
  expect(await ended).toMatchObject({ status: 'success', confirmedBy: 'state', attempts: 1 });
  expect(screen.received).toHaveLength(1);
  expect(screen.state).toBe('paused');
});

it('C1 if no later report arrives in time, the toggle ends as timeout', async () => {
  const { cable, screen, told, pause } = await screenBehindProxy('d2');
  screen.reports = false;
  const { commandId } = await pause();
  const ended = next<Ending>(told, 'command:response', (it) => it.commandId === commandId);
  expect(await ended).toMatchObject({ status: 'timeout', attempts: 1 });
  cable.release();
  expect(screen.received).toHaveLength(1);
});

it('C1 nor is such a report a baseline for the next command', async () => {
  const { cable, screen, told, pause } = await screenBehindProxy('d3');
  screen.reports = false;
  const { commandId: first } = await pause();
  await next<Ending>(told, 'command:response', (it) => it.commandId === first);
  // The report from before the first command ("playing") arrives now. Taken as current, it would mean that the second had no effect.
  cable.release();
  screen.reports = true;
  const second = (await told.emitWithAck('command:send', { deviceId: 'd3', command: 'vlc:pause' })).commands[0]
    .commandId;
  const ended = await next<Ending>(told, 'command:response', (it) => it.commandId === second);
  expect(ended).toMatchObject({ attempts: 1 });
  expect(screen.received).toHaveLength(2);
  expect(screen.state).toBe('playing');
});

it('C1 reports on a second socket prove nothing about a command sent on the first', async () => {
  const { cable, screen, told, pause } = await screenBehindProxy('d4');
  const beside = playerOfSecondGeneration(server.it, 'd4');
  await next(beside, 'connect');
  const { commandId, asked } = await pause();
  const ended = next<Ending>(told, 'command:response', (it) => it.commandId === commandId);
  await asked();
  await beside.emitWithAck('state:update', { changes: { vlc: { state: 'playing', fullscreen: false } } });
  expect(await ended).toMatchObject({ status: 'timeout', attempts: 1 });
  cable.release();
  expect(screen.received).toHaveLength(1);
});

it('C1 nor does a report that was requested before the command and sent after it', async () => {
  const screen = await startScreen(server.it, 'd5', { transports: ['websocket'] });
  screen.state = 'playing';
  screen.answers = 'silent';
  const told = await operator(server.it);
  await screen.socket.emitWithAck('player:state', { vlc: { state: 'playing', fullscreen: false } });
  // Busy for a moment: messages that arrive meanwhile are read together, and Engine.IO answers the pings first.
  const { ws } = screen.socket.io.engine.transport as unknown as { ws: WebSocket };
  ws.pause();
  await told.emitWithAck('device:refresh', { deviceId: 'd5', what: 'state' });
  const { commands } = await told.emitWithAck('command:send', { deviceId: 'd5', command: 'vlc:pause' });
  const { commandId } = commands[0];
  const ended = next<Ending>(told, 'command:response', (it) => it.commandId === commandId);
  const statusNow = async () => (await server.it.call(`/commands/${commandId}`)).body.status;
  await eventually('the state is to prove it', async () => (await statusNow()) === 'verifying');
  ws.resume();
  expect(await ended).toMatchObject({ status: 'success', confirmedBy: 'state', attempts: 1 });
  expect(screen.received).toHaveLength(1);
  expect(screen.state).toBe('paused');
});
