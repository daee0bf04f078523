import type { Logger } from 'pino';
import type { TokenChange } from '../access/shared-tokens.ts';
import { openRedis } from '../adapters/redis/redis.ts';
import { joinCluster } from '../cluster/cluster.ts';
import { Membership, type MembershipListeners } from '../cluster/membership.ts';
import type { Config } from '../config.ts';
import type { ChangeListener } from '../fleet/fleet.ts';
import type { DeviceBudgets } from '../gateway/budgets.ts';
import type { Clock } from '../ports/clock.ts';
import type { Metrics } from '../ports/metrics.ts';
import type { FleetPart } from './fleet.ts';
import type { Storage } from './storage.ts';

export type Redis = Awaited<ReturnType<typeof connectRedis>>;

/**
 * Connects to Redis, through which the instances communicate.
 * @throws RedisError
 */
export async function connectRedis(url: string, me: string, clock: Clock, log: Logger, listeners: MembershipListeners) {
  const redis = await openRedis(url, me, log);
  const membership = new Membership(me, { ...redis, clock, log, listeners });
  return { ...redis, membership, stop: () => redis.close() };
}

interface Deps {
  config: Config;
  clock: Clock;
  log: Logger;
  metrics: Metrics;
  redis: Redis;
  storage: Storage;
  fleet: FleetPart;
  changed: ChangeListener;
  budgets: DeviceBudgets;
  learnToken(change: TokenChange): void;
  reloadTokens(): Promise<void>;
  rereadFleetTokens(): Promise<void>;
}

/** This instance's membership in the cluster. */
export function clusterPart({ config, redis, storage, fleet: { fleet, ledger, intake, endings }, ...deps }: Deps) {
  const { maxDevices, rebalanceAfterMs, nodeId: node } = config;
  const { incarnations } = storage;
  const settings = { maxDevices, rebalanceAfterMs, node };
  const cluster = joinCluster({ ...deps, ...redis, incarnations, fleet, ledger, intake, endings, ...settings });
  return {
    cluster,
    start: () => cluster.start(),
    stop: () => cluster.leave(),
  };
}
