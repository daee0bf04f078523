import { admin, next, Replica } from './clients.ts';
import { startRedis, type TestRedis } from './redis.ts';
import { startServer, type TestServer } from './server.ts';

export interface TestCluster {
  redis: TestRedis;
  instances: TestServer[];
  /** One more instance of the same cluster. */
  join(env?: Record<string, string>): Promise<TestServer>;
}

/** Real instances on one real Redis. */
export async function startCluster(count: number, env: Record<string, string> = {}): Promise<TestCluster> {
  const redis = await startRedis();
  let number = 0;
  const join = (more: Record<string, string> = {}) =>
    startServer({ REDIS_URL: redis.url, NODE_ID: `n${++number}`, ...env, ...more });
  const instances = await Promise.all(Array.from({ length: count }, () => join()));
  return { redis, instances, join };
}

/** An admin of that instance with its own copy of the documents. */
export async function observer(server: TestServer, request?: object): Promise<Replica> {
  const socket = admin(server);
  const replica = new Replica(socket);
  await next(socket, 'connect');
  await replica.subscribe(request);
  return replica;
}
