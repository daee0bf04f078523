import { describe, expect, test } from 'vitest';
import { Rebalancer, type RebalancerDeps } from '../../../src/cluster/rebalancer.ts';
import { newDocument } from '../../../src/fleet/document.ts';
import { simulatedClock } from '../../support/simulated-clock.ts';

const SECOND = 1000;

/** Two instances: n1 has a hundred players, n2 none. Moved players are away until the test connects them. */
function open({ afterMs = 60 * SECOND, count = 100 } = {}) {
  const clock = simulatedClock();
  const [outcomes, dropped, logged]: [string[], string[], [string, object][]] = [[], [], []];
  const registry = { reachable: true };
  const membership = { isSettled: true, nodes: ['n1', 'n2'] };
  let counts = 0;
  const hosts = Array.from({ length: count }, (_, i) => {
    const blank = newDocument(`d${i}`, clock.wall(), 30_000);
    const document = { ...blank, connection: { ...blank.connection, status: 'online', node: 'n1' as string | null } };
    const host: { id: string; versioned: { document: typeof document }; session: { drop(): void } | undefined } = {
      id: document.id,
      versioned: { document },
      session: {
        drop: () => {
          dropped.push(host.id);
          Object.assign(document.connection, { status: 'reconnecting', node: null });
          host.session = undefined;
        },
      },
    };
    return host;
  });
  const elsewhere = new Map<string, { document: { connection: object } }>();
  const log = (facts: object, text: string) => void logged.push([text, facts]);
  const rebalancer = new Rebalancer({
    fleet: {
      hosts,
      all: () => {
        counts++;
        return hosts.map((it) => it.versioned);
      },
      get: (id: string) => hosts.find((it) => it.id === id)?.versioned,
    },
    replicas: { all: () => elsewhere.values(), get: (id: string) => elsewhere.get(id) },
    ...{ membership, registry, node: 'n1', afterMs, clock, log: { info: log, warn: log } },
    metrics: { playerMoved: (outcome: string) => void outcomes.push(outcome) },
  } as unknown as RebalancerDeps);
  rebalancer.start();
  return {
    ...{ clock, outcomes, dropped, logged, registry, membership, hosts, rebalancer },
    get counts() {
      return counts;
    },
    /** The player connects to this instance. */
    arrive(id: string, node: string) {
      const connection = { status: 'online', node };
      const host = hosts.find((it) => it.id === id);
      if (node === 'n1') Object.assign(host?.versioned.document.connection ?? {}, connection);
      else {
        hosts.splice(hosts.indexOf(host as (typeof hosts)[number]), 1);
        elsewhere.set(id, { document: { connection } });
      }
    },
  };
}

describe('K10 moving players', () => {
  test('while Redis is unreachable nobody is moved, and who is away does not count as lost', async () => {
    const { clock, dropped, outcomes, registry, rebalancer } = open();
    await clock.advance(75 * SECOND);
    const moved = dropped.length;
    expect(moved).toBeGreaterThan(3);
    registry.reachable = false;
    await clock.advance(120 * SECOND);
    expect([dropped.length, outcomes]).toEqual([moved, []]);
    registry.reachable = true;
    await clock.advance(90 * SECOND);
    expect(dropped.length).toBeGreaterThan(moved);
    rebalancer.stop();
  });

  test('those that arrive elsewhere have arrived, those that come back have returned', async () => {
    const { clock, dropped, outcomes, arrive } = open();
    await clock.advance(72 * SECOND);
    const [first, second, ...others] = dropped as [string, string, ...string[]];
    arrive(first, 'n2');
    arrive(second, 'n1');
    await clock.advance(SECOND);
    expect(outcomes).toEqual(['arrived', 'returned']);
    for (const id of others) arrive(id, 'n2');
    await clock.advance(SECOND);
    expect(outcomes).toEqual(['arrived', 'returned', ...others.map(() => 'arrived')]);
  });

  test('it ends when all have their share, and says so', async () => {
    const { clock, dropped, logged, arrive } = open({ count: 8 });
    for (let i = 0; i < 120; i++) {
      await clock.advance(SECOND);
      for (const id of dropped.splice(0)) arrive(id, 'n2');
    }
    expect(logged.map(([text]) => text)).toEqual([
      'more players than its share: moving some to others',
      'moved players to other instances',
    ]);
    expect(logged[0]?.[1]).toEqual({ instances: 'n1,n2' });
    expect(logged[1]?.[1]).toEqual({ instances: 'n1,n2', arrived: 4, returned: 0, lost: 0 });
  });

  test('three that do not come back are told of, and are the last ones', async () => {
    const { clock, dropped, outcomes, logged } = open();
    await clock.advance(180 * SECOND);
    const moved = dropped.length;
    expect(outcomes.length).toBeGreaterThanOrEqual(3);
    expect(logged.some(([text]) => text.includes('did not come back'))).toBe(true);
    await clock.advance(600 * SECOND);
    expect(dropped).toHaveLength(moved);
    expect(outcomes).toEqual(dropped.map(() => 'lost'));
  });

  test('only players that have been here for a while, and have nothing to do', async () => {
    const { clock, dropped, hosts } = open({ count: 12 });
    const since = new Date(clock.wall() + 65 * SECOND).toISOString();
    const change = (i: number, more: object) => Object.assign(hosts[i]?.versioned.document ?? {}, more);
    const connection = (more: object) => ({ connection: { ...hosts[0]?.versioned.document.connection, ...more } });
    for (let i = 0; i < 6; i++) change(i, connection({ since }));
    change(6, { commands: { c: { status: 'sent' } } });
    change(7, connection({ conflict: { places: [] } }));
    change(8, connection({ restricted: { why: 'flapping' } }));
    (hosts[9] as { session: unknown }).session = undefined;
    await clock.advance(100 * SECOND);
    expect(dropped).toEqual(['d10', 'd11']);
    await clock.advance(40 * SECOND);
    expect(dropped.slice(2, 4)).toEqual(['d0', 'd1']);
  });
});

describe('K10 counting the players', () => {
  test('is rare while nothing is to be moved, and not done before the other instances are known', async () => {
    const it = open({ count: 0 });
    it.membership.isSettled = false;
    await it.clock.advance(60 * SECOND);
    expect(it.counts).toBe(0);
    it.membership.isSettled = true;
    await it.clock.advance(60 * SECOND);
    expect(it.counts).toBe(6);
  });

  test('is as frequent as a short wait needs', async () => {
    const it = open({ count: 0, afterMs: 2500 });
    await it.clock.advance(60 * SECOND);
    expect(it.counts).toBe(20);
  });

  test('happens each second while players move', async () => {
    const it = open();
    await it.clock.advance(75 * SECOND);
    const before = it.counts;
    await it.clock.advance(10 * SECOND);
    expect(it.counts).toBe(before + 10);
  });

  test('is off without a time', async () => {
    const it = open({ afterMs: 0 });
    await it.clock.advance(60 * SECOND);
    expect(it.counts).toBe(0);
  });
});
