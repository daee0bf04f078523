import { describe, expect, test } from 'vitest';
import { fakePlayer } from '../../support/fake-player.ts';
import { type Instance, simulatedCluster } from '../../support/simulated-cluster.ts';
import { asker } from '../../support/world.ts';

async function threeDevices() {
  const cluster = await simulatedCluster(['n1', 'n2', 'n3'], { stateIntervalMs: 60_000 });
  const [a, b, c] = cluster.instances as [Instance, Instance, Instance];
  const { clock } = cluster;
  const players = [a, b, c].map((it, i) => {
    const player = fakePlayer({ id: `d${i}`, clock });
    player.connect(it.harness, { profile: { deviceGroup: 'hall' } });
    return player;
  });
  await clock.advance(1000);
  const [p0, p1, p2] = players as [(typeof players)[0], (typeof players)[0], (typeof players)[0]];
  return { ...cluster, a, b, c, p0, p1, p2 };
}

const toldBy = ({ told }: Instance) => told.map(({ record: { commandId, status } }) => `${commandId} ${status}`);
const play = { command: 'vlc:play' } as const;

describe('K3 a command is routed directly to the owner', () => {
  test('it is executed once; the sender is notified once, at its instance; all know the ending', async () => {
    const { a, b, c, p0, clock } = await threeDevices();
    expect(await b.send({ ...play, deviceId: 'd0', commandId: 'x' })).toMatchObject([
      { commandId: 'x', deviceId: 'd0' },
    ]);
    expect(b.harness.ledger.get('x'), 'known here at once').toBeDefined();
    await clock.advance(1000);
    expect(p0.received).toHaveLength(1);
    expect([a, b, c].map(toldBy)).toEqual([[], ['x success'], []]);
    expect(a.seenEndings).toMatchObject([{ commandId: 'x' }]);
    expect(c.seenEndings).toMatchObject([{ commandId: 'x' }]);
    for (const it of [a, b, c])
      expect(await it.harness.desk.get('x')).toMatchObject({ status: 'success', attempts: 1 });
    expect(await c.harness.desk.ended('x')).toMatchObject({ status: 'success' });
  });

  test('a wait for the ending works at any instance', async () => {
    const { a, c, clock } = await threeDevices();
    await a.send({ ...play, deviceId: 'd1', commandId: 'x' });
    await clock.advance(50);
    const ended = c.harness.desk.ended('x');
    await clock.advance(1000);
    expect(await ended).toMatchObject({ commandId: 'x', status: 'success' });
  });

  test('one for many devices is sent to all owners, with a result per device', async () => {
    const { a, c, p0, p1, p2, clock, redis } = await threeDevices();
    await a.harness.devices.provision({ id: 'shelf', group: 'hall' });
    await clock.advance(500);
    const summaries = await c.send({ ...play, group: 'hall', commandId: 'all' });
    expect(summaries.map(({ commandId, deviceId }) => [commandId, deviceId]).sort()).toEqual(
      ['d0', 'd1', 'd2', 'shelf'].map((id) => [`all:${id}`, id]),
    );
    await clock.advance(1000);
    for (const it of [p0, p1, p2]) expect(it.received).toHaveLength(1);
    expect(toldBy(c).sort()).toEqual([...['d0', 'd1', 'd2'].map((id) => `all:${id} success`), 'all:shelf undelivered']);
    expect(redis.faults).toEqual([]);
  });

  test('an unknown device is an error: of the request for one device, of its own result for many', async () => {
    const { b } = await threeDevices();
    await expect(b.send({ ...play, deviceId: 'none' })).rejects.toMatchObject({ code: 'device_unknown' });
    const both = await b.send({ ...play, deviceIds: ['none', 'd0'], commandId: 'x' });
    expect(both).toMatchObject([
      { commandId: 'x:none', deviceId: 'none', status: 'undelivered', error: { code: 'device_unknown' } },
      { commandId: 'x:d0', deviceId: 'd0' },
    ]);
    expect(both[1]).not.toHaveProperty('error');
  });

  test('C2 a known commandId starts nothing, at any instance', async () => {
    const { a, b, c, p0, clock } = await threeDevices();
    await b.send({ ...play, deviceId: 'd0', commandId: 'x' });
    await clock.advance(1000);
    for (const it of [a, c]) {
      expect(await it.send({ ...play, deviceId: 'd0', commandId: 'x' })).toMatchObject([{ status: 'success' }]);
    }
    await clock.advance(1000);
    expect(p0.received).toHaveLength(1);
  });

  test('a waiting one can be cancelled at any instance', async () => {
    const { a, b, c, p0, clock } = await threeDevices();
    p0.mood = 'hung';
    await a.send({ ...play, deviceId: 'd0', commandId: 'first' });
    await b.send({ ...play, deviceId: 'd0', commandId: 'second' });
    await clock.advance(300);
    expect(await c.harness.desk.cancel('second')).toBe('cancelled');
    expect(await c.harness.desk.cancel('first')).toBe('sent');
    await clock.advance(300);
    expect(toldBy(b)).toEqual(['second cancelled']);
    await expect(c.harness.desk.cancel('none')).rejects.toMatchObject({ code: 'command_unknown' });
  });

  test('if the owner has changed unnoticed, it is looked up again', async () => {
    const { a, b, c, clock, redis } = await threeDevices();
    redis.deaf.add(b.me);
    const moved = fakePlayer({ id: 'd0', clock });
    moved.connect(c.harness);
    await clock.advance(300);
    redis.deaf.delete(b.me);
    expect(a.harness.fleet.find('d0')).toBeUndefined();
    const summaries = await b.send({ ...play, deviceIds: ['d0', 'd1'], commandId: 'x' });
    expect(summaries.map(({ deviceId, error }) => [deviceId, error])).toEqual([
      ['d0', undefined],
      ['d1', undefined],
    ]);
    await clock.advance(300);
    expect(moved.received).toHaveLength(1);
  });

  test('an owner that does not answer: a request for one device fails, one for many reports it per device', async () => {
    const { a, b, clock, redis } = await threeDevices();
    redis.deaf.add(a.me);
    const one = b.send({ ...play, deviceId: 'd0' }).then(
      () => 'no error',
      ({ code }) => code,
    );
    const many = b.send({ ...play, deviceIds: ['d0', 'd1'], commandId: 'x' });
    await clock.advance(10_000);
    expect(await one).toBe('unavailable');
    expect(await many).toMatchObject([
      { commandId: 'x:d0', status: 'undelivered', error: { code: 'unavailable' } },
      { commandId: 'x:d1' },
    ]);
    expect((await many)[1]).not.toHaveProperty('error');
  });

  test('A7 a token sees no device of another group', async () => {
    const { b } = await threeDevices();
    const limited = { ...asker, groups: ['foyer'] };
    await expect(b.send({ ...play, deviceId: 'd0' }, limited)).rejects.toMatchObject({ code: 'device_unknown' });
  });
});

