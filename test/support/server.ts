import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, onTestFinished } from 'vitest';

const MAIN = fileURLToPath(new URL('../../dist/src/main.js', import.meta.url));

export type LogLine = { level: string; msg: string } & Record<string, unknown>;

export interface TestServer {
  url: string;
  port: number;
  dataDir: string;
  adminToken: string;
  playerToken: string;
  pid: number;
  /** All lines so far. */
  logs: LogLine[];
  stderr(): string;
  /** Resolves with the first line, past or to come, that fits. */
  logged(fits: (line: LogLine) => boolean): Promise<LogLine>;
  /** Nobody reads its lines any more: whoever did stops, or is gone. */
  unread(how: 'stops' | 'is gone'): void;
  /** Undefined while it runs; then its exit code, or the signal that ended it. */
  ended(): number | NodeJS.Signals | undefined;
  /** Sends the signal and resolves with the exit code (null when killed by it). */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
  /** Another process on the same port and data, with the same environment and what is given here. */
  restart(env?: Record<string, string>): Promise<TestServer>;
  fetch(path: string, init?: RequestInit & { token?: string }): Promise<Response>;
  /** The same for REST: JSON in (`body`, by POST if there is one) and out. */
  call(path: string, body?: object, init?: RequestInit & { token?: string }): Promise<{ status: number; body: Body }>;
}

/** Tests look into a body without declaring its shape first. */
// biome-ignore lint/suspicious/noExplicitAny: what the tests expect of it says what it is
type Body = any;

/** Times are short, so that tests need not wait; an empty text unsets a variable. */
const ENVIRONMENT = {
  PATH: process.env.PATH ?? '',
  PORT: '0',
  HOST: '127.0.0.1',
  ADMIN_TOKEN: 'test-admin-token',
  PLAYER_TOKEN: 'test-player-token',
  STATE_INTERVAL_MS: '1000',
  WATCH_INTERVAL_MS: '200',
  // Tests count in their states with `n`: each is a change, and not a tick.
  TICKING_PATHS: '!n,!list/0,!list/1/n',
  OFFLINE_GRACE_MS: '500',
  COMMAND_TIMEOUT_MS: '300',
  STREAM_INTERVAL_MS: '20',
  DRAIN_MS: '5000',
  // All of a test come from one address.
  ENROL_BURST: '100000',
};

type Environment = typeof ENVIRONMENT & { DATA_DIR: string; TLS_KEY_FILE?: string };
type CleanUp = (fn: () => Promise<void>) => void;

/** The built server as a process of its own, on a free port of the loopback, gone at the end of the test. */
export function startServer(env: Record<string, string> = {}, nodeArgs: string[] = []): Promise<TestServer> {
  return start(env, nodeArgs, onTestFinished);
}

/** One server for all tests of a file. */
export function sharedServer(env: Record<string, string> = {}, nodeArgs: string[] = []): { readonly it: TestServer } {
  const cleaners: (() => Promise<void>)[] = [];
  let running: TestServer | undefined;
  beforeAll(async () => {
    running = await start(env, nodeArgs, (fn) => cleaners.unshift(fn));
  });
  afterAll(async () => {
    for (const clean of cleaners) await clean();
  });
  return {
    get it() {
      if (!running) throw new Error('the shared server runs only while tests do');
      return running;
    },
  };
}

/** Runs the server until it ends by itself. */
export async function runServer(
  env: Record<string, string> = {},
  nodeArgs: string[] = [],
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const { child } = await launch(env, nodeArgs, onTestFinished);
  let stdout = '';
  let stderr = '';
  child.stdout?.on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr?.on('data', (chunk) => {
    stderr += chunk;
  });
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { code, stdout, stderr };
}

async function launch(env: Record<string, string>, nodeArgs: string[], cleanUp: CleanUp) {
  const dataDir = env.DATA_DIR ?? (await mkdtemp(join(tmpdir(), 'vigia-test-')));
  if (!env.DATA_DIR) cleanUp(() => rm(dataDir, { recursive: true, force: true }));
  const full: Environment = { ...ENVIRONMENT, DATA_DIR: dataDir, ...env };
  const child = spawn(process.execPath, [...nodeArgs, MAIN], { env: full, stdio: ['ignore', 'pipe', 'pipe'] });
  cleanUp(() => end(child, 'SIGKILL').then(() => {}));
  return { child, full, dataDir };
}

async function start(env: Record<string, string>, nodeArgs: string[], cleanUp: CleanUp): Promise<TestServer> {
  const { child, full, dataDir } = await launch(env, nodeArgs, cleanUp);
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
      const gone = (code: number | null) =>
        reject(new Error(`the server ended (${code}) and never said that\n${stderr}`));
      const look = () => {
        const line = logs.find(fits);
        if (!line) return;
        waiting.delete(look);
        child.off('close', gone);
        resolve(line);
      };
      waiting.add(look);
      child.once('close', gone);
      look();
    });

  const { port } = (await logged((line) => line.msg === 'listening')) as unknown as { port: number };
  const call: TestServer['fetch'] = (path, { token = full.ADMIN_TOKEN, ...init } = {}) =>
    fetch(url + path, {
      ...init,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...(init.headers as object) },
    });
  const url = `${full.TLS_KEY_FILE ? 'https' : 'http'}://127.0.0.1:${port}`;
  return {
    url,
    port,
    dataDir,
    adminToken: full.ADMIN_TOKEN,
    playerToken: full.PLAYER_TOKEN,
    pid: child.pid as number,
    logs,
    logged,
    stderr: () => stderr,
    unread: (how) => void (how === 'stops' ? child.stdout.pause() : child.stdout.destroy()),
    ended: () => child.exitCode ?? child.signalCode ?? undefined,
    stop: (signal = 'SIGTERM') => end(child, signal),
    restart: (more = {}) => start({ ...full, PORT: String(port), ...more }, nodeArgs, cleanUp),
    fetch: call,
    call: async (path, body, init = {}) => {
      const given = body ? { method: 'POST', body: JSON.stringify(body) } : {};
      const answer = await call(`/api/v1${path}`, { ...given, ...init });
      const text = await answer.text();
      return { status: answer.status, body: text === '' ? undefined : JSON.parse(text) };
    },
  };
}

function end(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve(child.exitCode);
  return new Promise((resolve) => {
    child.once('exit', resolve);
    child.kill(signal);
  });
}
