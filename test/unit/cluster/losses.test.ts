import { describe, expect, test } from 'vitest';
import { fakePlayer } from '../../support/fake-player.ts';
import { type Instance, simulatedCluster } from '../../support/simulated-cluster.ts';
import { plain } from '../../support/world.ts';

async function world() {
  const cluster = await simulatedCluster(['n1', 'n2', 'n3'], { stateIntervalMs: 60_000 });
  const [a, b, c] = cluster.instances as [Instance, Instance, Instance];
  const { clock } = cluster;
  const [player, other] = [fakePlayer({ id: 'd', clock }), fakePlayer({ id: 'other', clock })];
  player.connect(a.harness);
  other.connect(b.harness);
  await clock.advance(1000);
  return { ...cluster, a, b, c, player, other };
}

const living = (instances: readonly Instance[]) => instances.filter((it) => !it.isDead);
const holders = (instances: readonly Instance[], id = 'd') =>
  living(instances)
    .filter((it) => it.harness.fleet.find(id))
    .map(({ me }) => me);
const shown = (it: Instance, id = 'd') => it.document(id)?.connection;
const documentsOf = ({ harness }: Instance) =>
  plain([...harness.devices.all()]).sort((x, y) => (x.document.id < y.document.id ? -1 : 1));
const expectToAgree = (instances: readonly Instance[]) => {
  const [first, ...rest] = living(instances).map(documentsOf);
  for (const it of rest) expect(it).toEqual(first);
};
/** No version was published twice, or decreased. */
const expectToGrow = (instances: readonly Instance[]) => {
  for (const { me, updates } of instances) {
    const last = new Map<string, number>();
    for (const { deviceId, version } of updates) {
      expect(version, `${deviceId} at ${me}`).toBeGreaterThan(last.get(deviceId) ?? 0);
      last.set(deviceId, version);
    }
  }
};

