import { describe, expect, test } from 'vitest';
import type { Directory } from '../../../src/cluster/directory.ts';
import { deferred } from '../../support/deferred.ts';
import { fakePlayer } from '../../support/fake-player.ts';
import { type Instance, simulatedCluster } from '../../support/simulated-cluster.ts';
import { plain } from '../../support/world.ts';

const AT_REST = { stateIntervalMs: 60_000 };

async function threeInstances(settings: Parameters<typeof simulatedCluster>[1] = AT_REST) {
  const cluster = await simulatedCluster(['n1', 'n2', 'n3'], settings);
  const [a, b, c] = cluster.instances as [Instance, Instance, Instance];
  const player = fakePlayer({ id: 'd', clock: cluster.clock });
  player.connect(a.harness);
  await cluster.clock.advance(1000);
  return { ...cluster, a, b, c, player };
}

const documentsOf = ({ harness }: Instance) =>
  plain([...harness.devices.all()]).sort((x, y) => (x.document.id < y.document.id ? -1 : 1));
const versionsOf = ({ updates }: Instance) => updates.map(({ version }) => version);
const codeOf = (asked: Promise<unknown>) =>
  asked.then(
    () => 'no error',
    ({ code }) => code,
  );

describe('K2 one fleet', () => {
  test('every instance has every document, and sends its admins each change once, in order', async () => {
    const { a, b, c, clock } = await threeInstances();
    expect(b.document('d')).toMatchObject({ connection: { status: 'online', node: 'n1' }, report: { status: 'live' } });
    await c.harness.devices.edit('d', { name: 'Hall' });
    await clock.advance(300);
    for (const it of [b, c]) {
      expect(documentsOf(it)).toEqual(documentsOf(a));
      expect(versionsOf(it)).toEqual(versionsOf(a));
    }
    expect(b.document('d')?.name).toBe('Hall');
    const numbers = versionsOf(a);
    expect(numbers).toEqual(numbers.map((_, i) => (numbers[0] as number) + i));
    expect(b.updates.map((it) => Object.keys(it).at(-1))).toEqual(['document', ...numbers.slice(1).map(() => 'patch')]);
  });

  test('holders are known: this instance, another, none', async () => {
    const { a, b } = await threeInstances();
    const at = (it: Instance, id: string) => it.harness.cluster?.directory.holder(id);
    expect([at(a, 'd'), at(b, 'd'), at(b, 'none')]).toEqual(['us', 'other', 'nobody']);
    expect(a.harness.cluster?.directory.size).toBe(1);
    expect(b.harness.cluster?.directory.size).toBe(1);
  });

  test('a lost message is detected by the next sequence number, and the missed records are read whole', async () => {
    const { a, b, clock, redis } = await threeInstances();
    redis.deaf.add(b.me);
    for (const name of ['1', '2']) {
      await a.harness.devices.edit('d', { name });
      await clock.advance(200);
    }
    redis.deaf.delete(b.me);
    expect(b.document('d')?.name).toBeNull();
    expect(b.lost.messages).toBe(0);
    const { tokens } = b.reloads;
    await a.harness.devices.edit('d', { name: '3' });
    await clock.advance(200);
    expect(b.lost.messages).toBe(1);
    expect(b.reloads.tokens, 'tokens are read, too').toBeGreaterThan(tokens);
    expect(documentsOf(b)).toEqual(documentsOf(a));
    expect(b.updates.at(-1)).toMatchObject({ version: a.version('d'), document: { name: '3' } });
  });

  test('the loss of the last message is detected within 2 s, by a heartbeat', async () => {
    const { a, b, clock, redis } = await threeInstances();
    redis.deaf.add(b.me);
    await a.harness.devices.edit('d', { name: 'last' });
    await clock.advance(200);
    redis.deaf.delete(b.me);
    await clock.advance(1800);
    expect(b.lost.messages).toBe(1);
    expect(b.document('d')?.name).toBe('last');
  });

  test('heartbeats are no gaps', async () => {
    const { b, c, clock } = await threeInstances();
    const { tokens } = b.reloads;
    await clock.advance(20_000);
    expect([b.lost.messages, c.lost.messages]).toEqual([0, 0]);
    expect(b.reloads.tokens).toBe(tokens);
  });

  test('an instance whose subscriptions were interrupted reads everything once they work again', async () => {
    const { a, b, clock, redis } = await threeInstances();
    redis.deaf.add(b.me);
    await a.harness.devices.edit('d', { name: 'unheard' });
    await clock.advance(200);
    redis.deaf.delete(b.me);
    redis.reconnect(b.me);
    await clock.advance(0);
    expect(b.document('d')?.name).toBe('unheard');
  });

  test('a new instance has the documents of all, with their versions', async () => {
    const { a, b, c, join, clock } = await threeInstances();
    await c.harness.devices.provision({ id: 'new', name: 'Shelf' });
    await a.harness.devices.edit('d', { name: 'Hall' });
    await clock.advance(500);
    const { fleetTokens } = a.reloads;
    const d = await join('n4');
    expect(documentsOf(d)).toEqual(documentsOf(b));
    await a.harness.devices.edit('d', { name: 'later' });
    await clock.advance(500);
    expect(documentsOf(d)).toEqual(documentsOf(a));
    expect(d.updates.map((it) => Object.keys(it).at(-1))).toEqual(['patch']);
    await clock.advance(1500);
    expect(a.reloads.fleetTokens, 'it may have started with a new fleet token').toBe(fleetTokens + 1);
  });

  test('what a new instance hears while it reads the records is newer than they are', async () => {
    const { a, clock, join, database, redis } = await threeInstances();
    const old = await database.open().load('devices');
    redis.cutOff.add(a.me);
    await a.harness.devices.edit('d', { name: 'newest' });
    await clock.advance(1000);
    const reading = deferred<void>();
    const { open } = database;
    database.open = () => ({
      ...open(),
      load: (collection) =>
        collection === 'devices' ? reading.promise.then(() => old as never) : open().load(collection),
    });
    const joining = join('n4');
    await clock.advance(100);
    redis.cutOff.delete(a.me);
    await clock.advance(500);
    reading.resolve();
    const d = await joining;
    expect(d.document('d')?.name).toBe('newest');
    expect(versionsOf(d), 'it is told once').toEqual([a.version('d')]);
  });

  test('a device is removed everywhere, and continues from its version wherever it returns', async () => {
    const { a, b, c, clock, player } = await threeInstances();
    const { version } = a.harness.devices.get('d') as { version: number };
    await b.harness.devices.remove('d');
    await clock.advance(300);
    expect(player.isConnected).toBe(false);
    for (const it of [a, b, c]) {
      expect(it.document('d')).toBeUndefined();
      expect(it.updates.at(-1)).toMatchObject({ deviceId: 'd', version: version + 1, deleted: true });
    }
    player.connect(c.harness);
    await clock.advance(1000);
    expect(c.version('d')).toBeGreaterThan(version + 1);
    expect(documentsOf(a)).toEqual(documentsOf(c));
  });

  test('… also where it returns while the registry cannot be reached', async () => {
    const { a, b, clock, player, redis } = await threeInstances();
    await a.harness.devices.remove('d');
    const { version } = a.updates.at(-1) as { version: number };
    await clock.advance(300);
    redis.cutOff.add(b.me);
    await clock.advance(2000);
    player.connect(b.harness);
    await clock.advance(100);
    expect(b.version('d')).toBeGreaterThan(version);
  });

  test('an id is assigned once in the cluster, also where it is not known yet', async () => {
    const { a, b, clock } = await threeInstances();
    for (const it of [a, b]) expect(await codeOf(it.harness.devices.provision({ id: 'd' }))).toBe('conflict');
    expect(a.document('d'), 'it stays where it is').toMatchObject({ connection: { status: 'online', node: 'n1' } });
    expect(b.harness.fleet.find('d')).toBeUndefined();
    const both = [a, b].map((it) => codeOf(it.harness.devices.provision({ id: 'shelf' })));
    expect((await Promise.all(both)).sort()).toEqual(['conflict', 'no error']);
    await clock.advance(2000);
    expect(documentsOf(b)).toEqual(documentsOf(a));
    expect(documentsOf(a)).toHaveLength(2);
  });

  test('MAX_DEVICES counts the devices of all instances', async () => {
    const { b, clock } = await threeInstances({ ...AT_REST, maxDevices: 4 });
    await b.harness.devices.provision({ id: '1' });
    expect(await codeOf(b.harness.devices.provision({ id: '2' })), 'the others may admit as many meanwhile').toBe(
      'fleet_full',
    );
    await clock.advance(3000);
    expect(await codeOf(b.harness.devices.provision({ id: '2' }))).toBe('no error');
    await clock.advance(3000);
    await b.harness.devices.provision({ id: '3' });
    await clock.advance(3000);
    expect(await codeOf(b.harness.devices.provision({ id: '4' }))).toBe('fleet_full');
  });

  test('a token change reaches all, before the requests that use it', async () => {
    const { a, b, c, clock } = await threeInstances();
    a.harness.cluster?.tokenWritten(['blocks', 'd', { since: '', by: 'ana' }]);
    await a.harness.cluster?.flush();
    await clock.advance(0);
    for (const it of [b, c]) expect(it.learnt).toEqual([['blocks', 'd', { since: '', by: 'ana' }]]);
    expect(a.learnt).toEqual([]);
  });
});

