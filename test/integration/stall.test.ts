import { spawn } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, it, onTestFinished } from 'vitest';
import { playerOfSecondGeneration, register } from '../support/clients.ts';
import { PATIENCE_MS } from '../support/patience.ts';
import { startServer } from '../support/server.ts';

const PLAYERS = 20;
const TIMEOUT_MS = 2000;
/** Slightly longer than the command timeout, somewhat longer, and as long as a machine in standby. */
const STALLS_MS = [2100, 2300, 3000, 4000, 12_000];

it('R11 a server that is frozen for longer than its commands’ timeouts processes the answers first, on a busy machine too, and sees no silence', async () => {
  const server = await startServer({ STATE_INTERVAL_MS: '30000' });
  const players = Array.from({ length: PLAYERS }, (_, i) =>
    playerOfSecondGeneration(server, `stall-${i}`, { transports: ['websocket'] }),
  );
  await Promise.all(players.map((player, i) => register(player, `stall-${i}`)));
  for (let i = 0; i < 3; i++) {
    const hog = spawn(process.execPath, ['-e', 'for (;;);']);
    onTestFinished(() => void hog.kill('SIGKILL'));
  }
  for (const stallMs of STALLS_MS) {
    const held = players.map(
      (player) =>
        new Promise<string>((resolve) => player.once('player:command', ({ commandId }) => resolve(commandId))),
    );
    const { body } = await server.call('/commands', {
      deviceIds: players.map((_, i) => `stall-${i}`),
      command: 'vlc:play',
      timeoutMs: TIMEOUT_MS,
      retries: 0,
    });
    const ids = await Promise.all(held);
    process.kill(server.pid, 'SIGSTOP');
    for (const [i, player] of players.entries()) {
      player.emit('player:command:response', { commandId: ids[i], status: 'success' });
    }
    await delay(stallMs);
    process.kill(server.pid, 'SIGCONT');
    const status = async ({ commandId }: { commandId: string }) =>
      (await server.call(`/commands/${commandId}`)).body.status;
    const statuses = async () => [stallMs, ...new Set(await Promise.all(body.commands.map(status)))];
    // Polls once a second, because the requests of a token are limited.
    await expect.poll(statuses, { timeout: PATIENCE_MS, interval: 1000 }).toEqual([stallMs, 'success']);
  }
  expect(players.every(({ connected }) => connected)).toBe(true);
}, 120_000);