describe('K5 an instance is killed', () => {
  test('after 6 s another one takes its devices over, with a version that was never published; other devices are unaffected', async () => {
    const { instances, a, b, c, clock } = await world();
    const before = c.version('d') as number;
    const untouched = c.version('other');
    a.kill();
    await clock.advance(5000);
    expect(shown(c)).toMatchObject({ status: 'online', node: 'n1' });
    await clock.advance(4000);
    expect(shown(c)).toMatchObject({ status: 'reconnecting', reason: 'instance_lost', node: null });
    expect(holders(instances)).toHaveLength(1);
    expect(c.version('d')).toBeGreaterThan(before + 1);
    expect(c.updates.at(-1)).toHaveProperty('document');
    await clock.advance(16_000);
    expect(shown(b)).toMatchObject({ status: 'offline', reason: 'instance_lost' });
    expectToAgree(instances);
    expectToGrow(instances);
    expect(c.version('other')).toBe(untouched);
  });

  test('its player reconnects elsewhere, before and after that', async () => {
    const { instances, a, b, c, clock, player } = await world();
    a.kill();
    player.connect(b.harness);
    await clock.advance(2000);
    expect(holders(instances), 'the one before is asked first').toEqual([]);
    await clock.advance(1000);
    expect(holders(instances)).toEqual([b.me]);
    await clock.advance(30_000);
    expect(shown(c)).toMatchObject({ status: 'online', node: 'n2' });
    b.kill();
    await clock.advance(10_000);
    expect(shown(c)).toMatchObject({ status: 'reconnecting' });
    player.connect(c.harness);
    await clock.advance(1000);
    expect(shown(c)).toMatchObject({ status: 'online', node: 'n3' });
    expectToGrow(instances);
  });

  test('a command that it had sent ends once, with one notification', async () => {
    const { a, b, c, clock, player } = await world();
    player.mood = 'hung';
    await c.send({ deviceId: 'd', command: 'vlc:pause', commandId: 'x' });
    await clock.advance(300);
    expect(c.document('d')?.commands).toHaveProperty('x');
    a.kill();
    await clock.advance(60_000);
    expect(c.told.map(({ record }) => record.status)).toEqual(['timeout']);
    expect(b.told).toEqual([]);
    expect(c.document('d')?.commands).toEqual({});
  });

  test('an offline device with a waiting command gets a new owner; one without stays as it is', async () => {
    const { instances, a, c, clock, player, redis } = await world();
    await a.harness.devices.provision({ id: 'shelf' });
    player.lose(0);
    await clock.advance(20_000);
    await c.send({ deviceId: 'd', command: 'vlc:play', commandId: 'x', ttlMs: 60_000 });
    await clock.advance(300);
    const version = c.version('shelf');
    a.kill();
    await clock.advance(10_000);
    expect(holders(instances)).toHaveLength(1);
    expect(holders(instances, 'shelf')).toEqual([]);
    expect(redis.read('shelf')?.owner).toBe(a.me);
    expect(c.version('shelf')).toBe(version);
    await clock.advance(60_000);
    expect(c.told.map(({ record }) => record.status)).toEqual(['undelivered']);
  });

  test('the content of its last messages is read, although no sequence number shows that they were lost', async () => {
    const { instances, a, b, clock, redis, player } = await world();
    player.lose(0);
    await clock.advance(20_000);
    redis.deaf.add(b.me);
    await a.harness.devices.edit('d', { name: 'last words' });
    await clock.advance(200);
    a.kill();
    redis.deaf.delete(b.me);
    await clock.advance(10_000);
    expect(b.document('d')?.name).toBe('last words');
    expectToAgree(instances);
  });

  test('R4 what operators set there is not lost: it is published before it is acknowledged', async () => {
    const { instances, a, b, c, clock } = await world();
    const { devices } = a.harness;
    fakePlayer({ id: 'removed', clock }).connect(a.harness);
    await clock.advance(1000);
    await devices.provision({ id: 'shelf', name: 'Shelf' });
    await devices.remove('removed');
    // Last and from elsewhere, so that nothing after it publishes it.
    await b.harness.devices.edit('d', { name: 'Hall' });
    a.kill();
    await clock.advance(30_000);
    expect(c.document('d')).toMatchObject({ name: 'Hall' });
    expect(c.document('shelf')).toMatchObject({ name: 'Shelf' });
    expect(c.document('removed')).toBeUndefined();
    expectToAgree(instances);
  });

  test('R6 it had the database open: its registration is removed after its devices have new owners', async () => {
    const { a, b, clock, open } = await world();
    a.kill();
    await clock.advance(4000);
    expect(open.has(a.me)).toBe(true);
    await clock.advance(5000);
    expect(open.has(a.me)).toBe(false);
    expect(b.statuses.get(a.me)).toBe('gone');
    // An instance that was never heard.
    open.set('n9:9', clock.wall());
    await clock.advance(61_000);
    expect(b.statuses.get('n9:9')).toBe('unknown');
    await clock.advance(120_000);
    expect(b.statuses.get('n9:9')).toBe('gone');
    expect(b.statuses.get('n3:3')).toBe('alive');
  });

  test('one that stopped may still be closing the database for two minutes', async () => {
    const { a, b, clock, open } = await world();
    await a.stop();
    open.set(a.me, clock.wall());
    await clock.advance(61_000);
    expect(b.statuses.get(a.me)).toBe('alive');
    await clock.advance(120_000);
    expect(b.statuses.get(a.me)).toBe('gone');
  });
});

describe('K5 a player registers elsewhere right after its instance was killed', () => {
  test('what was stored last counts, although this instance did not hear of it', async () => {
    const { a, b, clock, player, redis } = await world();
    redis.deaf.add(b.me);
    await a.harness.devices.edit('d', { name: 'stored' });
    await clock.advance(200);
    a.kill();
    redis.deaf.delete(b.me);
    player.connect(b.harness);
    await clock.advance(3000);
    expect(shown(b)).toMatchObject({ status: 'online', node: 'n2' });
    expect(b.document('d')?.name).toBe('stored');
  });

  test('what was published counts if the registry has lost it, with a version that was never published', async () => {
    const { a, b, clock, player, redis } = await world();
    await a.harness.devices.edit('d', { name: 'published' });
    await clock.advance(200);
    const version = b.version('d') as number;
    const { epoch } = redis.read('d') as { epoch: number };
    redis.clear();
    a.kill();
    player.connect(b.harness);
    await clock.advance(3000);
    expect(shown(b)).toMatchObject({ status: 'online', node: 'n2' });
    expect(b.document('d')?.name).toBe('published');
    expect(b.version('d')).toBeGreaterThan(version + 100);
    expect(redis.read('d')?.epoch, 'no epoch is given twice').toBe(epoch + 1);
  });
});