describe('K3 directly to the owner', () => {
  test('edits, with If-Match, blocks, tokens and restrictions', async () => {
    const { a, b, clock } = await threeInstances();
    const version = a.version('d') as number;
    expect(await codeOf(b.harness.devices.edit('d', { name: 'no' }, version - 1))).toBe('conflict');
    expect(await b.harness.devices.edit('d', { name: 'yes' }, version)).toMatchObject({
      version: version + 1,
      document: { name: 'yes' },
    });
    const blocked = { since: '2026-01-01T00:00:00.000Z', by: 'ana' };
    expect((await b.harness.devices.noteBlocked('d', blocked)).document.blocked).toEqual(blocked);
    expect((await b.harness.devices.noteBlocked('d', undefined)).document).not.toHaveProperty('blocked');
    expect(await b.harness.devices.rotateToken('d')).toBe('token of d');
    await b.harness.devices.liftRestriction('d');
    await clock.advance(300);
    expect(documentsOf(b)).toEqual(documentsOf(a));
    for (const asked of [
      b.harness.devices.edit('none', {}),
      b.harness.devices.remove('none'),
      b.harness.devices.liftRestriction('none'),
      b.harness.devices.refresh('none', 'state'),
    ])
      expect(await codeOf(asked)).toBe('device_unknown');
  });

  test('a device that registered at another instance a moment ago is known', async () => {
    const { instances, clock } = await simulatedCluster(['n1', 'n2'], AT_REST, () => 100);
    const [a, b] = instances as [Instance, Instance];
    for (const id of ['sent', 'read']) fakePlayer({ id, clock }).connect(a.harness);
    await clock.advance(0);
    expect([b.document('sent'), b.document('read')]).toEqual([undefined, undefined]);
    const command = b.send({ deviceId: 'sent', command: 'vlc:play' });
    const lookingUp = b.harness.cluster?.directory.lookUp(['read', 'none']);
    const unknown = codeOf(b.send({ deviceId: 'none', command: 'vlc:play' }));
    await clock.advance(90);
    await lookingUp;
    expect(b.document('read')).toMatchObject({ id: 'read', connection: { node: 'n1' } });
    expect(b.harness.cluster?.directory.lookUp(['read'])).toBeUndefined();
    expect(await unknown).toBe('device_unknown');
    await clock.advance(1000);
    expect(await command).toMatchObject([{ deviceId: 'sent', status: 'sent' }]);
  });

  test('while the registry is away, an unknown device stays unknown', async () => {
    const { b, clock, redis } = await threeInstances();
    redis.cutOff.add(b.me);
    const unknown = codeOf(b.send({ deviceId: 'none', command: 'vlc:play' }));
    await clock.advance(1000);
    expect(await unknown).toBe('device_unknown');
  });

  test('a state is requested; a screenshot that does not arrive is an error', async () => {
    const { b, clock, player } = await threeInstances();
    const before = player.askedAt.length;
    expect(await b.harness.devices.refresh('d', 'state')).toEqual({});
    await clock.advance(10);
    expect(player.askedAt.length).toBe(before + 1);
    const asked = codeOf(b.harness.devices.refresh('d', 'snapshot'));
    await clock.advance(15_000);
    expect(await asked).toBe('unavailable');
  });

  test('a device without an owner is taken by the instance that gets the request', async () => {
    const { a, b, c, clock, player, redis } = await threeInstances();
    player.lose(0);
    await clock.advance(20_000);
    await a.stop();
    await clock.advance(1000);
    expect(redis.read('d')?.owner).toBe('');
    await c.harness.devices.edit('d', { name: 'Shelf' });
    expect(redis.read('d')?.owner).toBe(c.me);
    await clock.advance(300);
    expect(b.document('d')).toMatchObject({ name: 'Shelf', connection: { status: 'offline' } });
    expect(b.version('d')).toBe(c.version('d'));
  });

  test('a device of a dead owner is taken once, by one of the instances that get requests, and serves both', async () => {
    const { a, b, c, clock, redis } = await threeInstances();
    await a.harness.devices.provision({ id: 'shelf' });
    await clock.advance(300);
    a.kill();
    await clock.advance(10_000);
    const { epoch, owner } = redis.read('shelf') as { epoch: number; owner: string };
    expect(owner).toBe(a.me);
    const edits = Promise.all([
      b.harness.devices.edit('shelf', { name: 'Shelf' }),
      c.harness.devices.edit('shelf', { labels: { floor: '1' } }),
    ]);
    await clock.advance(1000);
    await edits;
    await clock.advance(300);
    expect(redis.read('shelf')?.epoch).toBe(epoch + 1);
    expect([b, c].filter((it) => it.harness.fleet.find('shelf'))).toHaveLength(1);
    for (const it of [b, c]) expect(it.document('shelf')).toMatchObject({ name: 'Shelf', labels: { floor: '1' } });
  });

  test('an id that a killed instance assigned is not assigned again, though nobody has heard of it', async () => {
    const { a, c, clock, redis } = await threeInstances();
    redis.deaf.add(c.me);
    await a.harness.devices.provision({ id: 'new', name: 'First' });
    await clock.advance(300);
    redis.deaf.delete(c.me);
    a.kill();
    const again = codeOf(c.harness.devices.provision({ id: 'new', name: 'Second' }));
    await clock.advance(5000);
    expect(await again).toBe('conflict');
    expect(c.document('new')?.name).toBe('First');
  });

  test('an owner that must continue beyond a version says which of the devices it does not hold', async () => {
    const { a, c } = await threeInstances();
    const version = (a.version('d') as number) + 10;
    const told = ['d', 'other'].map((id) => ({ id, version, isOtherwise: false }));
    const answer = await a.harness.cluster?.directory.handlers.ahead({ told }, c.me);
    expect(answer).toEqual({ moved: ['other'] });
    expect(a.version('d')).toBeGreaterThan(version);
  });

  test('if the owner has changed unnoticed, it is looked up again', async () => {
    const { a, b, c, clock, redis, player } = await threeInstances();
    redis.deaf.add(b.me);
    player.connect(c.harness);
    await clock.advance(300);
    redis.deaf.delete(b.me);
    expect(a.harness.fleet.find('d')).toBeUndefined();
    expect((await b.harness.devices.edit('d', { name: 'found' })).document.name).toBe('found');
    expect(c.document('d')?.name).toBe('found');
  });

  test('if the owner does not answer, the device is unavailable after three attempts of 3 s', async () => {
    const { a, b, clock, redis } = await threeInstances();
    redis.deaf.add(a.me);
    let code: string | undefined;
    void codeOf(b.harness.devices.edit('d', { name: 'unheard' })).then((it) => {
      code = it;
    });
    await clock.advance(8900);
    expect(code).toBeUndefined();
    await clock.advance(200);
    expect(code).toBe('unavailable');
  });
});

