import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { freePort } from '../../src/cli/free-port.ts';
import type { TestServer } from './server.ts';

const CONFIGURATION = fileURLToPath(new URL('../../deploy/haproxy.cfg', import.meta.url));

/** The address that players and admins use: a real HAProxy with the project's own configuration. */
export async function startBalancer(instances: readonly TestServer[]): Promise<TestServer> {
  const port = await freePort();
  const addresses = instances.map((it, i) => [`VIGIA_N${i + 1}`, `127.0.0.1:${it.port}`]);
  const child = spawn('haproxy', ['-db', '-f', CONFIGURATION], {
    env: { ...process.env, VIGIA_BIND: `127.0.0.1:${port}`, ...Object.fromEntries(addresses) },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let stderr = '';
  child.stderr.on('data', (text) => {
    stderr += text;
  });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  const url = `http://127.0.0.1:${port}`;
  for (let tries = 0; ; tries++) {
    const answer = await fetch(`${url}/readyz`).catch(() => undefined);
    if (answer?.status === 200) break;
    if (child.exitCode !== null || tries > 200) throw new Error(`haproxy does not serve: ${stderr}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return { ...(instances[0] as TestServer), url, port };
}
