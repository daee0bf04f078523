import { describe, expect, test } from 'vitest';
import { fakePlayer } from '../../support/fake-player.ts';
import { type Instance, simulatedCluster } from '../../support/simulated-cluster.ts';

async function twoPlayers(latency?: () => number) {
  const cluster = await simulatedCluster(['n1', 'n2', 'n3'], { stateIntervalMs: 60_000 }, latency);
  const [a, b, c] = cluster.instances as [Instance, Instance, Instance];
  const { clock } = cluster;
  const [first, second] = [fakePlayer({ id: 'd', clock }), fakePlayer({ id: 'd', machine: 'second', clock })];
  first.connect(a.harness, { place: '10.0.0.1' });
  await clock.advance(500);
  return { ...cluster, a, b, c, first, second };
}

const holders = (instances: readonly Instance[]) =>
  instances.filter((it) => !it.isDead && it.harness.fleet.find('d')).map(({ me }) => me);
const shown = (it: Instance) => it.document('d')?.connection;
const isGapless = ({ updates }: Instance) =>
  updates.every(({ version }, i) => i === 0 || version === (updates[i - 1]?.version ?? 0) + 1);

describe('K7 the same machine registers at another instance', () => {
  test('that one owns the device from then on; the older session is ended; versions increase by one', async () => {
    const { instances, a, b, c, first, second, clock, redis } = await twoPlayers();
    const { epoch = 0 } = redis.read('d') ?? {};
    second.connect(b.harness, { place: '10.0.0.1' });
    await clock.advance(500);
    expect(holders(instances)).toEqual([b.me]);
    expect(first.isConnected).toBe(false);
    expect(second.isConnected).toBe(true);
    expect(shown(c)).toMatchObject({ status: 'online', node: 'n2', sessionId: 'second-1' });
    expect(shown(c)).not.toHaveProperty('conflict');
    expect(redis.read('d')).toMatchObject({ epoch: epoch + 1, owner: b.me });
    expect(c.updates.map((it) => it.version)).toEqual(b.updates.map((it) => it.version));
    expect([a, b, c].map(isGapless)).toEqual([true, true, true]);
    expect(redis.early, 'claimed before it was written').toEqual([]);
    expect(c.updates.some((it) => 'patch' in it && JSON.stringify(it.patch).includes('reconnecting'))).toBe(false);
  });

  test('a running command continues there, and is answered there', async () => {
    const { a, b, c, first, second, clock } = await twoPlayers();
    first.mood = 'hung';
    second.mood = 'hung';
    const [command] = await c.send({ deviceId: 'd', command: 'vlc:play', commandId: 'play' });
    await clock.advance(200);
    expect(command).toMatchObject({ commandId: 'play', deviceId: 'd' });
    second.connect(b.harness, { place: '10.0.0.1' });
    await clock.advance(500);
    expect(b.document('d')?.commands).toMatchObject({ play: { status: 'sent', attempt: 1 } });
    second.mood = 'well';
    await clock.advance(12_000);
    expect(second.playback).toBe('playing');
    expect(c.told.map(({ record }) => [record.commandId, record.status, record.attempts])).toEqual([
      ['play', 'success', 2],
    ]);
    expect([...a.told, ...b.told]).toEqual([]);
  });

  test('its recent behaviour moves with it (P13)', async () => {
    const { a, b, second, clock } = await twoPlayers();
    const lately = { registrations: [1, 2], connections: [], oversized: [] };
    a.lately.set('d', lately);
    second.connect(b.harness, { place: '10.0.0.1' });
    await clock.advance(500);
    expect(b.carried).toEqual([['d', lately]]);
    const other = fakePlayer({ id: 'other', clock });
    for (const it of [a, b]) {
      other.connect(it.harness);
      await clock.advance(500);
    }
    expect(b.carried, 'there is none of the other one').toHaveLength(1);
  });

  test('an owner that reads of its loss before it is asked still hands over', async () => {
    const cluster = await simulatedCluster(['n1', 'n2', 'n3'], { stateIntervalMs: 60_000 }, () => 50);
    const [a, b, c] = cluster.instances as [Instance, Instance, Instance];
    const { clock, redis } = cluster;
    const [first, second] = [fakePlayer({ id: 'd', clock }), fakePlayer({ id: 'd', machine: 'second', clock })];
    first.connect(a.harness, { place: '10.0.0.1' });
    await clock.advance(1000);
    second.connect(b.harness, { place: '10.0.0.2' });
    await clock.advance(10);
    redis.reconnect(a.me);
    await clock.advance(10);
    expect(holders(cluster.instances)).toEqual([]);
    await clock.advance(3000);
    expect(holders(cluster.instances)).toEqual([b.me]);
    expect(isGapless(c)).toBe(true);
    expect(first.isConnected, 'its session is displaced, not lost').toBe(true);
    expect(shown(c)?.conflict?.places).toHaveLength(2);
  });

  test('two instances take it while its owner does not answer: the later one gets it from the earlier one', async () => {
    const { instances, a, b, c, first, second, clock, redis } = await twoPlayers();
    redis.deaf.add(a.me);
    const third = fakePlayer({ id: 'd', machine: 'third', clock });
    second.connect(b.harness, { place: '10.0.0.2' });
    await clock.advance(100);
    third.connect(c.harness, { place: '10.0.0.3' });
    const seen = c.updates.length;
    await clock.advance(2300);
    expect(holders(instances), 'both wait').toEqual([a.me]);
    await clock.advance(600);
    expect(holders(instances)).toEqual([a.me, c.me]);
    expect(redis.read('d')?.owner).toBe(c.me);
    const [leap, ...rest] = c.updates.slice(seen);
    expect(leap).toMatchObject({ document: { connection: { sessionId: 'second-1' } } });
    expect(rest.every((it) => 'patch' in it)).toBe(true);
    expect(shown(c)).toMatchObject({ sessionId: 'third-1' });
    expect(first.isConnected).toBe(true);
  });

  test('back and forth, one after the other and at once', async () => {
    const { instances, a, b, c, first, second, clock, redis } = await twoPlayers();
    for (const it of [b, a, c, b]) {
      second.connect(it.harness, { place: '10.0.0.1' });
      await clock.advance(300);
      expect(holders(instances)).toEqual([it.me]);
    }
    first.connect(a.harness, { place: '10.0.0.1' });
    second.connect(c.harness, { place: '10.0.0.1' });
    await clock.advance(2000);
    expect(holders(instances)).toHaveLength(1);
    expect([first.isConnected, second.isConnected].filter(Boolean)).toHaveLength(1);
    expect(shown(a)).toMatchObject({ status: 'online' });
    expect(shown(a)).toEqual(shown(b));
    expect(redis.faults).toEqual([]);
  });
});

