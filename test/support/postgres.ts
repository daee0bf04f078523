import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chown, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import pg from 'pg';
import { freePort } from './free-port.ts';

/** A real PostgreSQL server on a free loopback port. */
export interface TestPostgres {
  readonly port: number;
  /** The URL of the default database. */
  readonly url: string;
  /** Creates an empty database and returns its URL. */
  createDatabase(): Promise<string>;
  /** `fast` ends all sessions; `immediate` is a crash, followed by a recovery at the next start. */
  stop(mode?: 'fast' | 'immediate'): Promise<void>;
  /** Starts it again, with the same port and data. */
  start(): Promise<void>;
  /** Suspends the server until `resume`; connections stay open. */
  pause(): Promise<void>;
  resume(): Promise<void>;
  /** Stops the server and removes its data. */
  remove(): Promise<void>;
}

const run = promisify(execFile);
const USER = 'vigia';
/** No output of the server may contain it. */
export const POSTGRES_PASSWORD = 'correct-horse-battery';
const START_WITHIN_MS = 60_000;

/** `durable`: with fsync, as in production; without it, everything is much faster. */
export async function startPostgres({ durable = false } = {}): Promise<TestPostgres> {
  const bin = await binaries();
  const owner = unprivileged();
  const home = await mkdtemp(join(tmpdir(), 'vigia-postgres-'));
  const data = join(home, 'data');
  const passwordFile = join(home, 'password');
  await writeFile(passwordFile, POSTGRES_PASSWORD);
  if (owner) for (const path of [home, passwordFile]) await chown(path, owner.uid, owner.gid);
  const initdb = [
    '-D',
    data,
    '-U',
    USER,
    `--pwfile=${passwordFile}`,
    '-A',
    'scram-sha-256',
    '-E',
    'UTF8',
    '--no-locale',
  ];
  await run(join(bin, 'initdb'), [...initdb, '--no-sync'], { ...owner, cwd: home });

  const port = await freePort();
  const settings = {
    port: String(port),
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    shared_buffers: '32MB',
    // For all test files that run concurrently.
    max_connections: '500',
    ...(durable ? {} : { fsync: 'off', full_page_writes: 'off', synchronous_commit: 'off' }),
  };
  const args = ['-D', data, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])];
  const url = (database: string) => `postgres://${USER}:${POSTGRES_PASSWORD}@127.0.0.1:${port}/${database}`;

  let server: ChildProcess | undefined;
  const kill = () => server?.kill('SIGKILL');

  async function start(): Promise<void> {
    server = spawn(join(bin, 'postgres'), args, { ...owner, cwd: home, stdio: 'ignore' });
    process.once('exit', kill);
    for (const until = Date.now() + START_WITHIN_MS; ; await delay(50)) {
      try {
        return await query(url('postgres'), 'select 1');
      } catch (error) {
        if (Date.now() > until || server.exitCode !== null) throw error;
      }
    }
  }

  async function stop(mode: 'fast' | 'immediate' = 'fast'): Promise<void> {
    const ending = server;
    server = undefined;
    process.off('exit', kill);
    if (!ending || ending.exitCode !== null || ending.signalCode !== null) return;
    const ended = once(ending, 'exit');
    ending.kill(mode === 'fast' ? 'SIGINT' : 'SIGQUIT');
    await ended;
  }

  async function pause(): Promise<void> {
    const postmaster = server?.pid as number;
    process.kill(postmaster, 'SIGSTOP');
    // A busy machine delays the signal. A child that is forked meanwhile would be missed, and would serve on.
    while (server?.exitCode === null && (await statusOf(postmaster))?.state !== 'T') await delay(5);
    await signalChildren(postmaster, 'SIGSTOP');
  }

  async function resume(): Promise<void> {
    const postmaster = server?.pid as number;
    await signalChildren(postmaster, 'SIGCONT');
    process.kill(postmaster, 'SIGCONT');
  }

  await start();
  return {
    port,
    url: url('postgres'),
    createDatabase: () => createDatabase(url('postgres')),
    stop,
    start,
    pause,
    resume,
    async remove() {
      if (server?.pid !== undefined) await resume().catch(() => {});
      await stop('immediate');
      await rm(home, { recursive: true, force: true });
    },
  };
}

/** Creates an empty database on the server of that URL. */
export async function createDatabase(on: string): Promise<string> {
  const name = `t_${randomBytes(6).toString('hex')}`;
  await query(on, `create database ${name}`);
  return new URL(name, on).href;
}

async function query(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 20_000 });
  client.on('error', () => {});
  try {
    await client.connect();
    await client.query(sql);
  } finally {
    await client.end().catch(() => {});
  }
}

/** Debian installs each version's programs in a directory of its own; use the newest. */
async function binaries(): Promise<string> {
  const base = '/usr/lib/postgresql';
  const versions = (await readdir(base).catch(() => [])).map(Number).sort((a, b) => b - a);
  if (versions[0] === undefined) throw new Error(`PostgreSQL is not installed: nothing in ${base}.`);
  return join(base, String(versions[0]), 'bin');
}

/** PostgreSQL refuses to run as root. */
function unprivileged(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const idOf = (flag: string) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
  return { uid: idOf('-u'), gid: idOf('-g') };
}

async function signalChildren(parent: number, signal: NodeJS.Signals): Promise<void> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const statuses = await Promise.all(pids.map(statusOf));
  for (const [i, pid] of pids.entries()) {
    if (statuses[i]?.parent !== parent) continue;
    try {
      process.kill(pid, signal);
    } catch {
      // It has ended meanwhile.
    }
  }
}

async function statusOf(pid: number): Promise<{ state: string; parent: number } | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  // pid (name) state parent …
  const [state, parent] = stat.split(') ')[1]?.split(' ') ?? [];
  return state === undefined ? undefined : { state, parent: Number(parent) };
}
