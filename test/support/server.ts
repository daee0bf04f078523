import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

const MAIN = fileURLToPath(new URL('../../dist/src/main.js', import.meta.url));

export type LogLine = { level: string; msg: string } & Record<string, unknown>;

export interface TestServer {
  url: string;
  dataDir: string;
  adminToken: string;
  playerToken: string;
  pid: number;
  /** All lines so far. */
  logs: LogLine[];
  stderr(): string;
  /** Resolves with the first line, past or to come, that fits. */
  logged(fits: (line: LogLine) => boolean): Promise<LogLine>;
  /** Sends the signal and resolves with the exit code (null when killed by it). */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
  /** Another process on the same port and data, with the same environment and what is given here. */
  restart(env?: Record<string, string>): Promise<TestServer>;
  fetch(path: string, init?: RequestInit & { token?: string }): Promise<Response>;
}

/**
 * The built server as a process of its own, on a free port of the loopback, gone at the end of the test.
 * Times are short by default, so that tests need not wait.
 */
export async function startServer(env: Record<string, string> = {}, nodeArgs: string[] = []): Promise<TestServer> {
  const dataDir = env.DATA_DIR ?? (await mkdtemp(join(tmpdir(), 'vigia-test-')));
  if (!env.DATA_DIR) onTestFinished(() => rm(dataDir, { recursive: true, force: true }));
  const full = {
    PATH: process.env.PATH ?? '',
    PORT: '0',
    HOST: '127.0.0.1',
    DATA_DIR: dataDir,
    ADMIN_TOKEN: 'test-admin-token',
    PLAYER_TOKEN: 'test-player-token',
    STATE_INTERVAL_MS: '1000',
    WATCH_INTERVAL_MS: '200',
    OFFLINE_GRACE_MS: '500',
    COMMAND_TIMEOUT_MS: '300',
    STREAM_INTERVAL_MS: '20',
    DRAIN_MS: '5000',
    ...env,
  };
  const child = spawn(process.execPath, [...nodeArgs, MAIN], { env: full, stdio: ['ignore', 'pipe', 'pipe'] });
  onTestFinished(() => end(child, 'SIGKILL').then(() => {}));

  const logs: LogLine[] = [];
  const waiting = new Set<() => void>();
  let stderr = '';
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  createInterface({ input: child.stdout }).on('line', (line) => {
    try {
      logs.push(JSON.parse(line));
    } catch {
      logs.push({ level: 'text', msg: line });
    }
    for (const look of waiting) look();
  });
  const logged = (fits: (line: LogLine) => boolean) =>
    new Promise<LogLine>((resolve, reject) => {
      const look = () => {
        const line = logs.find(fits);
        if (!line) return;
        waiting.delete(look);
        resolve(line);
      };
      waiting.add(look);
      child.once('exit', (code) => reject(new Error(`the server ended (${code}) before it logged that\n${stderr}`)));
      look();
    });

  const { port } = (await logged((line) => line.msg === 'listening')) as unknown as { port: number };
  const url = `http://127.0.0.1:${port}`;
  return {
    url,
    dataDir,
    adminToken: full.ADMIN_TOKEN,
    playerToken: full.PLAYER_TOKEN,
    pid: child.pid as number,
    logs,
    logged,
    stderr: () => stderr,
    stop: (signal = 'SIGTERM') => end(child, signal),
    restart: (more = {}) => startServer({ ...full, PORT: String(port), ...more }, nodeArgs),
    fetch: (path, { token = full.ADMIN_TOKEN, ...init } = {}) =>
      fetch(url + path, {
        ...init,
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...(init.headers as object) },
      }),
  };
}

function end(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve(child.exitCode);
  return new Promise((resolve) => {
    child.once('exit', resolve);
    child.kill(signal);
  });
}
