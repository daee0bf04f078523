import { expect, it } from 'vitest';
import { playerOfFirstGeneration, register } from '../support/clients.ts';
import { eventually, faithfulObserver, nodeOf, settled, startCluster, startLoad } from '../support/cluster.ts';
import { startBalancer } from '../support/haproxy.ts';
import { recordOwners } from '../support/history.ts';
import { figureOf } from '../support/metrics.ts';
import type { TestServer } from '../support/server.ts';

it('K10 after a restart, players move to the instance that has none, without being offline, and no command is lost', async () => {
  const { redis, instances } = await startCluster(3, { REBALANCE_AFTER_MS: '2000', OFFLINE_GRACE_MS: '30000' });
  const entry = await startBalancer(instances);
  const [one, , three] = instances as [TestServer, TestServer, TestServer];
  const owners = await recordOwners(redis.url);
  expect(await three.stop()).toBe(0);
  const observer = await faithfulObserver(one);
  const ids = Array.from({ length: 22 }, (_, i) => `d${i}`);
  const load = await startLoad(entry, one, ids, false);
  // As they are in the field: long-polling first, and a reconnect after 5 s.
  const fielded = ['f0', 'f1'];
  for (const id of fielded) {
    const limits = { reconnectionAttempts: 20, reconnectionDelay: 5000, reconnectionDelayMax: 5000 };
    await register(playerOfFirstGeneration(entry, id, limits), id);
  }
  const nodes = () => {
    const counts: Record<string, number> = {};
    for (const { document } of observer.documents.values()) {
      const { status, node } = document.connection;
      if (status === 'online') counts[node as string] = (counts[node as string] ?? 0) + 1;
    }
    return counts;
  };
  await eventually('all are online', () => (nodes().n1 ?? 0) + (nodes().n2 ?? 0) === 24);

  instances[2] = await three.restart();
  await eventually(
    'each has its share',
    () => Object.keys(nodes()).length === 3 && Object.values(nodes()).every((count) => count >= 7 && count <= 9),
    60_000,
  );
  await load.stop();
  expect(new Set([...load.screens.values()].map(({ socket }) => nodeOf(socket)))).toEqual(new Set(['n1', 'n2', 'n3']));
  const received = new Map([...load.screens].map(([id, screen]) => [id, screen.received]));
  await settled({ owners, observers: [observer], received, ...load }, instances);
  const seen = observer.messages
    .flatMap(({ updates }) => updates)
    .flatMap((it) =>
      'patch' in it ? it.patch.map((change) => ({ deviceId: it.deviceId, at: it.at, ...change })) : [],
    );
  const wentOffline = seen.filter((it) => 'value' in it && it.path === '/connection/status' && it.value === 'offline');
  const story = seen.filter((it) => it.path.startsWith('/connection/') && it.deviceId === wentOffline[0]?.deviceId);
  expect(wentOffline, JSON.stringify(story)).toEqual([]);
  const reasons = seen.flatMap((it) => ('value' in it && it.path === '/connection/reason' ? [it.value] : []));
  expect(reasons).toContain('rebalanced');
  await one.logged(({ msg }) => msg === 'moved players to other instances');
  expect(await figureOf(one, 'vigia_players_moved_total{outcome="arrived"}')).toBeGreaterThan(0);
  expect(await figureOf(one, 'vigia_players_moved_total{outcome="lost"}')).toBe(0);
}, 180_000);
