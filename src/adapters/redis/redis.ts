import type { createAdapter } from '@socket.io/redis-adapter';
import type { Redis } from 'ioredis';
import type { Logger } from 'pino';
import type { Bus } from '../../ports/bus.ts';
import type { Registry } from '../../ports/registry.ts';
import { createBus } from './bus.ts';
import { createRegistry } from './registry.ts';

export interface RedisConnections {
  registry: Registry;
  bus: Bus;
  /** Socket.IO's adapter for broadcasts to all instances. */
  adapter: ReturnType<typeof createAdapter>;
  close(): void;
}

/** Redis is unavailable, so the cluster cannot be joined. The message never contains the password. */
export class RedisError extends Error {
  override name = 'RedisError';
}

const START_PATIENCE_MS = 30_000;

/** @throws RedisError if Redis stays unavailable for half a minute */
export async function openRedis(url: string, me: string, log: Logger): Promise<RedisConnections> {
  // Imported on demand: an instance without a cluster does not need them.
  const [{ createAdapter }, { connect, isUp }] = await Promise.all([
    import('@socket.io/redis-adapter'),
    import('./connect.ts'),
  ]);
  const commands = connect(url, log, 'commands');
  const subscriber = connect(url, log, 'subscriber');
  // A separate connection for Socket.IO, so that it does not wait for our calls.
  const broadcasts = connect(url, log, 'broadcasts');
  const all = [commands, subscriber, broadcasts];
  try {
    await Promise.all(all.map((it) => isUp(it, START_PATIENCE_MS)));
    const bus = await createBus({ publisher: commands, subscriber, me, log });
    return {
      registry: createRegistry(commands, me),
      bus,
      adapter: createAdapter(careful(commands), broadcasts, {
        key: '{vigia}:socket.io',
        publishOnSpecificResponseChannel: true,
      }),
      close: () => {
        for (const it of all) it.disconnect();
      },
    };
  } catch (error) {
    for (const it of all) it.disconnect();
    const { hostname, port } = new URL(url);
    throw new RedisError(
      `REDIS_URL: no response from Redis at ${hostname}:${port || 6379} (${(error as Error).message}).`,
    );
  }
}

/** The adapter's publisher; the adapter does not handle errors itself. */
const careful = (redis: Redis) => ({
  publish: (channel: string, message: string | Buffer) => redis.publish(channel, message).catch(() => 0),
  on: redis.on.bind(redis),
  off: redis.off.bind(redis),
});
