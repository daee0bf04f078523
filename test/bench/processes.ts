import { type ChildProcess, fork } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Database from 'libsql';
import type { Count, LoadOptions, Lost, Order } from './load.ts';

export type TargetName = 'floor' | 'rest-floor' | 'naive' | 'vigia';
export const tokens = { adminToken: 'bench-admin-token', playerToken: 'bench-player-token' };

export interface Target {
  name: TargetName;
  url: string;
  pid: number;
  /** Longest stall of its event loop since the last call, in ms; the first call starts the measurement. */
  worstStall(): Promise<number>;
  /** Reports processed so far, by its own count. */
  processed(): Promise<number>;
  /** Reports superseded by newer ones. */
  overtaken(): Promise<number>;
  /** With `turns.mjs` loaded: the longer iterations of the event loop since `begin`. */
  turns(what: 'begin' | 'end'): Promise<Turn[]>;
  /** With `profiler.mjs` loaded: profiles the main thread during `run` into the file. */
  profiled<T>(file: string, run: () => Promise<T>): Promise<T>;
  /** Size of its DATA_DIR; 0 if it stores nothing. */
  bytesOnDisk(): number;
  stop(): Promise<void>;
}

/** One iteration of the event loop; start, end and shares in ms. */
export interface Turn {
  from: number;
  to: number;
  /** Waiting for a CPU. */
  waited: number;
  database: number;
  garbage: number;
}

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const TSX = ['--import', 'tsx'];
const STALL = ['--import', here('./stall.mjs')];
/** Node flags required by `Target.profiled`. */
export const PROFILER = ['--import', here('./profiler.mjs')];

/** @param nodeArgs further Node flags, for profiling or tuning */
export async function startTarget(
  name: TargetName,
  nodeArgs: string[] = [],
  env: Record<string, string> = {},
): Promise<Target> {
  if (name === 'vigia') return startVigia(nodeArgs, env);
  const child = fork(here(`./targets/${name}.ts`), {
    execArgv: [...TSX, ...STALL, ...nodeArgs],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    env: { ...process.env, ...env },
  });
  const { port } = await message<{ port: number }>(child);
  return target(name, child, port, undefined, () => end(child));
}

/** The built server as shipped, with everything enabled. */
export async function startVigia(nodeArgs: string[] = [], env: Record<string, string> = {}): Promise<Target> {
  const dataDir = mkdtempSync(join(tmpdir(), 'vigia-bench-'));
  const child = fork(here('../../dist/src/main.js'), {
    execArgv: [...STALL, ...nodeArgs],
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    env: {
      ...process.env,
      PORT: '0',
      HOST: '127.0.0.1',
      DATA_DIR: dataDir,
      ADMIN_TOKEN: tokens.adminToken,
      PLAYER_TOKEN: tokens.playerToken,
      // All devices connect from the same address.
      ENROL_BURST: '1000000',
      ...env,
    },
  });
  const port = await new Promise<number>((resolve, reject) => {
    let text = '';
    const ended = (code: number | null) => reject(new Error(`vigia did not start (${code}): ${text}`));
    const look = (chunk: Buffer) => {
      text += chunk;
      const found = /"port":(\d+)/.exec(text);
      if (!found) return;
      child.off('exit', ended);
      child.stdout?.off('data', look);
      child.stdout?.resume();
      resolve(Number(found[1]));
    };
    child.once('exit', ended);
    child.stdout?.on('data', look);
  });
  return target('vigia', child, port, dataDir, async () => {
    await end(child);
    rmSync(dataDir, { recursive: true, force: true });
  });
}

