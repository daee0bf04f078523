import { describe, expect, test } from 'vitest';
import { openStateStore } from '../../src/adapters/database/state-store.ts';
import { createMemoryStateStore, type MemoryStateStore } from '../../src/adapters/memory/state-store.ts';
import { createLogger } from '../../src/log.ts';
import type { StateStore } from '../../src/ports/state-store.ts';
import { databases, openTestDatabase } from '../support/databases.ts';
import { collectionNames, endedCommand, records } from '../support/records.ts';

const silent = createLogger({ logLevel: 'silent', nodeId: 'test' });

/** Opens the same store repeatedly, like consecutive processes. */
type OpenStore = () => Promise<StateStore>;

const stores: [string, () => Promise<OpenStore>][] = [
  [
    'memory',
    async () => {
      let last: MemoryStateStore | undefined;
      return async () => {
        last = last ? last.crash() : createMemoryStateStore();
        return last;
      };
    },
  ],
  ...databases.map(([kind, place]): (typeof stores)[number] => [
    kind,
    async () => {
      const where = await place();
      return async () => openStateStore(await openTestDatabase(where), silent);
    },
  ]),
];

describe.each(stores)('StateStore: %s', (kind, createOpener) => {
  test('a new store is empty and clean', async () => {
    const store = await (await createOpener())();
    expect(await store.load('devices')).toEqual(new Map());
    expect(store.cleanStart).toBe(true);
    expect(store.mayHaveLost).toBe(false);
    expect(store.healthy).toBe(true);
    await store.close();
  });

  test('committed data survives a crash', async () => {
    const open = await createOpener();
    const store = await open();
    await store.load('devices');
    store.put('devices', 'a', { version: 1, name: 'Küche ☕', nested: { list: [1, null, true] } });
    store.put('devices', 'b', { removedAt: 4 });
    await store.committed();

    const next = await open();
    expect(await next.load('devices')).toEqual(
      new Map<string, unknown>([
        ['a', { version: 1, name: 'Küche ☕', nested: { list: [1, null, true] } }],
        ['b', { removedAt: 4 }],
      ]),
    );
    expect(next.cleanStart).toBe(false);
  });

  test('the last put of a key wins; undefined removes it', async () => {
    const open = await createOpener();
    const store = await open();
    await store.load('devices');
    store.put('devices', 'twice', 1);
    store.put('devices', 'twice', 2);
    store.put('devices', 'gone at once', 1);
    store.put('devices', 'gone at once', undefined);
    store.put('devices', 'back', undefined);
    store.put('devices', 'gone', 1);
    await store.committed();
    store.put('devices', 'gone', undefined);
    store.put('devices', 'back', 1);
    store.put('devices', 'never there', undefined);
    await store.committed();

    const records = await (await open()).load('devices');
    expect([...records].sort()).toEqual([
      ['back', 1],
      ['twice', 2],
    ]);
  });

  test('collections are separate, and keys may be any text', async () => {
    const open = await createOpener();
    const store = await open();
    for (const collection of collectionNames) {
      await store.load(collection);
      for (const key of ['a', '__proto__', 'constructor', '', 'a"b\n']) store.put(collection, key, { collection, key });
    }
    await store.committed();

    const next = await open();
    for (const collection of collectionNames) {
      const records = await next.load<{ key: string }>(collection);
      expect(records.size).toBe(5);
      for (const [key, value] of records) expect(value).toEqual({ collection, key });
    }
  });

  test('single records are picked together with what is not written yet', async () => {
    const open = await createOpener();
    const store = await open();
    for (const key of ['kept', 'replaced', 'removed', 'other']) store.put('device-tokens', key, { hash: key });
    await store.committed();
    store.put('device-tokens', 'replaced', { hash: 'new' });
    store.put('device-tokens', 'removed', undefined);
    store.put('device-tokens', 'added', { hash: 'added' });
    const wanted = ['kept', 'replaced', 'removed', 'added', 'unknown'];
    const picked = [
      ['added', { hash: 'added' }],
      ['kept', { hash: 'kept' }],
      ['replaced', { hash: 'new' }],
    ];
    expect([...(await store.pick('device-tokens', wanted))].sort()).toEqual(picked);
    await store.committed();
    expect([...(await (await open()).pick('device-tokens', wanted))].sort()).toEqual(picked);
    expect(await store.pick('device-tokens', [])).toEqual(new Map());
  });

  test('closing writes pending records; only the next start is clean', async () => {
    const open = await createOpener();
    const store = await open();
    await store.load('devices');
    store.put('devices', 'a', 1);
    await store.close();

    const next = await open();
    expect(await next.load('devices')).toEqual(new Map([['a', 1]]));

    const [crashed, after] = [await open(), await open()];
    expect([next, crashed, after].map((it) => it.cleanStart)).toEqual([true, false, false]);
    after.recovered();
    await after.close();
    expect([crashed.mayHaveLost, next.mayHaveLost], 'what a crash may have cost is not forgotten').toEqual([
      true,
      false,
    ]);
    expect(await open()).toMatchObject({ cleanStart: true, mayHaveLost: true });
  });

  test('committed resolves if nothing was put, and rejects once the store is closed', async () => {
    const store = await (await createOpener())();
    await store.load('devices');
    await store.committed();
    await store.close();
    store.put('devices', 'late', 1);
    await expect(store.committed()).rejects.toThrow('closed');
  });

  test('with many writers, everything reported as committed is stored, in order', async () => {
    const open = await createOpener();
    const store = await open();
    await store.load('devices');
    const committed = new Map<string, number>();
    await Promise.all(
      Array.from({ length: 50 }, async (_, writer) => {
        for (let i = 1; i <= 20; i++) {
          store.put('devices', `${writer}`, i);
          await store.committed();
          committed.set(`${writer}`, i);
        }
      }),
    );
    expect(await (await open()).load('devices')).toEqual(committed);
  });

  test.each(collectionNames)('%s: a record is returned unchanged', async (it) => {
    const open = await createOpener();
    const store = await open();
    store.put(it, 'a', records[it]('a', 2));
    await store.committed();
    const next = await open();
    expect(await next.load(it)).toEqual(new Map([['a', records[it]('a', 2)]]));
    expect(await next.find(it, 'a')).toEqual([records[it]('a', 2)]);
    expect(await next.find(it, 'b')).toEqual([]);
  });

  if (kind === 'memory') return;

  test('pending writes are counted, and can be found', async () => {
    const store = await (await createOpener())();
    store.put('commands', 'c', endedCommand('c'));
    expect(store.backlog).toBe(1);
    expect(await store.find('commands', 'c')).toEqual([endedCommand('c')]);
    await store.committed();
    expect(store.backlog).toBe(0);
    store.put('commands', 'c', undefined);
    expect(await store.find('commands', 'c')).toEqual([]);
  });

  test('committed waits for its own group, not for later ones', async () => {
    const store = await (await createOpener())();
    let done = false;
    let turns = 0;
    const until = performance.now() + 20_000;
    store.put('devices', 'a', records.devices('a'));
    const committed = store.committed().then(() => {
      done = true;
    });
    // A writer that never stops.
    while (!done && performance.now() < until) {
      store.put('devices', 'b', records.devices('b', ++turns));
      await new Promise(setImmediate);
    }
    expect(done).toBe(true);
    await committed;
  });

  test('D1 late writes neither lower a version nor make an ended command pending again', async () => {
    const open = await createOpener();
    const [early, late] = [await open(), await open()];
    late.put('devices', 'd', records.devices('d', 9));
    late.put('commands', 'c', endedCommand('c'));
    await late.committed();
    early.put('devices', 'd', records.devices('d', 8));
    early.put('commands', 'c', records.commands('c', 2));
    await early.committed();
    expect(await early.find('devices', 'd')).toEqual([records.devices('d', 9)]);
    expect(await early.find('commands', 'c')).toEqual([endedCommand('c')]);
  });

  test('M6 a record that cannot be converted to a row is left out and does not block the others', async () => {
    const open = await createOpener();
    const store = await open();
    for (let i = 0; i < 10; i++) store.put('devices', `d-${i}`, records.devices(`d-${i}`));
    store.put('devices', 'no JSON', { version: 1n });
    store.put('commands', 'no time', { record: { requestedAt: 'yesterday' } });
    await store.committed();
    expect(store).toMatchObject({ healthy: true, backlog: 0, dropped: 2 });
    expect((await (await open()).load('devices')).size).toBe(10);
    expect(await (await open()).load('commands')).toEqual(new Map());
  });

  test('pending commands and the most recently ended ones are loaded; all can be found', async () => {
    const store = await (await createOpener())();
    for (let i = 0; i < 20_010; i++) store.put('commands', `c-${i}`, endedCommand(`c-${i}`, 1_785_000_000_000 + i));
    store.put('commands', 'pending', records.commands('pending'));
    await store.committed();
    const loaded = await store.load('commands');
    expect([loaded.size, loaded.has('pending'), loaded.has('c-9'), loaded.has('c-10')]).toEqual([
      20_001,
      true,
      false,
      true,
    ]);
    expect(await store.find('commands', 'c-9')).toEqual([endedCommand('c-9', 1_785_000_000_009)]);
  });
});
