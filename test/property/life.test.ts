import { describe, expect, test } from 'vitest';
import { VigiaError } from '../../src/protocol/errors.ts';
import { fakePlayer } from '../support/fake-player.ts';
import { simulatedClock } from '../support/simulated-clock.ts';
import { asker, disagreements, openWorld, plain } from '../support/world.ts';

const HOUR = 3600_000;

type Given = Parameters<typeof openWorld>[0];

async function worldOf(ids: string[], metrics: Given['metrics'] = {}, gaveUp: Given['gaveUp'] = () => {}) {
  const clock = simulatedClock();
  const players = ids.map((id) => fakePlayer({ id, clock, latency: () => 5 }));
  const world = await openWorld({ clock, players, metrics, gaveUp, settings: { streamIntervalMs: 5000 } });
  for (const player of players) player.connect(world.harness);
  await clock.advance(2500);
  return { clock, players, world };
}

describe('an actor that fails', () => {
  test('is restarted and counted; other devices are unaffected; its device continues', async () => {
    let restarts = 0;
    let isFaulty = false;
    const { clock, players, world } = await worldOf(['d1', 'd2'], {
      actorRestarted: () => void restarts++,
      commandSent: () => {
        if (isFaulty) throw new Error('an effect failed');
      },
    });
    const neighbour = plain(world.harness.fleet.get('d2'));

    isFaulty = true;
    await world.send({ deviceId: 'd1', command: 'vlc:play', timeoutMs: 1000 });
    isFaulty = false;
    await clock.advance(5000);

    expect(restarts).toBe(1);
    expect(world.harness.fleet.get('d2')).toEqual(neighbour);
    expect(world.harness.fleet.get('d1')?.document.connection.status).toBe('online');
    expect(world.harness.desk.list('d1')).toMatchObject([{ status: 'success', attempts: 2 }]);
    expect(players[0]?.playback).toBe('playing');
    expect(disagreements(world)).toEqual([]);
  });

  test('pauses after too many failures, with its player connected, and resumes by itself', async () => {
    let restarts = 0;
    const gaveUp: string[] = [];
    const { clock, players, world } = await worldOf(
      ['d1'],
      { actorRestarted: () => void restarts++ },
      (id) => void gaveUp.push(id),
    );
    const [player] = players;
    if (!player) throw new Error();

    player.broken = true;
    await clock.advance(30_000);
    expect(restarts).toBe(4);
    // The listener that raises the alert (W7: device_actor_failed) is called once.
    expect(gaveUp).toEqual(['d1']);
    player.broken = false;
    await clock.advance(90_000);

    expect(world.harness.fleet.get('d1')?.document).toMatchObject({
      connection: { status: 'online' },
      report: { status: 'live' },
    });
    await world.send({ deviceId: 'd1', command: 'vlc:fullscreen' });
    await clock.advance(2000);
    expect(player.fullscreen).toBe(true);
    expect(disagreements(world)).toEqual([]);
  });

  test('a player that registers during the pause takes over from the earlier session', async () => {
    const { clock, players, world } = await worldOf(['d1']);
    const [player] = players;
    if (!player) throw new Error();
    player.broken = true;
    world.harness.fleet.enrol('d1').watch('somebody', 2000);
    await clock.advance(10_000);
    player.broken = false;
    const before = world.harness.fleet.get('d1')?.document.connection;
    expect(world.harness.fleet.find('d1')?.actor.isAlive).toBe(false);

    player.connect(world.harness);
    await clock.advance(100);

    const after = world.harness.fleet.get('d1')?.document.connection;
    expect(after?.status).toBe('online');
    expect(after?.sessionId).not.toBe(before?.sessionId);
    await world.send({ deviceId: 'd1', command: 'vlc:play' });
    await clock.advance(2000);
    expect(player.playback).toBe('playing');
  });
});

