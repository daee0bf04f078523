import { describe, expect, test } from 'vitest';
import { createMemoryStateStore } from '../../../src/adapters/memory/state-store.ts';
import type { CommandRecord } from '../../../src/protocol/commands.ts';
import { fakePlayer } from '../../support/fake-player.ts';
import { type HarnessOptions, openHarness } from '../../support/harness.ts';
import { endedCommand } from '../../support/records.ts';
import { simulatedClock } from '../../support/simulated-clock.ts';
import { asker } from '../../support/world.ts';

async function open(more: Partial<HarnessOptions> = {}) {
  const clock = simulatedClock();
  const told: CommandRecord[] = [];
  const harness = await openHarness({ clock, tell: (it) => told.push(structuredClone(it)) > 0, ...more });
  const player = fakePlayer({ id: 'd', clock });
  player.connect(harness);
  await clock.advance(100);
  return { clock, harness, player, told };
}

const play = { deviceId: 'd', command: 'vlc:play' } as const;

describe('K3 a command that two instances ended', () => {
  test.each([
    ['earlier elsewhere: that one counts', -1, 'error'],
    ['later elsewhere: ours counts', 1, 'success'],
  ])('%s', async (_, later, status) => {
    const { clock, harness } = await open();
    await harness.desk.send({ ...play, commandId: 'x' }, asker);
    await clock.advance(1000);
    const ours = harness.ledger.get('x')?.record as CommandRecord;
    expect(ours.status).toBe('success');
    const { record, ...rest } = endedCommand('x', Date.parse(ours.endedAt as string) + later);
    harness.fleet.learnCommand({ ...rest, told: true, record: { ...record, status: 'error' } });
    expect(await harness.desk.get('x')).toMatchObject({ status });
  });

  test('an ending elsewhere ends the pending command here, and its device continues', async () => {
    const { clock, harness, player, told } = await open();
    player.mood = 'hung';
    await harness.desk.send({ ...play, commandId: 'x' }, asker);
    await harness.desk.send({ ...play, commandId: 'next' }, asker);
    await clock.advance(100);
    const waits = harness.desk.ended('x');
    player.mood = 'well';
    harness.fleet.learnCommand({ ...endedCommand('x', clock.wall()), told: false });
    expect(await waits).toMatchObject({ status: 'success' });
    await clock.advance(1000);
    expect(harness.fleet.get('d')?.document.commands).toEqual({});
    expect(told.map(({ commandId }) => commandId)).toEqual(['x', 'next']);
  });

  test('a command that has progressed further here is not set back', async () => {
    const { clock, harness } = await open();
    await harness.desk.send({ ...play, commandId: 'x' }, asker);
    await clock.advance(1000);
    const { record, ...rest } = endedCommand('x');
    const { endedAt: _, durationMs: __, ...pending } = record;
    harness.fleet.learnCommand({ ...rest, record: { ...pending, status: 'sent' } });
    expect(await harness.desk.get('x')).toMatchObject({ status: 'success' });
  });
});

describe('C6 who is notified', () => {
  test('a command by REST notifies nobody, now or later', async () => {
    const askers: unknown[] = [];
    const { clock, harness } = await open({ tell: (_, by) => askers.push(by) < 0 });
    await harness.desk.send({ ...play, commandId: 'x' }, asker);
    await clock.advance(1000);
    expect(askers).toHaveLength(1);
    await harness.desk.notifyMissed(asker.tokenId);
    expect(askers).toHaveLength(1);
  });

  test('a sender by socket that was away is notified on its return, once, also after a restart', async () => {
    let isHere = false;
    const missed: boolean[] = [];
    const tell = (_: CommandRecord, __: unknown, isLate: boolean) => {
      if (isHere) missed.push(isLate);
      return isHere;
    };
    const store = createMemoryStateStore();
    const { clock, harness } = await open({ store, tell });
    await harness.desk.send({ ...play, commandId: 'x' }, asker, 'socket');
    await clock.advance(1000);
    expect(harness.ledger.pendingCount).toBe(0);
    const next = await openHarness({ clock, store: harness.kill(), tell });
    isHere = true;
    await next.desk.notifyMissed('somebody else');
    expect(missed).toEqual([]);
    await next.desk.notifyMissed(asker.tokenId);
    await next.desk.notifyMissed(asker.tokenId);
    expect(missed).toEqual([true]);
    await clock.advance(100);
    const last = await openHarness({ clock, store: next.kill(), tell });
    await last.desk.notifyMissed(asker.tokenId);
    expect(missed).toEqual([true]);
  });
});

