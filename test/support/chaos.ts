import { setTimeout as delay } from 'node:timers/promises';
import { between, pick, type Random } from '../../src/cli/simulator/random.ts';
import type { Screen } from './clients.ts';
import type { Silence } from './history-faults.ts';
import type { startProxy } from './proxy.ts';
import type { RedisServer } from './redis-server.ts';
import type { TestServer } from './server.ts';

/** A fault: kind, target, duration, and the quiet time after it (ms). */
export interface Fault {
  kind: (typeof KINDS)[number];
  instance: number;
  device: number;
  ms: number;
  pause: number;
}

/** Everything that faults can affect. */
export interface Victims {
  /** A restarted instance replaces its predecessor. */
  instances: TestServer[];
  /** The connection of each instance to Redis. */
  cables: readonly Awaited<ReturnType<typeof startProxy>>[];
  redis: RedisServer;
  screens: readonly Screen[];
  /** The instances that were killed or frozen. */
  silences: Silence[];
}

const KINDS = ['kill', 'freeze', 'restart', 'redis paused', 'redis restarted', 'cut', 'takeovers'] as const;
/** Faults are both shorter and longer than the time after which a silent instance counts as dead (6 s). */
const MAX_MS = 9000;

/** Deterministic for a seed. Every kind occurs once before any is repeated. */
export function schedule(random: Random, count: number, instances: number, devices: number): Fault[] {
  let kinds: Fault['kind'][] = [];
  return Array.from({ length: count }, () => {
    if (kinds.length === 0) kinds = [...KINDS];
    const [kind] = kinds.splice(between(random, 0, kinds.length - 1), 1) as [Fault['kind']];
    return {
      kind,
      instance: between(random, 0, instances - 1),
      device: between(random, 0, devices - 1),
      ms: pick(random, [between(random, 50, 2000), between(random, 5000, MAX_MS)]),
      pause: between(random, 0, 1500),
    };
  });
}

export async function happen({ kind, instance: i, device, ms, pause }: Fault, victims: Victims): Promise<void> {
  const { instances, cables, redis, screens, silences } = victims;
  const instance = instances[i] as TestServer;
  const silence: Silence = { by: `n${i + 1}`, at: Date.now() };
  switch (kind) {
    case 'kill':
      silences.push(silence);
      await instance.stop('SIGKILL');
      await delay(ms);
      instances[i] = await instance.restart();
      break;
    case 'restart':
      await instance.stop('SIGTERM');
      instances[i] = await instance.restart();
      break;
    case 'freeze':
      process.kill(instance.pid, 'SIGSTOP');
      await delay(ms);
      silences.push({ ...silence, until: Date.now() });
      process.kill(instance.pid, 'SIGCONT');
      break;
    case 'redis paused':
      redis.signal('SIGSTOP');
      await delay(ms);
      redis.signal('SIGCONT');
      break;
    case 'redis restarted':
      await redis.restart();
      break;
    case 'cut':
      cables[i]?.cut();
      await delay(ms);
      cables[i]?.mend();
      break;
    case 'takeovers':
      for (let n = 0; n < 4; n++) {
        screens[(device + n) % screens.length]?.takeOver();
        await delay(ms / 20);
      }
      break;
  }
  await delay(pause);
}
