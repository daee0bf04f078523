import { expect, it } from 'vitest';
import { createRandom } from '../../src/cli/simulator/random.ts';
import { happen, schedule, type Victims } from '../support/chaos.ts';
import { eventually, faithfulObserver, settled, startCluster, startLoad } from '../support/cluster.ts';
import { startBalancer } from '../support/haproxy.ts';
import { recordOwners } from '../support/history.ts';
import { startProxy } from '../support/proxy.ts';
import type { TestServer } from '../support/server.ts';

/** The same run again: SEED=… npx vitest run test/integration/cluster-chaos.test.ts; a longer one: FAULTS=50. */
const SEED = Number(process.env.SEED ?? 1);
const FAULTS = Number(process.env.FAULTS ?? 7);
const INSTANCES = 3;
const DEVICES = 12;

it(`K1–K7 any sequence of failures loses nothing and repeats nothing (SEED=${SEED})`, async () => {
  const { redis, join } = await startCluster(0);
  const cables = await Promise.all(Array.from({ length: INSTANCES }, () => startProxy(redis.port)));
  const instances: TestServer[] = [];
  const env = { COMMAND_TIMEOUT_MS: '1000', OFFLINE_GRACE_MS: '2000' };
  for (const { port } of cables) instances.push(await join({ ...env, REDIS_URL: `redis://127.0.0.1:${port}` }));
  const entry = await startBalancer(instances);
  const owners = await recordOwners(redis.url);
  const observers = [await faithfulObserver(entry), await faithfulObserver(entry)];
  const ids = Array.from({ length: DEVICES }, (_, i) => `d${i}`);
  const load = await startLoad(entry, entry, ids);
  const victims: Victims = { instances, cables, redis, screens: [...load.screens.values()], silences: [] };
  const faults = schedule(createRandom(SEED), FAULTS, INSTANCES, DEVICES);
  for (const fault of faults) {
    await happen(fault, victims);
  }
  const isWell = async (it: TestServer) => (await it.fetch('/readyz')).status === 200;
  await eventually('all are ready', async () => (await Promise.all(instances.map(isWell))).every(Boolean));
  await load.stop();
  const received = new Map([...load.screens].map(([id, screen]) => [id, screen.received]));
  await settled({ owners, observers, received, silences: victims.silences, ...load }, instances).catch((error) => {
    throw new Error(`SEED=${SEED}\n${JSON.stringify(faults)}\n${error.message}`);
  });
  expect(load.accepted.length).toBeGreaterThan(FAULTS);
}, 600_000);
