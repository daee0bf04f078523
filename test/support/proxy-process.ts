import { spawn } from 'node:child_process';
import { onTestFinished } from 'vitest';

export interface ProxyProcess {
  port: number;
  url: string;
}

/** Runs a proxy as a child process that ends with the test. `isReady` checks the status of `/readyz`. */
export async function startProxy(how: {
  port: number;
  command: [string, ...string[]];
  env?: Record<string, string>;
  isReady: (status: number) => boolean;
}): Promise<ProxyProcess> {
  const [program, ...args] = how.command;
  const child = spawn(program, args, { env: { ...process.env, ...how.env }, stdio: ['ignore', 'ignore', 'pipe'] });
  let stderr = '';
  child.stderr.on('data', (text) => {
    stderr += text;
  });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  const url = `http://127.0.0.1:${how.port}`;
  for (let tries = 0; ; tries++) {
    const answer = await fetch(`${url}/readyz`).catch(() => undefined);
    if (answer && how.isReady(answer.status)) return { port: how.port, url };
    if (child.exitCode !== null || tries > 1000) throw new Error(`${program} does not serve: ${stderr}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
