import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface, type Interface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

/** Runs a program of this directory in a child process that ends with the test. */
export function startChild(program: string, ...args: string[]): { child: ChildProcess; lines: Interface } {
  const path = fileURLToPath(new URL(program, import.meta.url));
  const child = spawn(process.execPath, ['--import', 'tsx', path, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  return { child, lines: createInterface({ input: child.stdout as NodeJS.ReadableStream }) };
}

/** Ends the process as SIGKILL does: no handler runs, nothing is flushed. */
export async function killHard(child: ChildProcess): Promise<void> {
  const ended = once(child, 'close');
  child.kill('SIGKILL');
  await ended;
}
