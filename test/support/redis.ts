import { Redis } from 'ioredis';
import { onTestFinished } from 'vitest';
import { type RedisServer, runRedis } from './redis-server.ts';

export interface TestRedis extends RedisServer {
  /** For inspecting the data in tests. */
  client: Redis;
}

/** A real redis-server that ends with the test. */
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