describe('C6, K3 who is notified of an ending', () => {
  test('a sender that disconnected is notified by the instance where it reconnects, once', async () => {
    const { a, b, c, clock } = await threeDevices();
    for (const it of [a, b, c]) it.isAskerHere = false;
    await b.send({ ...play, deviceId: 'd0', commandId: 'x' });
    await clock.advance(1000);
    expect([a, b, c].flatMap(toldBy)).toEqual([]);
    for (const it of [c, a, b, c]) {
      it.isAskerHere = true;
      await it.harness.desk.notifyMissed(asker.tokenId);
      await clock.advance(300);
    }
    expect([a, b, c].flatMap(toldBy)).toEqual(['x success']);
    expect([a, b, c].flatMap(({ told }) => told)).toMatchObject([{ missed: true }]);
    await c.harness.desk.notifyMissed('another token');
    expect([a, b, c].flatMap(toldBy)).toHaveLength(1);
  });

  test('a sender whose instance is killed is notified by another one, and the command ends once', async () => {
    const { a, b, c, p0, clock } = await threeDevices();
    p0.mood = 'hung';
    a.isAskerHere = false;
    await b.send({ ...play, deviceId: 'd0', commandId: 'x', retries: 0, timeoutMs: 3000 });
    await clock.advance(300);
    b.kill();
    await clock.advance(60_000);
    expect([toldBy(a), toldBy(c)]).toEqual([[], ['x timeout']]);
  });

  test('an instance that dies before it notifies its senders is replaced by another one; other senders are not asked for', async () => {
    const { a, b, c, p0, clock, redis } = await threeDevices();
    for (const it of [a, b, c]) it.isAskerHere = false;
    await c.send({ ...play, deviceId: 'd2', commandId: 'y' });
    p0.mood = 'hung';
    await b.send({ ...play, deviceId: 'd0', commandId: 'x', retries: 0, timeoutMs: 1000 });
    await clock.advance(300);
    redis.deaf.add(b.me);
    await clock.advance(30_000);
    c.isAskerHere = true;
    expect([a, b, c].flatMap(toldBy)).toEqual([]);
    b.kill();
    await clock.advance(10_000);
    expect([a, c].map(toldBy)).toEqual([[], ['x timeout']]);
  });

  test('a command by REST notifies nobody, and waits for nobody', async () => {
    const { a, b, c, clock } = await threeDevices();
    await b.send({ ...play, deviceId: 'd0', commandId: 'x' }, asker, null);
    await clock.advance(1000);
    for (const it of [a, b, c]) await it.harness.desk.notifyMissed(asker.tokenId);
    expect([a, b, c].flatMap(toldBy)).toEqual([]);
    expect(await c.harness.desk.get('x')).toMatchObject({ status: 'success' });
    expect([a, b, c].flatMap(({ seenEndings }) => seenEndings)).toHaveLength(3);
  });

  test('a new instance learns the pending commands, and those ended in the last 30 s', async () => {
    const { b, p0, p1, p2, clock, join, database } = await threeDevices();
    p1.mood = 'hung';
    await b.send({ ...play, deviceId: 'd2', commandId: 'old' });
    await clock.advance(31_000);
    await b.send({ ...play, deviceId: 'd0', commandId: 'new' });
    await b.send({ ...play, deviceId: 'd1', commandId: 'pending', timeoutMs: 60_000 });
    await clock.advance(300);
    expect([p0, p2].every((it) => it.received.length === 1)).toBe(true);
    // The database does not have them yet.
    const open = database.open;
    database.open = () => ({ ...open(), load: async () => new Map() });
    const d = await join('n4');
    await clock.advance(2500);
    expect(d.harness.ledger.get('new')?.record.status).toBe('success');
    expect(d.harness.ledger.get('pending')?.record.status).toBe('sent');
    expect(d.harness.ledger.get('old')).toBeUndefined();
  });
});