describe('A6 watching across instances', () => {
  test('the owner polls at the shortest requested interval, and stops when nobody watches', async () => {
    const { a, b, c, clock } = await threeInstances();
    const interval = () => a.document('d')?.report.intervalMs;
    expect(b.harness.devices.watch('d', 'one', 5000)).toBe(5000);
    await clock.advance(50);
    expect(interval()).toBe(5000);
    expect(c.harness.devices.watch('d', 'two')).toBe(2000);
    await clock.advance(50);
    expect(interval()).toBe(2000);
    c.harness.devices.unwatch('d', 'two');
    await clock.advance(50);
    expect(interval()).toBe(5000);
    b.harness.devices.unwatch('d', 'one');
    await clock.advance(50);
    expect(interval()).toBe(60_000);
  });

  test('a device that moves is watched at its new instance', async () => {
    const { b, c, clock, player } = await threeInstances();
    b.harness.devices.watch('d', 'one', 5000);
    await clock.advance(100);
    player.connect(c.harness);
    await clock.advance(4000);
    expect(c.document('d')).toMatchObject({ connection: { node: 'n3' }, report: { intervalMs: 5000 } });
    player.connect(b.harness);
    await clock.advance(1000);
    expect(b.document('d')).toMatchObject({ connection: { node: 'n2' }, report: { intervalMs: 5000 } });
  });

  test('one may watch devices of its own, and unknown ones, beside others', async () => {
    const { a, b, clock } = await threeInstances();
    await b.harness.devices.provision({ id: 'own' });
    for (const id of ['own', 'none', 'd']) b.harness.devices.watch(id, 'one', 5000);
    await clock.advance(100);
    expect(a.document('d')?.report.intervalMs).toBe(5000);
  });

  test('a dead instance watches nothing', async () => {
    const { a, b, clock } = await threeInstances();
    b.harness.devices.watch('d', 'one', 5000);
    await clock.advance(100);
    b.kill();
    await clock.advance(5000);
    expect(a.document('d')?.report.intervalMs).toBe(5000);
    await clock.advance(5000);
    expect(a.document('d')?.report.intervalMs).toBe(60_000);
  });
});