describe('sleep', () => {
  test('a device that is offline for an hour has no actor; it wakes with its document unchanged, on registration', async () => {
    const { clock, players, world } = await worldOf(['d1']);
    const host = world.harness.fleet.enrol('d1');
    players[0]?.lose(0);
    await clock.advance(20_000);
    const { version, document } = plain(host.versioned);
    expect(document).toMatchObject({ connection: { status: 'offline' }, report: { status: 'stale' } });
    await clock.advance(HOUR - 60_000);
    expect(host.actor.isAlive).toBe(true);
    await clock.advance(120_000);
    expect(host.actor.isAlive).toBe(false);
    expect(host.versioned).toEqual({ version, document });

    players[0]?.connect(world.harness);
    await clock.advance(100);
    expect(host.actor.isAlive).toBe(true);
    expect(host.versioned.document).toMatchObject({
      connection: { status: 'online' },
      report: { status: 'live' },
    });
    expect(host.versioned.document.state.vlc).toMatchObject({ state: 'stopped' });
  });

  test('… or for a waiting command, only as long as it waits', async () => {
    const { clock, players, world } = await worldOf(['d1']);
    const host = world.harness.fleet.enrol('d1');
    players[0]?.lose(0);
    await clock.advance(HOUR + 120_000);
    const { document } = plain(host.versioned);
    await world.send({ deviceId: 'd1', command: 'vlc:play', ttlMs: 600_000 });
    expect(host.actor.isAlive).toBe(true);
    await clock.advance(500_000);
    expect(host.actor.isAlive).toBe(true);
    await clock.advance(200_000);
    expect(host.actor.isAlive).toBe(false);
    expect(host.versioned.document).toEqual(document);
    expect(world.harness.desk.list('d1')).toMatchObject([{ status: 'undelivered', attempts: 0 }]);
  });
});

describe('a restart', () => {
  test.each([
    ['clean', true],
    ['kill', false],
  ])('(%s) a device that was live and does not return is stale and offline', async (_, clean) => {
    const { clock, world } = await worldOf(['d1']);
    await world.restart(clean);
    expect(world.harness.fleet.get('d1')?.document.connection).toMatchObject({
      status: 'reconnecting',
      reason: 'server_restart',
    });
    await clock.advance(20_000);
    expect(world.harness.fleet.get('d1')?.document).toMatchObject({
      connection: { status: 'offline' },
      report: { status: 'stale' },
    });
    expect(disagreements(world)).toEqual([]);
  });

  test('P8 a conflict published before it is over afterwards', async () => {
    const { clock, players, world } = await worldOf(['d1']);
    for (let i = 0; i < 4; i++) {
      players[0]?.connect(world.harness, { place: `10.0.0.${1 + (i % 2)}` });
      await clock.advance(1000);
    }
    expect(world.harness.fleet.get('d1')?.document.connection.conflict).toBeDefined();
    await world.restart(true);
    players[0]?.connect(world.harness);
    await clock.advance(60_000);
    expect(world.harness.fleet.get('d1')?.document.connection.conflict).toBeUndefined();
  });

  test('the document of a quiet, offline device shows its normal polling interval, though it was watched before', async () => {
    const { clock, players, world } = await worldOf(['d1']);
    players[0]?.lose(0);
    await clock.advance(20_000);
    world.harness.fleet.find('d1')?.watch('somebody', 2000);
    await clock.advance(2000);
    await world.restart(true);
    expect(world.harness.fleet.get('d1')?.document.report.intervalMs).toBe(30_000);
  });

  test('two crashes in a row never assign a version twice', async () => {
    const { clock, players, world } = await worldOf(['d1']);
    await world.restart();
    players[0]?.connect(world.harness);
    await clock.advance(300);
    const { version } = world.harness.fleet.get('d1') ?? { version: 0 };
    await world.restart();
    expect(world.harness.fleet.get('d1')?.version).toBeGreaterThan(version);
    expect(world.faults).toEqual([]);
  });
});

describe('C3 at most 100 commands wait for one device', () => {
  const play = { deviceId: 'd1', command: 'vlc:play', ttlMs: 60_000 };
  test.each([
    ['online: one is under way', true, 101],
    ['offline: none is', false, 100],
  ])('%s', async (_, online, room) => {
    const { clock, players, world } = await worldOf(['d1']);
    if (online) Object.assign(players[0] ?? {}, { mood: 'hung' });
    else players[0]?.lose(0);
    await clock.advance(20_000);
    for (let i = 0; i < room; i++) await world.send(play);
    const refused = await world.send(play).catch((error) => error);
    expect(refused).toBeInstanceOf(VigiaError);
    expect(refused.code).toBe('queue_full');
    expect(world.harness.ledger.pendingCount).toBe(room);
  });
});

