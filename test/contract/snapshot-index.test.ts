import { describe, expect, test } from 'vitest';
import { createSnapshotIndex } from '../../src/adapters/database/snapshot-index.ts';
import { createMemorySnapshotIndex } from '../../src/adapters/memory/snapshot-index.ts';
import type { SnapshotIndex, SnapshotRow } from '../../src/ports/snapshot-index.ts';
import { databases, openTestDatabase } from '../support/databases.ts';

const indexes: [string, () => Promise<SnapshotIndex>][] = [
  ['memory', async () => createMemorySnapshotIndex()],
  ...databases.map(([kind, place]): [string, () => Promise<SnapshotIndex>] => [
    kind,
    async () => createSnapshotIndex(await openTestDatabase(await place())),
  ]),
];

const id = (n: number) => `0mabcdef${n}-0123456789abcdef`;
const row = (n: number, deviceId = 'a', more: Partial<SnapshotRow> = {}): SnapshotRow => ({
  id: id(n),
  deviceId,
  takenAt: 1_785_000_000_000 + n,
  bytes: 100,
  width: 3,
  height: 2,
  hash: 'abc',
  black: n % 2 === 0,
  sameAsBefore: n % 2 === 1,
  source: 'state',
  ...more,
});

describe.each(indexes)('SnapshotIndex: %s', (_, open) => {
  const filled = async (...rows: SnapshotRow[]) => {
    const index = await open();
    for (const it of rows) await index.add(it);
    return index;
  };

  test('a row is returned unchanged, and is gone once removed', async () => {
    const index = await filled(row(1), row(2, 'a', { source: 'upload' }));
    expect(await index.get(id(1))).toEqual(row(1));
    expect(await index.get(id(2))).toEqual(row(2, 'a', { source: 'upload' }));
    await index.remove([id(1), id(9)]);
    await index.remove([]);
    expect(await index.get(id(1))).toBeUndefined();
  });

  test('lists one device, newest first, and continues after an id', async () => {
    const index = await filled(row(2), row(1), row(3, 'b'), row(4));
    expect((await index.list('a', { limit: 2 })).map((it) => it.id)).toEqual([id(4), id(2)]);
    expect((await index.list('a', { limit: 2, before: id(2) })).map((it) => it.id)).toEqual([id(1)]);
    expect(await index.list('c', { limit: 2 })).toEqual([]);
  });

  test('finds rows beyond a count and old rows, but never the newest of a device', async () => {
    const index = await filled(row(1), row(2), row(3), row(4, 'b'), row(5));
    expect(await index.beyond('a', 2, 10)).toEqual([id(2), id(1)]);
    expect(await index.beyond('a', 2, 1)).toEqual([id(2)]);
    expect((await index.olderThan(1_785_000_000_003, 10)).sort()).toEqual([id(1), id(2)]);
    expect((await index.olderThan(1_785_000_000_999, 10)).sort()).toEqual([id(1), id(2), id(3)]);
    expect(await index.olderThan(1_785_000_000_999, 1)).toHaveLength(1);
  });

  test('finds known ids, and lists all ids in order', async () => {
    const index = await filled(row(3), row(1), row(2, 'b'));
    expect(await index.known([id(1), id(7)])).toEqual(new Set([id(1)]));
    expect(await index.known([])).toEqual(new Set());
    expect((await index.page('', 2)).map((it) => [it.id, it.deviceId])).toEqual([
      [id(1), 'a'],
      [id(2), 'b'],
    ]);
    expect((await index.page(id(2), 2)).map((it) => it.id)).toEqual([id(3)]);
  });
});
