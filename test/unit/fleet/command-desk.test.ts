import { expect, test } from 'vitest';
import { createMemoryStateStore, type MemoryStateStore } from '../../../src/adapters/memory/state-store.ts';
import { ReportCoalescer } from '../../../src/gateway/report-coalescer.ts';
import type { CommandRecord } from '../../../src/protocol/commands.ts';
import { ROLLOUT_TOKEN } from '../../../src/protocol/rollouts.ts';
import { deferred } from '../../support/deferred.ts';
import { fakePlayer } from '../../support/fake-player.ts';
import { type HarnessOptions, openHarness } from '../../support/harness.ts';
import { endedCommand } from '../../support/records.ts';
import { simulatedClock } from '../../support/simulated-clock.ts';
import { asker } from '../../support/world.ts';

const HELD = 20_000;
const play = { deviceId: 'd', command: 'vlc:play' };

/** With a command and a bulk command that ended so long ago that they are no longer in memory. */
async function storeWithThePast(): Promise<MemoryStateStore> {
  const store = createMemoryStateStore();
  const put = (commandId: string, order: number, more: object = {}) =>
    store.put('commands', commandId, { ...endedCommand(commandId, order), told: true, order, ...more });
  put('old', 1);
  put('many:d', 2, { batch: 'many' });
  put('many:e', 3, { batch: 'many' });
  for (let i = 0; i < HELD; i++) put(`c-${i}`, 4 + i);
  await store.committed();
  return store;
}

async function openWithPlayer(store: MemoryStateStore, more: Partial<HarnessOptions> = {}) {
  const clock = simulatedClock();
  const told: CommandRecord[] = [];
  const tell = (record: CommandRecord) => told.push(record) > 0;
  const harness = await openHarness({ clock, store, tell, ...more });
  const player = fakePlayer({ id: 'd', clock });
  player.connect(harness);
  await clock.advance(0);
  return { clock, harness, player, told };
}

test('C2 a commandId that ended too long ago to be in memory is answered with its first ending, and starts nothing', async () => {
  const { harness, player, clock } = await openWithPlayer(await storeWithThePast());
  expect(harness.ledger.get('old'), 'not in memory any more').toBeUndefined();
  const [again] = await harness.desk.send({ ...play, commandId: 'old' }, asker);
  expect(again).toMatchObject({ commandId: 'old', status: 'success', attempts: 1, durationMs: 1000 });
  const many = await harness.desk.send({ all: true, command: 'vlc:play', commandId: 'many' }, asker);
  expect(many.map(({ commandId, status }) => [commandId, status])).toEqual([
    ['many:d', 'success'],
    ['many:e', 'success'],
  ]);
  expect((await harness.desk.ended('old')).status).toBe('success');
  expect(await harness.desk.cancel('old')).toBe('success');
  await clock.advance(1000);
  expect(player.received).toEqual([]);
});

test('C3 C7 a store that does not answer delays a command by 250 ms, and commands are sent in order', async () => {
  const store = await storeWithThePast();
  const hanging = { ...store, find: () => new Promise<never>(() => {}) };
  const { clock, harness, player } = await openWithPlayer(hanging);
  const first = harness.desk.send({ ...play, commandId: 'first' }, asker);
  const second = harness.desk.send({ ...play, commandId: 'second' }, asker);
  const third = harness.desk.send(play, asker);
  await clock.advance(249);
  expect(player.received).toEqual([]);
  await clock.advance(1);
  const accepted = (await Promise.all([first, second, third])).flat();
  await clock.advance(5000);
  expect(player.received.map(({ commandId }) => commandId)).toEqual(accepted.map(({ commandId }) => commandId));
  expect(accepted.map(({ commandId }) => commandId).slice(0, 2)).toEqual(['first', 'second']);
});

test('C2 two concurrent requests with one commandId are one command, also while it is looked up', async () => {
  const { clock, harness, player } = await openWithPlayer(await storeWithThePast());
  const both = await Promise.all([
    harness.desk.send({ ...play, commandId: 'mine' }, asker),
    harness.desk.send({ ...play, commandId: 'mine' }, asker),
  ]);
  expect(both.flat().map(({ commandId }) => commandId)).toEqual(['mine', 'mine']);
  await clock.advance(1000);
  expect(player.received).toHaveLength(1);
});

test.each([
  ['alone', false, 250],
  ['in a cluster', true, 3000],
])('C7 %s, an attempt waits this long to be recorded before it is sent', async (_, isShared, patienceMs) => {
  const store = createMemoryStateStore();
  const { harness, player, clock } = await openWithPlayer(store, { lease: { checkLease: () => undefined, isShared } });
  store.committed = () => new Promise(() => {});
  void harness.desk.send(play, asker);
  await clock.advance(patienceMs - 1);
  expect(player.received).toEqual([]);
  await clock.advance(1);
  expect(player.received).toHaveLength(1);
});

