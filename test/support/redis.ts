import { type ChildProcess, spawn } from 'node:child_process';
import { Redis } from 'ioredis';
import { onTestFinished } from 'vitest';
import { freePort } from './free-port.ts';
import { temporaryDirectory } from './temporary-directory.ts';

export interface TestRedis {
  url: string;
  port: number;
  /** For the test's own look at what is there. */
  client: Redis;
  signal(signal: NodeJS.Signals): void;
  /** Kills it, and starts an empty one at the same address. */
  restart(): Promise<void>;
  kill(): Promise<void>;
}

/** A real redis-server of the test's own, on a free port of the loopback; it keeps nothing. */
export async function startRedis(): Promise<TestRedis> {
  const port = await freePort();
  const directory = await temporaryDirectory();
  let child: ChildProcess;
  const start = async () => {
    child = spawn('redis-server', ['--port', `${port}`, '--bind', '127.0.0.1', '--save', '', '--dir', directory], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await new Promise<void>((resolve, reject) => {
      child.once('error', (error) => reject(new Error(`redis-server does not start: ${error.message}`)));
      child.once('exit', (code) => reject(new Error(`redis-server ended (${code})`)));
      child.stdout?.on('data', (text) => /Ready to accept connections/.test(String(text)) && resolve());
    });
  };
  const kill = () =>
    new Promise<void>((resolve) => {
      if (child.exitCode !== null || child.signalCode !== null) return resolve();
      child.once('exit', () => resolve());
      child.kill('SIGKILL');
    });
  await start();
  const url = `redis://127.0.0.1:${port}`;
  const client = new Redis(url, { lazyConnect: true, retryStrategy: () => 100 });
  client.on('error', () => {});
  onTestFinished(async () => {
    client.disconnect();
    await kill();
  });
  return {
    url,
    port,
    client,
    signal: (signal) => void child.kill(signal),
    async restart() {
      await kill();
      await start();
    },
    kill,
  };
}