describe('command lookups', () => {
  test('an ending is counted with its duration in seconds', async () => {
    const counted: unknown[][] = [];
    const { clock, harness, player } = await open({ metrics: { commandEnded: (...it) => void counted.push(it) } });
    player.mood = 'hung';
    await harness.desk.send({ ...play, timeoutMs: 4000, retries: 0 }, asker);
    await clock.advance(60_000);
    expect(counted, 'of which it was observed for ten more').toEqual([['vlc:play', 'timeout', 14]]);
  });

  test('A7 a token of some groups gets the command of this id only if it may see its device', async () => {
    const { clock, harness } = await open();
    await harness.devices.edit('d', { group: 'hall' });
    await harness.desk.send({ ...play, commandId: 'x' }, asker);
    await clock.advance(1000);
    const of = (...groups: string[]) => harness.desk.send({ ...play, commandId: 'x' }, { ...asker, groups });
    await expect(of('foyer')).rejects.toMatchObject({ code: 'conflict' });
    expect(await of('foyer', 'hall')).toMatchObject([{ commandId: 'x', status: 'success' }]);
    await harness.devices.provision({ id: 'e', group: 'foyer' });
    const both = { deviceIds: ['d', 'e'], command: 'vlc:play', commandId: 'both' };
    await harness.desk.send(both, asker);
    const again = harness.desk.send(both, { ...asker, groups: ['hall'] });
    await expect(again, 'it may see one of two').rejects.toMatchObject({ code: 'conflict' });
  });

  test("lists a device's commands, newest first; a record has its times", async () => {
    const { clock, harness } = await open();
    const at = new Date(clock.wall()).toISOString();
    for (const commandId of ['1', '2']) {
      await harness.desk.send({ ...play, commandId }, asker);
      await clock.advance(1000);
    }
    expect(harness.desk.list('d').map(({ commandId }) => commandId)).toEqual(['2', '1']);
    expect(harness.desk.list('other')).toEqual([]);
    const record = await harness.desk.get('1');
    expect(record).toMatchObject({ requestedAt: at, endedAt: at, durationMs: 0, deadlineAt: null, attempts: 1 });
    expect(await harness.desk.get('none')).toBeUndefined();
    await expect(harness.desk.ended('none')).rejects.toMatchObject({ code: 'command_unknown' });
  });

  test('a wait shows its end time', async () => {
    const { clock, harness, player } = await open();
    player.mood = 'hung';
    await harness.desk.send({ ...play, commandId: 'x', timeoutMs: 4000 }, asker);
    await clock.advance(50);
    const record = await harness.desk.get('x');
    expect(Date.parse(record?.deadlineAt as string) - Date.parse(record?.requestedAt as string)).toBe(4000);
    expect(harness.fleet.get('d')?.document.commands).toMatchObject({ x: { status: 'sent', attempt: 1 } });
    expect(harness.ledger.pendingCount).toBe(1);
    await clock.advance(60_000);
    expect(harness.ledger.pendingCount).toBe(0);
  });

  test('a batch is found by its id, and its commands by theirs', async () => {
    const { harness, clock } = await open();
    const [summary] = await harness.desk.send({ all: true, command: 'vlc:play', commandId: 'all' }, asker);
    expect(summary).toMatchObject({ commandId: 'all:d', deviceId: 'd' });
    await clock.advance(1000);
    const again = await harness.desk.send({ all: true, command: 'vlc:stop', commandId: 'all' }, asker);
    expect(again).toMatchObject([{ commandId: 'all:d', status: 'success' }]);
    expect(await harness.desk.get('all:d')).toMatchObject({ command: 'vlc:play', status: 'success' });
    expect(await harness.desk.get('all')).toBeUndefined();
  });
});