describe('P4, P13 messages that arrive at another instance', () => {
  const update = { timestamp: undefined, address: '10.0.0.1', hasOwnToken: false };

  test("a partial state is accepted from the device's address, or with its own token", async () => {
    const { a, b, clock } = await threeInstances();
    const item = () => a.document('d')?.playback.item;
    const said = (name: string) => ({ vlc: { state: 'playing', item: name } });
    expect(b.harness.devices.forward('d', { ...update, update: said('near') })).toBe(true);
    await clock.advance(0);
    expect(item()).toBe('near');
    expect(b.harness.devices.forward('d', { ...update, update: said('far'), address: '10.0.0.2' })).toBe(true);
    await clock.advance(0);
    expect(item()).toBe('near');
    b.harness.devices.forward('d', { ...update, update: said('own'), address: '10.0.0.2', hasOwnToken: true });
    await clock.advance(0);
    expect(item()).toBe('own');
    expect(b.harness.devices.forward('none', { ...update, update: {} })).toBe(false);
  });

  test('what is told of a device that is not here is ignored', async () => {
    const { a, b, clock } = await threeInstances();
    const directory = a.harness.cluster?.directory as Directory;
    const picture = { url: '/s/1', takenAt: new Date(clock.wall()).toISOString(), size: 1, width: 1, height: 1 };
    directory.take({ note: 'forward', id: 'none', message: { picture: picture as never } }, b.me);
    directory.take({ note: 'forward', id: 'none', message: { ...update, update: {} } }, b.me);
    directory.take({ note: 'left', id: 'none', sessionId: 's' }, b.me);
    expect(await directory.handlers.resume({ sessionId: 'none' }, b.me)).toBe(false);
    expect(await directory.handlers.probe({ sessionId: 'none' }, b.me)).toBe(false);
    expect(await directory.handlers.handover({ id: 'none', epoch: 1 }, b.me)).toBeNull();
    expect(a.document('none')).toBeUndefined();
  });

  test('a report of a device without an owner is no reason to take it', async () => {
    const { a, c, clock, player, redis } = await threeInstances();
    player.lose(0);
    await clock.advance(20_000);
    await a.stop();
    await clock.advance(1000);
    expect(c.harness.devices.forward('d', { ...update, update: {} })).toBe(true);
    await clock.advance(100);
    expect(redis.read('d')?.owner).toBe('');
  });

  test('a picture', async () => {
    const { a, b, clock } = await threeInstances();
    const picture = { url: '/s/1', takenAt: new Date(clock.wall()).toISOString(), size: 1, width: 1, height: 1 };
    b.harness.devices.forward('d', { picture: picture as never });
    await clock.advance(0);
    expect(a.document('d')?.state.snapshot).toMatchObject({ url: '/s/1' });
  });

  test('a restriction, also of a device without an owner', async () => {
    const { a, b, c, clock, player, redis } = await threeInstances();
    const restricted = { why: 'flooding', evidence: 'many', forMs: 6000 } as const;
    b.harness.devices.forward('d', { restricted });
    await clock.advance(0);
    expect(a.imposed).toEqual([['d', restricted]]);
    player.lose(0);
    await clock.advance(20_000);
    await a.stop();
    await clock.advance(1000);
    expect(c.harness.devices.forward('d', { restricted })).toBe(true);
    await clock.advance(100);
    expect(redis.read('d')?.owner).toBe(c.me);
  });
});
