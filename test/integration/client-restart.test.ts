import { once } from 'node:events';
import { appendFile, readFile } from 'node:fs/promises';
import { expect, onTestFinished, test, vi } from 'vitest';
import { connectPlayer, type PlayerOptions } from '../../src/client/player.ts';
import { killHard, startChild } from '../support/child.ts';
import { playerOfSecondGeneration, register } from '../support/clients.ts';
import { type Ending, operator, run } from '../support/operator.ts';
import { PATIENCE_MS } from '../support/patience.ts';
import { startProxy } from '../support/proxy.ts';
import { sharedServer } from '../support/server.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

vi.setConfig({ testTimeout: 2 * PATIENCE_MS });
const within = { timeout: PATIENCE_MS, interval: 20 };
const server = sharedServer({ OFFLINE_GRACE_MS: '60000', COMMAND_TIMEOUT_MS: '5000' });

/** A player whose process ends and is started again, as by a supervisor. */
async function restartingPlayer(deviceId: string) {
  const folder = await temporaryDirectory();
  let running: ReturnType<typeof startChild>;
  let said: string[] = [];
  const says = (text: string) => expect.poll(() => said.join('\n'), within).toContain(text);
  const start = () => {
    const { url, playerToken } = server.it;
    running = startChild('restarting-player.ts', url, playerToken, deviceId, folder);
    said = [];
    running.lines.on('line', (line) => said.push(line));
    return says('registered');
  };
  await start();
  const admin = await operator(server.it);
  return {
    start,
    says,
    cutPower: () => killHard(running.child),
    ended: () => once(running.child, 'close'),
    send: (command: string) => run(admin, { deviceId, command }, PATIENCE_MS),
    done: async () => (await readFile(`${folder}/done`, 'utf8')).trim().split('\n'),
    tear: () => appendFile(`${folder}/journals/commands.ndjson`, '{"answer":{"commandId":"x","stat'),
  };
}

test.each(['reboot', 'update'])(
  'X4, C2 a power cut in the middle of %s: it is not repeated, and the admin learns why',
  async (command) => {
    const player = await restartingPlayer(`cut-${command}`);
    const ending = player.send(command);
    await player.says('in the middle');
    await player.cutPower();
    await player.tear();
    await player.start();
    expect(await ending).toMatchObject({ status: 'timeout', message: expect.stringContaining('interrupted') });
    expect(await player.done()).toEqual([command]);
  },
);

test('X4, C2 what ends the process is answered first, and done once', async () => {
  const player = await restartingPlayer('exits');
  const ended = player.ended();
  expect(await player.send('vlc:stop')).toMatchObject({ status: 'success', attempts: 1 });
  expect(await ended).toEqual([0, null]);
  await player.start();
  // One that exits without an answer is not repeated either.
  const exited = player.ended();
  const ending = player.send('vlc:play');
  await exited;
  await player.start();
  expect(await ending).toMatchObject({ status: 'timeout', message: expect.stringContaining('interrupted') });
  expect(await player.done()).toEqual(['stop', 'play']);
});

test('X5 a refused player says why before its process ends with 77', async () => {
  const player = await restartingPlayer('refused');
  const ended = player.ended();
  await register(playerOfSecondGeneration(server.it, 'refused'), 'refused');
  expect(await ended).toEqual([77, null]);
  await player.says('session_replaced');
});

function connect(options: Partial<PlayerOptions>) {
  const player = connectPlayer({ url: server.it.url, deviceId: 'one', token: server.it.playerToken, ...options });
  onTestFinished(() => player.close());
  return player;
}

test('X4, C2 an answer that was given without a connection arrives with the next registration', async () => {
  const cable = await startProxy(server.it.port);
  const player = connect({ url: `http://127.0.0.1:${cable.port}`, deviceId: 'cable' });
  let finish = (_: string) => {};
  const begun = new Promise<void>((resolve) => {
    player.command('measure', {}, () => {
      resolve();
      return new Promise<string>((done) => {
        finish = done;
      });
    });
  });
  await player.ready();
  const ending = run(await operator(server.it), { deviceId: 'cable', command: 'measure' }, PATIENCE_MS);
  await begun;
  cable.mend();
  await expect.poll(() => player.status.link, within).toBe('connecting');
  finish('21 °C');
  expect(await ending).toMatchObject({ status: 'success', result: '21 °C', attempts: 1 });
});

test('X4, P6 a failed command has the code of its error; one that hangs ends, and the next one is carried out', async () => {
  const player = connect({ deviceId: 'fails' });
  player.command('hang', { timeoutMs: 500 }, () => new Promise(() => {}));
  player.command('fail', {}, () => {
    throw Object.assign(new Error('no such display'), { code: 'ENODEV' });
  });
  await player.ready();
  const admin = await operator(server.it);
  const send = (command: string): Promise<Ending> => run(admin, { deviceId: 'fails', command });
  const hung = await send('hang');
  expect(hung).toMatchObject({ status: 'timeout', message: expect.stringContaining('did not finish within 0.5 s') });
  const failed = await send('fail');
  expect(failed).toMatchObject({ status: 'error', code: 'ENODEV', message: 'no such display' });
  const { body } = await server.it.call(`/commands/${failed.commandId}`);
  expect(body).toMatchObject({ status: 'error', code: 'ENODEV' });
});

test('X5, P9 a refused player tries again after a long pause, if it is told to; a blocked one always does', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'], shouldAdvanceTime: true });
  onTestFinished(() => void vi.useRealTimers());
  const replaced = connect({ deviceId: 'replaced', whenRefused: 'retry' });
  const blocked = connect({ deviceId: 'blocked' });
  await Promise.all([replaced.ready(), blocked.ready()]);
  const rival = playerOfSecondGeneration(server.it, 'replaced');
  await register(rival, 'replaced');
  await server.it.call('/devices/blocked/block', {});
  await expect
    .poll(() => [replaced, blocked].map(({ status }) => [status.link, status.error?.code]), within)
    .toEqual([
      ['connecting', 'session_replaced'],
      ['connecting', 'blocked'],
    ]);
  rival.disconnect();
  await server.it.call('/devices/blocked/block', undefined, { method: 'DELETE' });
  vi.advanceTimersByTime(14_000);
  expect([replaced.status.link, blocked.status.link]).toEqual(['connecting', 'connecting']);
  vi.advanceTimersByTime(32_000);
  await Promise.all([replaced.ready(), blocked.ready()]);
});
