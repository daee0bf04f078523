import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, onTestFinished } from 'vitest';
import { freePort } from './free-port.ts';

/** The built server of the current version, in one file. */
export const MAIN = fileURLToPath(new URL('../../dist/test/server.js', import.meta.url));
/** The same as separate modules, which preloads may replace. */
const MODULES = fileURLToPath(new URL('../../dist/src/main.js', import.meta.url));
const mainFor = (nodeArgs: readonly string[]) => (nodeArgs.length === 0 ? MAIN : MODULES);

export type LogLine = { level: string; msg: string } & Record<string, unknown>;

export interface TestServer {
  url: string;
  port: number;
  dataDir: string;
  adminToken: string;
  playerToken: string;
  pid: number;
  /** All log lines so far. */
  logs: LogLine[];
  stderr(): string;
  /** Resolves with the first matching log line, past or future. */
  logged(fits: (line: LogLine) => boolean): Promise<LogLine>;
  /** Stops reading the server's output, or closes it. */
  unread(how: 'stops' | 'is gone'): void;
  /** Undefined while it runs; then its exit code, or the signal that ended it. */
  ended(): number | NodeJS.Signals | undefined;
  /** Sends the signal; resolves with the exit code (null if it was killed). */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
  /**
   * Starts another process with the same port, data and environment, and the given changes; `main`: of another version.
   */
  restart(env?: Record<string, string>, main?: string): Promise<TestServer>;
  fetch(path: string, init?: RequestInit & { token?: string }): Promise<Response>;
  /** A REST call with JSON (POST if there is a `body`). */
  call(path: string, body?: object, init?: RequestInit & { token?: string }): Promise<{ status: number; body: Body }>;
}

/** Tests read bodies without declaring their types. */
// biome-ignore lint/suspicious/noExplicitAny: the assertions define its shape
type Body = any;

/** Short times, so that tests are fast. An empty text unsets a variable. */
const ENVIRONMENT = {
  PATH: process.env.PATH ?? '',
  HOST: '127.0.0.1',
  ADMIN_TOKEN: 'test-admin-token',
  PLAYER_TOKEN: 'test-player-token',
  STATE_INTERVAL_MS: '1000',
  WATCH_INTERVAL_MS: '200',
  // Tests use `n` as a counter in states; every change of it must be material, not volatile.
  TICKING_PATHS: '!n,!list/0,!list/1/n',
  OFFLINE_GRACE_MS: '500',
  COMMAND_TIMEOUT_MS: '300',
  STREAM_INTERVAL_MS: '20',
  DRAIN_MS: '5000',
  // All clients of a test connect from the same address.
  ENROL_BURST: '100000',
  // `TRANSPORT=node npm test` tests with Node's own server instead of µWS.
  TRANSPORT: process.env.TRANSPORT ?? '',
};

type Environment = typeof ENVIRONMENT & { DATA_DIR: string; PORT: string; TLS_KEY_FILE?: string };
type CleanUp = (fn: () => Promise<void>) => void;

/** Runs the built server in a child process on a free loopback port, until the end of the test. */
export function startServer(
  env: Record<string, string> = {},
  nodeArgs: string[] = [],
  main = mainFor(nodeArgs),
): Promise<TestServer> {
  return start(env, [...nodeArgs, main], onTestFinished);
}

/** One server for all tests of a file. */
export function sharedServer(env: Record<string, string> = {}, nodeArgs: string[] = []): { readonly it: TestServer } {
  const cleaners: (() => Promise<void>)[] = [];
  let running: TestServer | undefined;
  beforeAll(async () => {
    running = await start(env, [...nodeArgs, mainFor(nodeArgs)], (fn) => cleaners.unshift(fn));
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

/** Runs the server until it exits by itself. */
export async function runServer(
  env: Record<string, string> = {},
  nodeArgs: string[] = [],
  cleanUp: CleanUp = onTestFinished,
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const { child } = await launch(env, [...nodeArgs, mainFor(nodeArgs)], cleanUp);
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

async function launch(env: Record<string, string>, program: string[], cleanUp: CleanUp) {
  const dataDir = env.DATA_DIR ?? (await mkdtemp(join(tmpdir(), 'vigia-test-')));
  if (!env.DATA_DIR) cleanUp(() => rm(dataDir, { recursive: true, force: true }));
  // It is still free when the server is restarted.
  const PORT = env.PORT ?? String(await freePort());
  const full: Environment = { ...ENVIRONMENT, PORT, DATA_DIR: dataDir, ...env };
  const child = spawn(process.execPath, program, { env: full, stdio: ['ignore', 'pipe', 'pipe'] });
  cleanUp(() => end(child, 'SIGKILL').then(() => {}));
  return { child, full, dataDir };
}

async function start(env: Record<string, string>, program: string[], cleanUp: CleanUp): Promise<TestServer> {
  const { child, full, dataDir } = await launch(env, program, cleanUp);
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
    restart: (more = {}, main = program.at(-1) as string) =>
      start({ ...full, PORT: String(port), ...more }, [...program.slice(0, -1), main], cleanUp),
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
