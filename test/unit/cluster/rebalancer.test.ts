import { pino } from 'pino';
import { expect, test } from 'vitest';
import { Rebalancer, type RebalancerDeps } from '../../../src/cluster/rebalancer.ts';
import { newDocument } from '../../../src/fleet/document.ts';
import { simulatedClock } from '../../support/simulated-clock.ts';

test('K10 while Redis is unreachable nobody is moved, and who is away does not count as lost', async () => {
  const clock = simulatedClock();
  const outcomes: string[] = [];
  const dropped: string[] = [];
  const registry = { reachable: true };
  const hosts = Array.from({ length: 100 }, (_, i) => {
    const blank = newDocument(`d${i}`, clock.wall(), 30_000);
    const document = { ...blank, connection: { ...blank.connection, status: 'online', node: 'n1' } };
    const host: { id: string; versioned: object; session: { drop(): void } | undefined } = {
      id: document.id,
      versioned: { version: 1, document },
      session: {
        drop: () => {
          dropped.push(host.id);
          document.connection.status = 'reconnecting';
          host.session = undefined;
        },
      },
    };
    return host;
  });
  const rebalancer = new Rebalancer({
    fleet: {
      hosts,
      all: () => hosts.map((it) => it.versioned),
      get: (id: string) => hosts.find((it) => it.id === id)?.versioned,
    },
    replicas: { all: () => [], get: () => undefined },
    membership: { isSettled: true, nodes: ['n1', 'n2'] },
    ...{ registry, node: 'n1', afterMs: 60_000, clock, log: pino({ level: 'silent' }) },
    metrics: { playerMoved: (outcome: string) => void outcomes.push(outcome) },
  } as unknown as RebalancerDeps);
  rebalancer.start();
  await clock.advance(75_000);
  const moved = dropped.length;
  expect(moved).toBeGreaterThan(3);
  registry.reachable = false;
  await clock.advance(120_000);
  expect([dropped.length, outcomes]).toEqual([moved, []]);
  registry.reachable = true;
  await clock.advance(90_000);
  expect(dropped.length).toBeGreaterThan(moved);
  rebalancer.stop();
});
