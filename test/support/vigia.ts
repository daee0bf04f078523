import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

const BIN = fileURLToPath(new URL('../../bin/vigia.js', import.meta.url));

export interface Ran {
  code: number | null;
  stdout: string;
  stderr: string;
  /** Parses the output of `--json`: one value per line. */
  // biome-ignore lint/suspicious/noExplicitAny: the assertions define its shape
  lines(): any[];
}

/** A server and its admin token. */
interface Whom {
  url: string;
  adminToken: string;
}

/** Runs the `vigia` command in a child process with only the given environment. */
export function startVigia(
  env: Record<string, string>,
  args: readonly string[],
): { child: ChildProcess; ran: Promise<Ran> } {
  return started(process.execPath, [BIN, ...args], env);
}

/** Runs it on a terminal, created by `script`; all output is on `stdout`. */
export function vigiaOnTerminal({ url, adminToken }: Whom, ...args: string[]): Promise<Ran> {
  const line = [process.execPath, BIN, ...args].map((it) => `'${it}'`).join(' ');
  return started('script', ['-qefc', line, '/dev/null'], { VIGIA_URL: url, VIGIA_TOKEN: adminToken }).ran;
}

function started(program: string, args: readonly string[], env: Record<string, string>) {
  const child = spawn(program, args, {
    env: { PATH: process.env.PATH ?? '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  const ran = new Promise<Ran>((resolve) => {
    child.once('close', (code) => {
      const lines = () =>
        stdout
          .split('\n')
          .filter(Boolean)
          .map((line) => JSON.parse(line));
      resolve({ code, stdout, stderr, lines });
    });
  });
  return { child, ran };
}

/** Runs it against a server, with the admin token. */
export function vigia({ url, adminToken }: Whom, ...args: string[]): Promise<Ran> {
  return startVigia({ VIGIA_URL: url, VIGIA_TOKEN: adminToken }, args).ran;
}
