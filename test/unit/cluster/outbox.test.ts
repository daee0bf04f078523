import pino from 'pino';
import { describe, expect, test } from 'vitest';
import { Outbox } from '../../../src/cluster/outbox.ts';
import { decode, type ReplicationMessage } from '../../../src/cluster/replication-message.ts';
import type { DeviceRecord } from '../../../src/fleet/device-context.ts';
import { newDocument } from '../../../src/fleet/document.ts';
import type { Head, OwnedRecord } from '../../../src/ports/registry.ts';
import type { Update } from '../../../src/protocol/document.ts';
import { records } from '../../support/records.ts';
import { simulatedClock } from '../../support/simulated-clock.ts';

function open() {
  const clock = simulatedClock();
  const devices = new Map<string, DeviceRecord>();
  const writes: { records: readonly OwnedRecord[]; message: ReplicationMessage | undefined }[] = [];
  const unclaimed = new Set<string>();
  const refused: (readonly Head[])[] = [];
  let fails = false;
  let answer: Head[] = [];
  let meanwhile = () => {};
  const outbox = new Outbox({
    me: 'a',
    registry: {
      write: async (written: readonly OwnedRecord[], bytes: Uint8Array | undefined) => {
        await undefined;
        meanwhile();
        if (fails) throw new Error('away');
        writes.push({ records: written, message: bytes && decode(Buffer.from(bytes)) });
        return answer;
      },
    } as never,
    clock,
    log: pino({ level: 'silent' }),
    record: (id) => devices.get(id),
    isClaimed: (id) => !unclaimed.has(id),
    claimed: (ids) => {
      for (const id of ids) unclaimed.delete(id);
    },
    refused: (owned) => void refused.push(owned),
  });
  /** The device has changed. */
  const change = (id: string, version: number, epoch = 1) => {
    devices.set(id, { version, document: { ...newDocument(id, 0, 30_000), name: `v${version}` }, edited: ['name'] });
    const patch = [{ op: 'replace' as const, path: '/name', value: `v${version}` }];
    outbox.changed({ deviceId: id, version, at: '', patch }, epoch);
  };
  const remove = (id: string, version: number) => {
    devices.delete(id);
    outbox.changed({ deviceId: id, version, at: '', deleted: true }, 1);
  };
  const changesIn = (nth: number) =>
    (writes[nth]?.message?.changes ?? []).map(([epoch, update]) => [epoch, formOf(update), update.version]);
  return {
    clock,
    outbox,
    writes,
    refused,
    unclaimed,
    change,
    remove,
    changesIn,
    fail: (it: boolean) => {
      fails = it;
    },
    answerWith: (it: Head[]) => {
      answer = it;
    },
    /** Called during each write. */
    during: (it: () => void) => {
      meanwhile = it;
    },
  };
}

const formOf = (update: Update) => Object.keys(update).at(-1);

