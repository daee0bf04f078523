import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { freePort } from './free-port.ts';

const NOBODY = 65_534;
const PASSWORD = 'test-vlc-password';

export interface TestVlc {
  url: string;
  password: string;
  snapshotDir: string;
  /** VLC's state, requested without the player. */
  status(): Promise<{ state: string; fullscreen: boolean }>;
}

/**
 * A real VLC with its HTTP interface on a virtual display, stopped, with a video in its playlist. It ends with the
 * test.
 */
export async function startVlc(): Promise<TestVlc> {
  const home = await mkdtemp(join(tmpdir(), 'vigia-vlc-'));
  onTestFinished(() => rm(home, { recursive: true, force: true, maxRetries: 5 }));
  const film = join(home, 'film.y4m');
  const snapshotDir = join(home, 'shots');
  await Promise.all([writeFile(film, drawFilm()), mkdir(snapshotDir)]);
  // VLC refuses to run as root.
  const user = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};
  await Promise.all([chmod(home, 0o755), chmod(snapshotDir, 0o777)]);

  const display = run('Xvfb', ['-displayfd', '3', '-screen', '0', '640x480x24', '-nolisten', 'tcp'], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
  });
  const [number] = await once(display.stdio[3] as NodeJS.ReadableStream, 'data');
  const port = await freePort();
  const http = ['--http-host', '127.0.0.1', '--http-port', `${port}`, '--http-password', PASSWORD];
  const pictures = ['--snapshot-path', snapshotDir, '--snapshot-format', 'png', '--no-snapshot-preview'];
  const quiet = ['--no-audio', '--no-video-title-show', '--no-playlist-autostart', '--loop'];
  run('vlc', ['--intf', 'http', ...http, ...pictures, ...quiet, film], {
    ...user,
    stdio: 'ignore',
    env: { PATH: process.env.PATH ?? '', HOME: home, DISPLAY: `:${String(number).trim()}` },
  });

  const url = `http://127.0.0.1:${port}`;
  const authorization = `Basic ${Buffer.from(`:${PASSWORD}`).toString('base64')}`;
  const status = async () => {
    const answer = await fetch(`${url}/requests/status.json`, { headers: { authorization } });
    const { state, fullscreen } = (await answer.json()) as { state: string; fullscreen: unknown };
    return { state, fullscreen: Boolean(fullscreen) };
  };
  for (const until = Date.now() + 60_000; ; await new Promise((resolve) => setTimeout(resolve, 100))) {
    const now = await status().catch(() => undefined);
    if (now) break;
    if (Date.now() > until) throw new Error('VLC does not start');
  }
  return { url, password: PASSWORD, snapshotDir, status };
}

function run(program: string, args: string[], options: object): ChildProcess {
  const child = spawn(program, args, options);
  onTestFinished(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  });
  return child;
}

/** Half a minute of changing colors, uncompressed: small, and supported by every VLC. */
function drawFilm(): Buffer {
  const [width, height, frames] = [160, 90, 150];
  const parts = [Buffer.from(`YUV4MPEG2 W${width} H${height} F5:1 Ip A1:1 C420jpeg\n`)];
  for (let i = 0; i < frames; i++) {
    const colour = (value: number) => Buffer.alloc((width * height) / 4, value);
    parts.push(Buffer.from('FRAME\n'), Buffer.alloc(width * height, 40 + i), colour(50 + i), colour(200 - i));
  }
  return Buffer.concat(parts);
}