describe('C2 a known commandId starts nothing', () => {
  test('also for a group, after a restart, although the group has grown', async () => {
    const { clock, players, world } = await worldOf(['d1', 'd2']);
    world.harness.fleet.edit('d1', { group: 'g' });
    await world.send({ group: 'g', command: 'vlc:play', commandId: 'c1' });
    await clock.advance(2000);
    world.harness.fleet.edit('d2', { group: 'g' });
    await clock.advance(2000);
    await world.restart();
    for (const player of players) player.connect(world.harness);
    await clock.advance(1000);

    const again = await world.harness.desk.send({ group: 'g', command: 'vlc:play', commandId: 'c1' }, asker);
    await clock.advance(2000);
    expect(again).toMatchObject([{ commandId: 'c1:d1', deviceId: 'd1', status: 'success' }]);
    expect(players[1]?.received).toEqual([]);
  });
});

test('C1–C4 nothing is sent, answered or reported before it is written', async () => {
  const clock = simulatedClock();
  const player = fakePlayer({ id: 'd1', clock });
  const world = await openWorld({ clock, players: [player], writeMs: 50 });
  player.connect(world.harness);
  await clock.advance(2500);
  let answered = 0;
  void world.harness.desk.send({ deviceId: 'd1', command: 'vlc:play' }, asker, 'socket').then(() => answered++);
  await clock.advance(40);
  expect([player.received.length, world.told.size, answered]).toEqual([0, 0, 0]);
  await clock.advance(20);
  expect([player.received.length, world.told.size, answered]).toEqual([1, 0, 1]);
  await clock.advance(60);
  expect([player.received.length, world.told.size, answered]).toEqual([1, 1, 1]);
});

test('C1 an attempt is cancelled if an answer to the previous one ends the command meanwhile', async () => {
  const clock = simulatedClock();
  const player = fakePlayer({ id: 'd1', clock });
  const world = await openWorld({ clock, players: [player], writeMs: 50 });
  player.connect(world.harness);
  await clock.advance(2500);
  player.mood = 'hung';
  void world.harness.desk.send({ deviceId: 'd1', command: 'vlc:pause', timeoutMs: 500 }, asker, 'socket');
  const attempts = () => world.harness.desk.list('d1')[0]?.attempts;
  while (attempts() !== 2) await clock.advance(1);
  // The second attempt is recorded, being written, and not sent; the first is answered after all.
  const [command] = world.harness.desk.list('d1');
  world.harness.fleet.find('d1')?.respond(command?.commandId ?? '', { status: 'success' });
  await clock.advance(5000);
  expect(world.harness.desk.list('d1')).toMatchObject([{ status: 'success', confirmedBy: 'response' }]);
  expect(player.received).toHaveLength(1);
});

test('a removed device that returns continues from its version, also after a restart', async () => {
  const { clock, players, world } = await worldOf(['d1']);
  const version = world.harness.fleet.get('d1')?.version ?? 0;
  await Promise.all([world.harness.fleet.remove('d1'), clock.advance(100)]);
  await world.restart(true);
  players[0]?.connect(world.harness);
  await clock.advance(100);
  expect(world.harness.fleet.get('d1')?.version).toBeGreaterThan(version + 1);
});

test('C1 a player that restarted is not judged by its earlier reports', async () => {
  const { clock, players, world } = await worldOf(['d1']);
  const [player] = players;
  if (!player) throw new Error();
  player.fullscreen = true;
  player.report();
  await clock.advance(50);
  // It restarts while the baseline is still recent, without fullscreen.
  player.lose(0);
  player.fullscreen = false;
  player.loses.states = true;
  player.connect(world.harness);
  await clock.advance(50);
  player.loses.commands = true;
  await world.send({ deviceId: 'd1', command: 'vlc:fullscreen', timeoutMs: 2000 });
  await clock.advance(1500);
  player.loses.states = false;
  await clock.advance(10_000);
  // Compared with the old state it would look successful: it was on, it is off.
  expect(world.harness.desk.list('d1')).toMatchObject([{ status: 'timeout', attempts: 1 }]);
});