describe('the outbox', () => {
  test('publishes the collected changes as one message, with the newest record of each device', async () => {
    const { outbox, writes, change, changesIn } = open();
    change('d', 2);
    change('d', 3, 2);
    outbox.command(records.commands('c'));
    outbox.token(['blocks', 'd', null]);
    await outbox.flush();
    expect(writes).toHaveLength(1);
    expect(changesIn(0)).toEqual([
      [2, 'patch', 2],
      [2, 'patch', 3],
    ]);
    expect(writes[0]).toMatchObject({
      records: [{ id: 'd', epoch: 2, version: 3 }],
      message: { from: 'a', sequence: 1, commands: [{ record: { commandId: 'c' } }], tokens: [['blocks', 'd', null]] },
    });
    expect(JSON.parse(writes[0]?.records[0]?.record ?? '')).toMatchObject({
      document: { name: 'v3' },
      edited: ['name'],
    });
    expect(writes[0]?.message).not.toHaveProperty('isBeat');
    change('e', 1);
    await outbox.flush();
    expect(writes[1]?.message).toEqual({ from: 'a', sequence: 2, changes: [[1, expect.anything()]] });
  });

  test('sends nothing on a tick without changes, except one heartbeat per second that repeats the sequence number', async () => {
    const { outbox, writes, change, clock } = open();
    change('d', 2);
    outbox.tick();
    await clock.advance(10);
    for (let i = 0; i < 20; i++) {
      outbox.tick();
      await clock.advance(99);
    }
    expect(writes).toHaveLength(2);
    expect(writes[1]).toEqual({ records: [], message: { from: 'a', sequence: 1, isBeat: true } });
    outbox.command(records.commands('c'));
    outbox.tick();
    await clock.advance(0);
    expect(writes).toHaveLength(3);
    outbox.token(['blocks', 'd', null]);
    outbox.tick();
    await clock.advance(0);
    expect(writes).toHaveLength(4);
  });

  test('many devices are sent in several messages', async () => {
    const { outbox, writes, change } = open();
    for (let i = 0; i < 900; i++) change(`d${i}`, 2);
    await outbox.flush();
    expect(writes.map(({ records: { length } }) => length)).toEqual([400, 400, 100]);
    expect(writes.map(({ message }) => message?.sequence)).toEqual([1, 2, 3]);
  });

  test('one flush at a time: changes collected meanwhile are included', async () => {
    const { outbox, writes, change } = open();
    change('d', 2);
    const [first, second] = [outbox.flush(), outbox.flush()];
    change('e', 2);
    await Promise.all([first, second]);
    expect(writes.map((it) => it.records.map(({ id }) => id))).toEqual([['d'], ['e']]);
  });

  test("a wait for one device's changes does not last until the others are quiet, or until the registry is back", async () => {
    const { outbox, writes, change, remove, during, fail } = open();
    let version = 2;
    during(() => {
      if (version < 1000) change('busy', ++version);
    });
    change('busy', 2);
    outbox.tick();
    change('d', 2);
    await outbox.published('d');
    expect(version, 'the other one is still busy').toBeLessThan(10);
    expect(writes.flatMap(({ records }) => records)).toContainEqual(expect.objectContaining({ id: 'd', version: 2 }));
    remove('d', 3);
    // Under way already.
    outbox.tick();
    const ended = outbox.published('d').then(() => writes.length);
    expect(writes.slice(0, await ended).flatMap(({ records }) => records)).toContainEqual(
      expect.objectContaining({ id: 'd', version: 3 }),
    );
    await outbox.published('quiet');
    await outbox.flush();
    fail(true);
    change('d', 4);
    await outbox.published('d');
  });

  test('what changes during a heartbeat is published right after it', async () => {
    const { clock, outbox, writes, change } = open();
    await clock.advance(1000);
    outbox.tick();
    change('d', 2);
    await outbox.published('d');
    expect(writes.map(({ message, records }) => [message?.isBeat, records.length])).toEqual([
      [true, 0],
      [undefined, 1],
    ]);
  });

  test('a removal is published, and earlier changes of the device are not', async () => {
    const { outbox, writes, change, remove, changesIn } = open();
    change('d', 2);
    remove('d', 3);
    await outbox.flush();
    expect(changesIn(0)).toEqual([[1, 'deleted', 3]]);
    expect(writes[0]?.records).toEqual([{ id: 'd', epoch: 1, version: 3, record: undefined }]);
  });

  test('devices of another instance are published by that one', async () => {
    const { outbox, writes, change } = open();
    change('d', 2);
    outbox.forget('d');
    await outbox.flush();
    expect(writes.flatMap((it) => it.records)).toEqual([]);
    expect(writes.map(({ message }) => message?.isBeat)).toEqual([true]);
  });

  test('a record that the registry has lost is written again, without a change', async () => {
    const { outbox, writes, change, changesIn } = open();
    change('d', 2);
    await outbox.flush();
    outbox.rewrite('d', 4);
    await outbox.flush();
    expect(writes[1]?.records).toMatchObject([{ id: 'd', epoch: 4, version: 2 }]);
    expect(changesIn(1)).toEqual([]);
    expect(writes[1]?.message).not.toHaveProperty('changes');
    change('d', 3);
    outbox.rewrite('d', 9);
    await outbox.flush();
    expect(changesIn(2), 'a change waits already').toEqual([[1, 'patch', 3]]);
  });

  test('refused writes are reported', async () => {
    const { outbox, refused, change, answerWith } = open();
    change('d', 2);
    await outbox.flush();
    expect(refused).toEqual([]);
    const head = { id: 'd', epoch: 9, owner: 'b', version: 0 };
    answerWith([head]);
    change('d', 3);
    await outbox.flush();
    expect(refused).toEqual([[head]]);
  });

  test('the last message announces the stop, after all collected changes', async () => {
    const { outbox, writes, change } = open();
    change('d', 2);
    const first = outbox.flush();
    await outbox.flush({ left: true });
    await first;
    expect(writes.map(({ message }) => message)).toMatchObject([
      { sequence: 1, changes: [[1, {}]] },
      { sequence: 1, isBeat: true, left: true },
    ]);
  });
});