function target(
  name: TargetName,
  child: ChildProcess,
  port: number,
  dataDir: string | undefined,
  stop: () => Promise<void>,
): Target {
  const figure = async (metric: string) => {
    const metrics = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    return Number(new RegExp(`^${metric} (\\d+)`, 'm').exec(metrics)?.[1]);
  };
  return {
    name,
    url: `http://127.0.0.1:${port}`,
    pid: child.pid as number,
    worstStall: async () => {
      child.send('stall?');
      return (await message<{ stallMillis: number }>(child)).stallMillis;
    },
    overtaken: async () => (name === 'vigia' ? figure('vigia_reports_overtaken_total') : 0),
    processed: async () => {
      if (name === 'vigia') return figure('vigia_reports_total');
      child.send('reports?');
      return (await message<{ reports: number }>(child)).reports;
    },
    turns: async (what) => {
      child.send(`turns: ${what}`);
      return (await message<{ turns?: Turn[] }>(child)).turns ?? [];
    },
    profiled: async (file, run) => {
      child.send('profile: begin');
      await message(child);
      const result = await run();
      child.send(`profile: end ${file}`);
      await message(child);
      return result;
    },
    bytesOnDisk: () => (dataDir ? bytesIn(dataDir) : 0),
    stop,
  };
}

export interface RunningLoad {
  pid: number;
  count(): Promise<Count>;
  /** Time until all devices are online again, in ms. */
  storm(): Promise<number>;
  lost(): Promise<Lost>;
  /** Round trip times, in ms. */
  command(times: number): Promise<number[]>;
  stop(): Promise<void>;
}

export async function startLoad(options: LoadOptions): Promise<RunningLoad> {
  const child = fork(here('./load.ts'), { execArgv: TSX, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const ask = <T>(order: Order) => {
    child.send(order);
    return message<T>(child);
  };
  await ask({ do: 'start', options });
  return {
    pid: child.pid as number,
    count: () => ask<Count>({ do: 'count' }),
    storm: () => ask<number>({ do: 'storm' }),
    lost: () => ask<Lost>({ do: 'lost' }),
    command: (times) => ask<number[]>({ do: 'command', times }),
    stop: async () => {
      child.send({ do: 'stop' } satisfies Order);
      await end(child, false);
    },
  };
}

/** CPU time of all threads (µs) and resident memory (bytes) of a process, as accounted by the kernel. */
export function usage(pid: number): { cpuMicros: number; rss: number } {
  const threads = readdirSync(`/proc/${pid}/task`);
  const nanos = threads.map((id) => Number(readFileSync(`/proc/${pid}/task/${id}/schedstat`, 'utf8').split(' ')[0]));
  const pages = Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]);
  return { cpuMicros: nanos.reduce((sum, it) => sum + it, 0) / 1000, rss: pages * 4096 };
}

/**
 * The length of SQLite's log changes in large steps, so it is counted by the pages that are in the database with it.
 */
function bytesIn(dataDir: string): number {
  let bytes = 0;
  for (const file of readdirSync(dataDir, { recursive: true, withFileTypes: true })) {
    const path = join(file.parentPath, file.name);
    if (!file.isFile() || /-(wal|shm)$/.test(path)) continue;
    bytes += path.endsWith('.db') ? bytesInPages(path) : statSync(path).size;
  }
  return bytes;
}

function bytesInPages(path: string): number {
  const database = new Database(path, { readonly: true });
  const pages = database
    .prepare(
      'select (page_count - freelist_count) * page_size as bytes from pragma_page_count, pragma_freelist_count, pragma_page_size',
    )
    .get() as { bytes: number };
  database.close();
  return pages.bytes;
}

/** The limit of open files (connections) of a process. Node raises its soft limit to this one. */
export function maxOpenFiles(): number {
  const limit = /Max open files\s+\S+\s+(\S+)/.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1];
  return limit === 'unlimited' ? Number.POSITIVE_INFINITY : Number(limit);
}

/** Suspends processes that are not being measured. */
export const suspend = (pids: readonly number[]) => pids.forEach((pid) => void process.kill(pid, 'SIGSTOP'));
export const resume = (pids: readonly number[]) => pids.forEach((pid) => void process.kill(pid, 'SIGCONT'));

export const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2
    ? (sorted[middle] as number)
    : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2;
}

function message<T>(child: ChildProcess): Promise<T> {
  return new Promise((resolve, reject) => {
    const ended = (code: number | null) => reject(new Error(`a process of the benchmark ended (${code})`));
    child.once('message', (it) => {
      child.off('exit', ended);
      resolve(it as T);
    });
    child.once('exit', ended);
  });
}

function end(child: ChildProcess, kill = true): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) return resolve();
    child.once('exit', () => resolve());
    if (kill) child.kill('SIGTERM');
  });
}