describe('K7, P8 another machine registers at another instance', () => {
  async function conflict(latency?: () => number) {
    const world = await twoPlayers(latency);
    world.second.connect(world.b.harness, { place: '10.0.0.2' });
    await world.clock.advance(1000);
    return world;
  }

  test('both are shown, and the displaced one stays connected at its instance, without being the device', async () => {
    const { a, b, c, first, second, clock } = await conflict();
    expect([first.isConnected, second.isConnected]).toEqual([true, true]);
    for (const it of [a, b, c]) {
      expect(shown(it)).toMatchObject({ address: '10.0.0.2', node: 'n2' });
      expect(shown(it)?.conflict?.places).toHaveLength(2);
    }
    await clock.advance(20_000);
    expect(first.isConnected).toBe(true);
  });

  test('when the newest disconnects, the other one is the device again, at its instance', async () => {
    const { instances, a, c, second, clock } = await conflict();
    second.lose(0);
    await clock.advance(1000);
    expect(holders(instances)).toEqual([a.me]);
    expect(shown(c)).toMatchObject({ status: 'online', address: '10.0.0.1', node: 'n1' });
    expect(shown(c)).not.toHaveProperty('conflict');
    expect(isGapless(a)).toBe(true);
  });

  test('likewise when the instance of the newest dies', async () => {
    const { instances, a, b, c, first, clock } = await conflict();
    b.kill();
    await clock.advance(30_000);
    expect(first.isConnected).toBe(true);
    expect(holders(instances)).toEqual([a.me]);
    expect(shown(c)).toMatchObject({ status: 'online', address: '10.0.0.1', node: 'n1' });
  });

  test('when a third one registers where the first is displaced, all are known once, and each is the device again in turn', async () => {
    const { instances, a, c, first, second, clock } = await conflict();
    const third = fakePlayer({ id: 'd', machine: 'third', clock });
    third.connect(a.harness, { place: '10.0.0.3' });
    await clock.advance(1000);
    expect(holders(instances)).toEqual([a.me]);
    const facts = a.harness.fleet.find('d')?.sessions.facts ?? [];
    expect(facts.map(({ address }) => address)).toEqual(['10.0.0.1', '10.0.0.2', '10.0.0.3']);
    third.lose(0);
    await clock.advance(1000);
    expect(shown(c)).toMatchObject({ status: 'online', address: '10.0.0.2', node: 'n2' });
    second.lose(0);
    await clock.advance(1000);
    expect(shown(c)).toMatchObject({ status: 'online', address: '10.0.0.1', node: 'n1' });
    expect(first.isConnected).toBe(true);
  });

  test('when the displaced one disconnects, the conflict is over', async () => {
    const { b, c, first, second, clock } = await conflict();
    first.lose(0);
    await clock.advance(1000);
    expect(shown(b)).toMatchObject({ status: 'online', address: '10.0.0.2' });
    expect(shown(c)).not.toHaveProperty('conflict');
    expect(second.isConnected).toBe(true);
  });

  test('likewise when its instance dies', async () => {
    const { instances, a, b, c, clock } = await conflict();
    a.kill();
    await clock.advance(10_000);
    expect(holders(instances)).toEqual([b.me]);
    expect(shown(c)).toMatchObject({ status: 'online', address: '10.0.0.2' });
    expect(shown(c)).not.toHaveProperty('conflict');
  });

  test('the displaced one registers again at a third instance: it becomes the device, and the other one is displaced', async () => {
    const { instances, a, b, c, first, clock } = await conflict();
    first.connect(c.harness, { place: '10.0.0.1' });
    await clock.advance(1000);
    expect(holders(instances)).toEqual([c.me]);
    expect(shown(a)).toMatchObject({ address: '10.0.0.1', node: 'n3' });
    expect(shown(b)?.conflict?.places).toHaveLength(2);
  });

  test.each([0, 3, 6, 9, 12, 15, 18, 21, 24, 27, 30, 33, 36, 40, 45, 50, 60, 80])(
    'its machine comes back at a third instance %s ms after it was to be the device again: its newest session stays',
    async (ms) => {
      const { instances, a, b, c, first, second, clock, redis } = await conflict(() => 10);
      second.lose(0);
      await clock.advance(ms);
      first.connect(c.harness, { place: '10.0.0.1' });
      await clock.advance(3000);
      expect(first.isConnected).toBe(true);
      await clock.advance(20_000);
      expect(first.isConnected).toBe(true);
      expect(holders(instances)).toEqual([c.me]);
      for (const it of [a, b, c]) expect(shown(it)).toMatchObject({ status: 'online', node: 'n3', sessionId: 'd-2' });
      expect(redis.faults).toEqual([]);
    },
  );

  test('a dead connection does not answer the ping, and is ended after 5 s', async () => {
    const { a, c, first, second, clock, b } = await twoPlayers();
    // The instance learns of the loss only long after.
    first.lose(60_000);
    second.connect(b.harness, { place: '10.0.0.2' });
    await clock.advance(4000);
    expect(shown(c)).not.toHaveProperty('conflict');
    expect(b.harness.fleet.find('d')?.sessions.facts).toHaveLength(2);
    await clock.advance(2000);
    expect(b.harness.fleet.find('d')?.sessions.facts).toHaveLength(1);
    expect(shown(a)).not.toHaveProperty('conflict');
  });
});