test('N5 an attempt of a rollout waits until it is recorded', async () => {
  const store = createMemoryStateStore();
  const { harness, player, clock } = await openWithPlayer(store);
  const disk = deferred<void>();
  store.committed = () => disk.promise;
  void harness.desk.send({ ...play, timeoutMs: 60_000 }, { ...asker, tokenId: ROLLOUT_TOKEN });
  await clock.advance(5000);
  expect(player.received).toEqual([]);
  disk.resolve();
  await clock.advance(10);
  expect(player.received).toHaveLength(1);
});

test('K3 a command that another instance ended before it is recorded here is not sent', async () => {
  const store = createMemoryStateStore();
  const { harness, player, clock } = await openWithPlayer(store, {
    lease: { checkLease: () => undefined, isShared: true },
  });
  const { record, ...rest } = endedCommand('both', 1);
  // The store keeps the first ending, whatever is put after it.
  const find: typeof store.find = async <T>() => [
    { ...rest, told: true, record: { ...record, status: 'undelivered' } } as T,
  ];
  store.find = find;
  await harness.desk.send({ ...play, commandId: 'both' }, asker);
  await clock.advance(1000);
  expect(player.received).toEqual([]);
  expect(harness.ledger.get('both')?.record.status).toBe('undelivered');
});

test('K3 an instance that was frozen while it read the record reads it again before it sends', async () => {
  const store = createMemoryStateStore();
  let [isOver, isTaken] = [false, false];
  const checkLease = () => {
    if (!isOver) return undefined;
    isOver = false;
    return Promise.resolve();
  };
  const { harness, player, clock } = await openWithPlayer(store, { lease: { checkLease, isShared: true } });
  store.find = async <T>(_: string, commandId: string) => {
    const { record, ...rest } = endedCommand(commandId, 1);
    if (isTaken) return [{ ...rest, told: true, record: { ...record, status: 'timeout', attempts: 2 } } as T];
    [isOver, isTaken] = [true, true];
    return [];
  };
  const [accepted] = await harness.desk.send(play, asker);
  await clock.advance(1000);
  expect(player.received).toEqual([]);
  expect(harness.ledger.get(accepted?.commandId ?? '')?.record.status).toBe('timeout');
});

test('C6 a sender that was away for more endings than fit in memory is still notified of all', async () => {
  const store = await storeWithThePast();
  store.put('commands', 'missed', { ...endedCommand('missed', 0), order: 0, asker: { tokenId: 't1', socketId: 's' } });
  await store.committed();
  const { harness, told } = await openWithPlayer(store);
  harness.desk.notifyMissed('t1');
  expect(told.map(({ commandId }) => commandId)).toEqual(['missed']);
});

test('C1 a command uses the report known when it is sent: a toggle is not sent again because of an older one', async () => {
  const coalescer = new ReportCoalescer({ size: 0 }, { now: () => performance.now() }, () => {});
  const { clock, harness, player, told } = await openWithPlayer(createMemoryStateStore(), {
    flushOf: coalescer.flushOf,
  });
  await clock.advance(100);
  const host = harness.fleet.enrol('d');
  host.report({ vlc: { state: 'playing' } });
  // Another device's report starts the waiting; then this one is paused locally, and reports it.
  const held = (take: () => void) => ({ process: take, supersedes: () => true });
  coalescer.add(
    'another',
    held(() => {}),
  );
  player.playback = 'paused';
  coalescer.add(
    'd',
    held(() => host.report({ vlc: { state: 'paused' } })),
  );
  player.loses.responses = true;
  await harness.desk.send({ deviceId: 'd', command: 'vlc:pause' }, asker);
  await clock.advance(60_000);
  expect(player.received).toHaveLength(1);
  expect(player.playback).toBe('playing');
  expect(told).toMatchObject([{ status: 'success', confirmedBy: 'state', attempts: 1 }]);
});

test('S2 a device with a running command needs every report, so its states do not wait for a batch', async () => {
  const { clock, harness, player, told } = await openWithPlayer(createMemoryStateStore());
  const { needingEveryReport } = harness.fleet;
  const host = harness.fleet.enrol('d');
  host.report({ vlc: { state: 'playing' } });
  expect([...needingEveryReport]).toEqual([]);
  player.loses.responses = true;
  await harness.desk.send({ deviceId: 'd', command: 'vlc:pause' }, asker);
  expect([...needingEveryReport]).toEqual(['d']);
  await clock.advance(60_000);
  expect(told).toHaveLength(1);
  host.report({ vlc: { state: 'paused' } });
  expect([...needingEveryReport]).toEqual([]);
});