describe('R1 an instance stops', () => {
  test('its devices are taken over at once, and their versions increase by one', async () => {
    const { instances, a, b, c, clock } = await world();
    const version = c.version('d') as number;
    const seen = c.updates.length;
    await a.stop();
    await clock.advance(500);
    expect(holders(instances)).toHaveLength(1);
    expect(shown(b)).toMatchObject({ status: 'reconnecting', reason: 'instance_lost' });
    expect(c.updates.slice(seen).map((it) => [it.version, 'patch' in it])).toEqual([[version + 1, true]]);
    expectToAgree(instances);
  });

  test('a waiting command continues at another one', async () => {
    const { a, b, c, clock, player } = await world();
    player.mood = 'hung';
    await c.send({ deviceId: 'd', command: 'vlc:play', commandId: 'x' });
    await clock.advance(300);
    await a.stop();
    player.mood = 'well';
    player.connect(b.harness);
    await clock.advance(15_000);
    expect(player.playback).toBe('playing');
    expect(c.told.map(({ record }) => [record.status, record.attempts])).toEqual([['success', 2]]);
  });
});

describe('K4 without Redis', () => {
  test('each instance continues with its own devices, and afterwards all converge', async () => {
    const { instances, a, b, c, clock, player, other, redis } = await world();
    for (const it of instances) redis.cutOff.add(it.me);
    await clock.advance(2000);
    expect(a.harness.cluster?.isReachable).toBe(false);
    await a.send({ deviceId: 'd', command: 'vlc:play' });
    await a.harness.devices.edit('d', { name: 'Hall' });
    await clock.advance(30_000);
    expect(player.playback).toBe('playing');
    expect(a.told.map(({ record }) => record.status)).toEqual(['success']);
    expect(shown(a)).toMatchObject({ status: 'online' });
    expect(c.document('d')?.name, 'not known there').toBeNull();
    for (const it of instances) redis.cutOff.delete(it.me);
    await clock.advance(5000);
    expect(a.harness.cluster?.isReachable).toBe(true);
    expect(c.document('d')?.name).toBe('Hall');
    expect(c.updates.at(-1)).toHaveProperty('document');
    expect([holders(instances), holders(instances, 'other')]).toEqual([[a.me], [b.me]]);
    expect([player.isConnected, other.isConnected]).toEqual([true, true]);
    expectToAgree(instances);
    expectToGrow(instances);
  });

  test('a device without an owner cannot be changed', async () => {
    const { instances, a, b, c, clock, player, redis } = await world();
    player.lose(0);
    await clock.advance(20_000);
    await a.stop();
    await clock.advance(500);
    for (const it of instances) redis.cutOff.add(it.me);
    await clock.advance(1500);
    await expect(c.harness.devices.edit('d', { name: 'no' })).rejects.toMatchObject({ code: 'unavailable' });
    await expect(b.harness.devices.provision({ id: 'new' })).rejects.toMatchObject({ code: 'unavailable' });
  });

  test('a player that registers at another instance is served; the later owner stays, and continues beyond both versions', async () => {
    const { instances, a, b, clock, player, redis } = await world();
    const before = b.version('d') as number;
    for (const it of instances) redis.cutOff.add(it.me);
    await clock.advance(2000);
    for (const name of ['1', '2', '3']) await a.harness.devices.edit('d', { name });
    player.connect(b.harness);
    await clock.advance(2000);
    expect(shown(b)).toMatchObject({ status: 'online', node: 'n2' });
    expect(holders(instances).sort()).toEqual([a.me, b.me].sort());
    const told = Math.max(a.version('d') as number, b.version('d') as number);
    expect(told).toBeGreaterThan(before);
    for (const it of instances) redis.cutOff.delete(it.me);
    await clock.advance(10_000);
    expect(holders(instances)).toEqual([b.me]);
    expect(b.version('d')).toBeGreaterThanOrEqual(told);
    expectToAgree(instances);
    expectToGrow(instances);
    expect(redis.read('d')).toMatchObject({ owner: b.me, version: b.version('d') });
    await b.harness.devices.edit('d', { name: 'Hall' });
    await clock.advance(300);
    expect(redis.early, 'taken without a claim: written once ahead of its publication').toEqual(['d']);
  });

  test('two instances take an unowned device at the same time: afterwards one of them owns it', async () => {
    const { instances, a, b, c, clock, player, redis } = await world();
    player.lose(0);
    await clock.advance(20_000);
    await a.stop();
    await clock.advance(500);
    for (const it of instances) redis.cutOff.add(it.me);
    await clock.advance(2000);
    const rival = fakePlayer({ id: 'd', machine: 'rival', clock });
    player.connect(b.harness, { place: '10.0.0.1' });
    rival.connect(c.harness, { place: '10.0.0.2' });
    await clock.advance(2000);
    expect(holders(instances)).toEqual([b.me, c.me]);
    expect(redis.read('d')?.owner).toBe('');
    for (const it of instances) redis.cutOff.delete(it.me);
    await clock.advance(20_000);
    expect(holders(instances)).toEqual([redis.read('d')?.owner]);
    expect(shown(b)).toMatchObject({ status: 'online' });
    expect([player.isConnected, rival.isConnected].filter(Boolean)).toHaveLength(1);
    expectToAgree(instances);
    expectToGrow(instances);
    expect(redis.faults).toEqual([]);
  });

  test('it returns empty: each instance writes its devices again, with their epochs', async () => {
    const { instances, a, b, c, clock, redis } = await world();
    await clock.advance(1000);
    const { epoch } = redis.read('d') as { epoch: number };
    redis.clear();
    await clock.advance(3000);
    expect(redis.read('d')).toMatchObject({ owner: a.me, epoch, version: a.version('d') });
    expect(redis.read('other')).toMatchObject({ owner: b.me });
    await c.harness.devices.edit('d', { name: 'Hall' });
    await clock.advance(10_000);
    expectToAgree(instances);
    expect(holders(instances)).toEqual([a.me]);
  });

  test('K6 an instance that was cut off until another one owns its device gives it up, and closes the transport', async () => {
    const { instances, a, b, c, clock, player, redis } = await world();
    redis.cutOff.add(a.me);
    await clock.advance(12_000);
    expect(holders(instances)).toHaveLength(2);
    expect(shown(b)).toMatchObject({ status: 'reconnecting' });
    await a.harness.devices.edit('d', { name: 'unheard' });
    expect(player.isConnected).toBe(true);
    redis.cutOff.delete(a.me);
    await clock.advance(4000);
    expect(a.harness.fleet.find('d')).toBeUndefined();
    expect(player.isConnected).toBe(false);
    expect(holders(instances)).toHaveLength(1);
    expectToAgree(instances);
    expectToGrow(instances);
    player.connect(c.harness);
    await clock.advance(1000);
    expect(shown(a)).toMatchObject({ status: 'online', node: 'n3' });
    expectToAgree(instances);
  });

  test('K1 one that hears nothing gives a device up when its next change is refused', async () => {
    const { instances, a, b, c, clock, player, redis } = await world();
    redis.deaf.add(a.me);
    player.connect(b.harness);
    await clock.advance(3000);
    expect(holders(instances)).toEqual([a.me, b.me]);
    await a.harness.devices.edit('d', { name: 'refused' });
    await clock.advance(200);
    expect(holders(instances)).toEqual([b.me]);
    expect(a.version('d')).toBe(b.version('d'));
    expect(c.document('d')?.name).toBeNull();
    expectToAgree(instances);
  });

  test('K3 a command that ended at both instances ends once, as recorded in the database', async () => {
    const { instances, a, b, c, clock, player, redis } = await world();
    player.mood = 'hung';
    await c.send({ deviceId: 'd', command: 'vlc:pause', commandId: 'x', timeoutMs: 60_000 });
    await clock.advance(300);
    redis.cutOff.add(a.me);
    await clock.advance(90_000);
    redis.cutOff.delete(a.me);
    await clock.advance(10_000);
    const endings = instances.map((it) => it.harness.ledger.get('x')?.record);
    expect(new Set(endings.map((it) => `${it?.status} ${it?.endedAt}`)).size).toBe(1);
    expect([a, b, c].flatMap(({ told }) => told.map(({ record }) => record.commandId))).toEqual(['x']);
    expect([a, b, c].map((it) => it.document('d')?.commands)).toEqual([{}, {}, {}]);
  });
});
