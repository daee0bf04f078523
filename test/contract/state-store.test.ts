import { describe, expect, test } from 'vitest';
import { openStateStore } from '../../src/adapters/database/state-store.ts';
import { createMemoryStateStore, type MemoryStateStore } from '../../src/adapters/memory/state-store.ts';
import { createLogger } from '../../src/log.ts';
import type { StateStore } from '../../src/ports/state-store.ts';
import { homes as databases, openTestHome } from '../support/homes.ts';

const silent = createLogger({ logLevel: 'silent', nodeId: 'test' });

/** Opens the same store again and again, as one process after the other would. */
type Home = () => Promise<StateStore>;

const homes: [string, () => Promise<Home>][] = [
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
  ...databases.map(([kind, place]): (typeof homes)[number] => [
    kind,
    async () => {
      const where = await place();
      return async () => openStateStore(await openTestHome(where), silent);
    },
  ]),
];

describe.each(homes)('StateStore: %s', (_, createHome) => {
  test('a new store is empty and clean', async () => {
    const store = await (await createHome())();
    expect(await store.load('devices')).toEqual(new Map());
    expect(store.cleanStart).toBe(true);
    expect(store.healthy).toBe(true);
    await store.close();
  });

  test('what was committed is there after a crash', async () => {
    const open = await createHome();
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

  test('the last put of a key counts; undefined removes it', async () => {
    const open = await createHome();
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

  test('collections are apart, and keys may be any text', async () => {
    const open = await createHome();
    const store = await open();
    for (const collection of ['devices', 'commands', 'tokens', 'device-tokens'] as const) {
      await store.load(collection);
      for (const key of ['a', '__proto__', 'constructor', '', 'a"b\n']) store.put(collection, key, { collection, key });
    }
    await store.committed();

    const next = await open();
    for (const collection of ['devices', 'commands', 'tokens', 'device-tokens'] as const) {
      const records = await next.load<{ key: string }>(collection);
      expect(records.size).toBe(5);
      for (const [key, value] of records) expect(value).toEqual({ collection, key });
    }
  });

  test('closing writes what is left, and the next start is clean; only that one', async () => {
    const open = await createHome();
    const store = await open();
    await store.load('devices');
    store.put('devices', 'a', 1);
    await store.close();

    const next = await open();
    expect(next.cleanStart).toBe(true);
    expect(await next.load('devices')).toEqual(new Map([['a', 1]]));

    expect((await open()).cleanStart).toBe(false);
  });

  test('committed resolves when nothing was put, and rejects once the store is closed', async () => {
    const store = await (await createHome())();
    await store.load('devices');
    await store.committed();
    await store.close();
    store.put('devices', 'late', 1);
    await expect(store.committed()).rejects.toThrow('closed');
  });

  test('many writers: everything that was said to be committed is, in order', async () => {
    const open = await createHome();
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
});
