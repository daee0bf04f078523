import { describe, expect, test } from 'vitest';
import { Reader } from '../../../src/cluster/reader.ts';
import { Replicas } from '../../../src/cluster/replicas.ts';
import { newDocument } from '../../../src/fleet/document.ts';
import type { Entry } from '../../../src/ports/registry.ts';
import { simulatedClock } from '../../support/simulated-clock.ts';

const documentOf = (id: string, name: string) => ({ ...newDocument(id, 0, 30_000), name });

/** An instance that holds `ours` at version 5 of epoch 1, and a registry. */
function reader() {
  const clock = simulatedClock();
  const heard: string[] = [];
  const replicas = new Replicas(({ deviceId }) => void heard.push(deviceId));
  const entries = new Map<string, Entry>();
  const reads: number[] = [];
  const lost: string[] = [];
  const rewritten: [string, number][] = [];
  const noted: object[] = [];
  let fails = false;
  const it = new Reader({
    fleet: {
      find: (id: string) => (id === 'ours' && !lost.includes(id) ? {} : undefined),
      get: (id: string) => (id === 'ours' ? { version: 5 } : undefined),
    } as never,
    replicas,
    registry: {
      read: async (ids: string[]) => {
        if (fails) throw new Error('away');
        reads.push(ids.length);
        return ids.map((id) => entries.get(id));
      },
      async *scan() {
        yield [...entries.values()].map(({ record: _, ...head }) => head);
      },
    } as never,
    ownership: {
      isOurs: ({ id, owner }: Entry) => id !== 'ours' || owner === 'me',
      lose: (id: string) => lost.push(id),
      epochOf: () => 1,
      owned: [{ id: 'ours', epoch: 1, version: 5 }],
    } as never,
    outbox: { rewrite: (...args) => void rewritten.push(args) },
    conflicts: { note: (conflict: object) => noted.push(conflict) } as never,
    clock,
  });
  const write = (id: string, version: number, epoch = 1, owner = 'a', name: string | null = `v${version}`) => {
    const record = name === null ? undefined : JSON.stringify({ document: documentOf(id, name), edited: [] });
    entries.set(id, { id, version, epoch, owner, record });
  };
  const know = (id: string, version: number, epoch = 1) =>
    replicas.set({ version, document: documentOf(id, `known v${version}`), edited: [], epoch, owner: 'a' });
  const known = (id: string) => {
    const { version, owner, epoch, document } = replicas.get(id) ?? {};
    return [version, document?.name, owner, epoch];
  };
  const fail = (on: boolean) => {
    fails = on;
  };
  return { clock, it, replicas, entries, reads, lost, rewritten, noted, heard, write, know, known, fail };
}

describe('K2 what messages did not bring is read', () => {
  test('a device that is behind, with others of the same 50 ms', async () => {
    const { clock, it, write, know, known, reads } = reader();
    for (const id of ['d', 'e']) {
      know(id, 7);
      write(id, 9);
      it.behind(id);
      await clock.advance(20);
    }
    expect(reads).toEqual([]);
    await clock.advance(10);
    expect(reads).toEqual([2]);
    expect(known('d')).toEqual([9, 'v9', 'a', 1]);
    await clock.advance(5000);
    expect(reads).toEqual([2]);
  });

  test('again in a second where the registry cannot be reached', async () => {
    const { clock, it, write, known, fail } = reader();
    write('d', 9);
    fail(true);
    it.behind('d');
    await clock.advance(500);
    fail(false);
    await clock.advance(500);
    expect(known('d')).toEqual([undefined, undefined, undefined, undefined]);
    await clock.advance(100);
    expect(known('d')).toEqual([9, 'v9', 'a', 1]);
  });

  test('not once it has stopped', async () => {
    const { clock, it, write, reads } = reader();
    write('d', 9);
    it.behind('d');
    it.stop();
    await clock.advance(5000);
    expect(reads).toEqual([]);
  });

  test('many in parts; one that is nowhere is none', async () => {
    const { it, reads, replicas } = reader();
    await it.some(Array.from({ length: 450 }, (_, i) => `d${i}`));
    expect(reads).toEqual([200, 200, 50]);
    expect(replicas.size).toBe(0);
  });
});

describe('K4 everything is compared', () => {
  test('what is newer is read, of the rest the owner is noted', async () => {
    const { it, write, know, known, reads, noted } = reader();
    know('same', 7);
    write('same', 7, 1, 'b');
    know('newer', 7);
    write('newer', 8, 2, 'b');
    write('unknown', 3);
    write('ours', 5, 1, 'me');
    await it.all();
    expect(reads).toEqual([2]);
    expect(known('same')).toEqual([7, 'known v7', 'b', 1]);
    expect(known('newer')).toEqual([8, 'v8', 'b', 2]);
    expect(known('unknown')).toEqual([3, 'v3', 'a', 1]);
    expect(noted).toEqual([]);
  });

  test.each([
    ['an older version', 6, 1, false],
    ['an older version of a later epoch', 6, 2, true],
    ['the same version of a later epoch', 7, 2, true],
  ])('of %s the owner is told what is known here', async (_, version, epoch, diverged) => {
    const { it, write, know, known, noted } = reader();
    know('d', 7);
    write('d', version, epoch, 'b');
    await it.all();
    expect(noted).toEqual([{ id: 'd', version: 7, diverged }]);
    expect(known('d')).toEqual([7, 'known v7', 'b', epoch]);
    noted.length = 0;
    know('d', 7);
    await it.some(['d']);
    expect(noted).toEqual([{ id: 'd', version: 7, diverged }]);
  });

  test('what is known from the database alone is read, and told of nobody', async () => {
    const { it, write, know, known, noted, heard } = reader();
    know('d', 7, 0);
    write('d', 7);
    know('removed', 7, 0);
    write('removed', 7, 1, 'a', null);
    await it.all();
    expect(known('d')).toEqual([7, 'v7', 'a', 1]);
    expect(heard).toEqual([]);
    expect(noted).toMatchObject([{ id: 'removed' }]);
  });

  test('a device that was removed elsewhere is removed here', async () => {
    const { it, write, know, replicas } = reader();
    know('d', 7);
    write('d', 8, 1, 'a', null);
    await it.all();
    expect(replicas.get('d')).toBeUndefined();
  });

  test.each([
    ['a device held here of which the registry has another version is written again', 4, [['ours', 1]]],
    ['… and one that it has as it is, is not', 5, []],
  ])('%s', async (_, version, expected) => {
    const { it, write, rewritten, reads } = reader();
    write('ours', version, 1, 'me');
    await it.all();
    expect(rewritten).toEqual(expected);
    expect(reads).toEqual([]);
  });

  test('one that the registry has lost is written again', async () => {
    const { it, rewritten } = reader();
    await it.all();
    expect(rewritten).toEqual([['ours', 1]]);
  });

  test('one held here that is as it was is neither read nor given up', async () => {
    const { it, write, lost, replicas, rewritten } = reader();
    write('ours', 5, 1, 'me');
    await it.some(['ours']);
    expect([lost, rewritten]).toEqual([[], []]);
    expect(replicas.size).toBe(0);
  });

  test('one that another instance has taken is given up, with what that one wrote', async () => {
    const { it, write, lost, known } = reader();
    write('ours', 9, 2, 'b');
    await it.all();
    expect(lost).toEqual(['ours']);
    expect(known('ours')).toEqual([9, 'v9', 'b', 2]);
  });
});
