import { Redis } from 'ioredis';
import type { Logger } from 'pino';

/** Longer than any call to a responsive Redis. */
const CALL_TIMEOUT_MS = 1500;
const MAX_RETRY_MS = 500;

/**
 * A connection that reconnects automatically and never blocks callers: while it is down, calls fail at once; if Redis
 * hangs, they time out.
 */
export function connect(url: string, log: Logger, name: string): Redis {
  const redis = new Redis(url, {
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    commandTimeout: CALL_TIMEOUT_MS,
    connectTimeout: 3000,
    retryStrategy: (attempt) => Math.min(50 * attempt, MAX_RETRY_MS),
  });
  let away = false;
  redis.on('error', (error) => {
    if (!away) log.warn({ name, err: error }, 'redis is unavailable; reconnecting');
    away = true;
  });
  redis.on('ready', () => {
    if (away) log.info({ name }, 'redis is available again');
    away = false;
  });
  return redis;
}

/**
 * Resolves once the connection is up.
 * @throws the last connection error, after `withinMs`
 */
export function isUp(redis: Redis, withinMs: number): Promise<void> {
  if (redis.status === 'ready') return Promise.resolve();
  return new Promise((resolve, reject) => {
    let last: Error | undefined;
    const keep = (error: Error) => {
      last = error;
    };
    const end = (settle: () => void) => {
      clearTimeout(timer);
      redis.off('error', keep);
      redis.off('ready', up);
      settle();
    };
    const up = () => end(resolve);
    const timer = setTimeout(() => end(() => reject(last ?? new Error('no answer'))), withinMs);
    redis.on('error', keep);
    redis.once('ready', up);
  });
}
