import { type ChildProcess, fork } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Count, LoadOptions, Order, Storm } from './load.ts';

export type TargetName = 'floor' | 'naive' | 'vigia';
export const tokens = { adminToken: 'bench-admin-token', playerToken: 'bench-player-token' };

export interface Target {
  name: TargetName;
  url: string;
  pid: number;
  stop(): Promise<void>;
}

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const TSX = ['--import', 'tsx'];

export async function startTarget(
  name: TargetName,
  env: Record<string, string> = {},
  nodeArgs: string[] = [],
): Promise<Target> {
  if (name === 'vigia') return startVigia(env, nodeArgs);
  const child = fork(here(`./targets/${name}.ts`), {
    execArgv: [...TSX, ...nodeArgs],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const { port } = await message<{ port: number }>(child);
  return { name, url: `http://127.0.0.1:${port}`, pid: child.pid as number, stop: () => end(child) };
}

async function startVigia(env: Record<string, string>, nodeArgs: string[]): Promise<Target> {
  const dataDir = mkdtempSync(join(tmpdir(), 'vigia-bench-'));
  const child = fork(here('../../dist/src/main.js'), {
    execArgv: nodeArgs,
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    env: {
      ...process.env,
      PORT: '0',
      HOST: '127.0.0.1',
      DATA_DIR: dataDir,
      ADMIN_TOKEN: tokens.adminToken,
      PLAYER_TOKEN: tokens.playerToken,
      ...env,
    },
  });
  const port = await new Promise<number>((resolve) => {
    let text = '';
    const look = (chunk: Buffer) => {
      text += chunk;
      const found = /"port":(\d+)/.exec(text);
      if (!found) return;
      child.stdout?.off('data', look);
      child.stdout?.resume();
      resolve(Number(found[1]));
    };
    child.stdout?.on('data', look);
  });
  const stop = async () => {
    await end(child);
    rmSync(dataDir, { recursive: true, force: true });
  };
  return { name: 'vigia', url: `http://127.0.0.1:${port}`, pid: child.pid as number, stop };
}

export interface RunningLoad {
  count(): Promise<Count>;
  storm(): Promise<Storm>;
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
    count: () => ask<Count>({ do: 'count' }),
    storm: () => ask<Storm>({ do: 'storm' }),
    command: (times) => ask<number[]>({ do: 'command', times }),
    stop: async () => {
      child.send({ do: 'stop' } satisfies Order);
      await end(child, false);
    },
  };
}

/** What the kernel says of a process: CPU time in microseconds, resident memory in bytes. */
export function usage(pid: number): { cpuMicros: number; rss: number } {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const ticks = Number(fields[11]) + Number(fields[12]);
  return { cpuMicros: ticks * 10_000, rss: Number(fields[21]) * 4096 };
}

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
    child.once('message', (it) => resolve(it as T));
    child.once('exit', (code) => reject(new Error(`a process of the benchmark ended (${code})`)));
  });
}

function end(child: ChildProcess, kill = true): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) return resolve();
    child.once('exit', () => resolve());
    if (kill) child.kill('SIGTERM');
  });
}
