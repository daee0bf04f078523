import { Redis } from 'ioredis';
import { onTestFinished } from 'vitest';
import { type RedisServer, runRedis } from './redis-server.ts';

export interface TestRedis extends RedisServer {
  /** For the test's own look at what is there. */
  client: Redis;
}

/** A real redis-server of the test's own, gone at its end. */
export async function startRedis(): Promise<TestRedis> {
  const server = await runRedis();
  const client = new Redis(server.url, { lazyConnect: true, retryStrategy: () => 100 });
  client.on('error', () => {});
  onTestFinished(async () => {
    client.disconnect();
    await server.remove();
  });
  return { ...server, client };
}