describe('while the registry is unreachable', () => {
  test('each device waits once, and is sent whole; commands and tokens are read from the store', async () => {
    const { outbox, writes, change, changesIn, fail } = open();
    fail(true);
    change('d', 2);
    outbox.command(records.commands('c'));
    outbox.token(['blocks', 'd', null]);
    await outbox.flush();
    change('d', 3);
    change('d', 4, 2);
    await outbox.flush();
    fail(false);
    await outbox.flush();
    expect(writes).toHaveLength(1);
    expect(changesIn(0)).toEqual([[2, 'document', 4]]);
    expect(writes[0]?.message).toMatchObject({ sequence: 3 });
    expect(writes[0]?.message).not.toHaveProperty('commands');
    expect(writes[0]?.message).not.toHaveProperty('tokens');
  });

  test('a device removed meanwhile is only removed', async () => {
    const { outbox, change, remove, changesIn, fail } = open();
    fail(true);
    change('d', 2);
    change('e', 2);
    await outbox.flush();
    remove('d', 3);
    const flushed = outbox.flush();
    remove('e', 3);
    await flushed;
    fail(false);
    await outbox.flush();
    expect(changesIn(0)).toEqual([
      [1, 'deleted', 3],
      [1, 'deleted', 3],
    ]);
  });

  test('failed heartbeats are not logged', async () => {
    const { outbox, writes, clock, fail } = open();
    fail(true);
    for (let i = 0; i < 30; i++) {
      outbox.tick();
      await clock.advance(100);
    }
    expect(writes).toEqual([]);
    fail(false);
    await clock.advance(1000);
    outbox.tick();
    await clock.advance(0);
    expect(writes).toHaveLength(1);
  });

  test('a device taken without the registry is written before it is published, because another instance may have been first', async () => {
    const { outbox, writes, unclaimed, refused, change, fail, answerWith } = open();
    unclaimed.add('d');
    change('d', 2);
    change('e', 2);
    fail(true);
    await outbox.flush();
    expect(unclaimed.has('d')).toBe(true);
    fail(false);
    answerWith([{ id: 'd', epoch: 9, owner: 'b', version: 0 }]);
    await outbox.flush();
    expect(writes.map((it) => [it.records.map(({ id }) => id), it.message === undefined])).toEqual([
      [['d'], true],
      [['d', 'e'], false],
    ]);
    expect(unclaimed.has('d')).toBe(false);
    expect(refused, 'of both writes').toMatchObject([[{ id: 'd', owner: 'b' }], [{ id: 'd', owner: 'b' }]]);
  });

  test('if no other instance was first, nothing is refused', async () => {
    const { outbox, unclaimed, refused, change } = open();
    unclaimed.add('d');
    change('d', 2);
    await outbox.flush();
    expect(refused).toEqual([]);
  });
});
