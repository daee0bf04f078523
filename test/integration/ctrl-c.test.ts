import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { io } from 'socket.io-client';
import { expect, it, onTestFinished } from 'vitest';
import { freePort } from '../support/free-port.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const PLAYER_TOKEN = 'test-player-token';

/**
 * A command on a terminal of its own, which `script` makes: Ctrl-C reaches all of its processes, as at a desk.
 * `exec`, and a shell that is named: one that waits for npm would answer with its own 130, and which one $SHELL names is the machine's affair.
 */
async function onTerminal(command: string) {
  const port = await freePort();
  const child = spawn('script', ['-qefc', `exec ${command}`, '/dev/null'], {
    cwd: ROOT,
    env: {
      ...process.env,
      SHELL: '/bin/sh',
      PORT: String(port),
      HOST: '127.0.0.1',
      DATA_DIR: await temporaryDirectory(),
      PLAYER_TOKEN,
    },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = once(child, 'close').then(([code]) => code as number | null);
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  let shown = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    shown += text;
  });
  const url = `http://127.0.0.1:${port}`;
  const isReady = () =>
    fetch(`${url}/readyz`).then(
      ({ status }) => status === 200,
      () => false,
    );
  return { url, isReady, shown: () => shown, ended, press: (key: string) => child.stdin.write(key) };
}

const CTRL_C = '\x03';

it.each(['npm start', 'npm run demo'])(
  'R1 Ctrl-C under `%s`, with players connected, exits with 0',
  async (command) => {
    const terminal = await onTerminal(command);
    await expect.poll(terminal.isReady, { timeout: 30_000 }).toBe(true);
    if (command === 'npm run demo') await expect.poll(terminal.shown, { timeout: 30_000 }).toContain('Ctrl-C stops');
    const player = io(terminal.url, { auth: { deviceId: 'screen', authToken: PLAYER_TOKEN } });
    onTestFinished(() => void player.disconnect());
    const lost = new Promise((resolve) => player.once('disconnect', resolve));
    await new Promise<void>((resolve) => player.once('connect', resolve));
    terminal.press(CTRL_C);
    expect(await terminal.ended, terminal.shown()).toBe(0);
    expect(await lost).toMatch(/^transport (close|error)$/);
    expect(await terminal.isReady()).toBe(false);
  },
);
