import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createDatabaseBlobStore } from '../../src/adapters/database/blob-store.ts';
import { createFileBlobStore } from '../../src/adapters/files/blob-store.ts';
import { createMemoryBlobStore } from '../../src/adapters/memory/blob-store.ts';
import type { BlobStore } from '../../src/ports/blob-store.ts';
import { databases, openTestDatabase } from '../support/databases.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const stores: [string, () => Promise<BlobStore>][] = [
  ['memory', async () => createMemoryBlobStore()],
  ['files', async () => createFileBlobStore(join(await temporaryDirectory(), 'blobs'))],
  ...databases
    .filter(([kind]) => kind === 'postgres')
    .map(([kind, place]): (typeof stores)[number] => [
      kind,
      async () => createDatabaseBlobStore(await openTestDatabase(await place()), createMemoryBlobStore()),
    ]),
];

const names = async (store: BlobStore) => {
  const found: string[] = [];
  for await (const { name } of store.list()) found.push(name);
  return found.sort();
};

describe.each(stores)('BlobStore: %s', (_, open) => {
  test('a stored blob is returned whole; the last write wins', async () => {
    const store = await open();
    expect(await names(store)).toEqual([]);
    await store.put('a.webp', Buffer.from('one'));
    await store.put('a.webp', new Uint8Array([0, 255, 10]));
    expect(await store.get('a.webp')).toEqual(Buffer.from([0, 255, 10]));
    expect([await store.has('a.webp'), await store.has('b.webp')]).toEqual([true, false]);
    expect(await store.get('b.webp')).toBeUndefined();
  });

  test('a removed blob is gone; removing it again is harmless', async () => {
    const store = await open();
    for (const name of ['a', 'b', 'c']) await store.put(name, Buffer.from(name));
    await store.remove('b');
    await store.remove('b');
    expect(await names(store)).toEqual(['a', 'c']);
  });

  test.each(['', '.', '..', '../a', 'a/b', 'a\\b', '.hidden', 'a\0', 'ü', 'x'.repeat(129)])(
    'no name escapes the store: %j',
    async (name) => {
      const store = await open();
      await expect((async () => store.put(name, Buffer.from('x')))()).rejects.toThrow('invalid blob name');
      await expect((async () => store.get(name))()).rejects.toThrow('invalid blob name');
      await expect((async () => store.has(name))()).rejects.toThrow('invalid blob name');
      await expect((async () => store.remove(name))()).rejects.toThrow('invalid blob name');
    },
  );
});

test('files: remains of an interrupted write are listed for cleanup; foreign files are not', async () => {
  const directory = await temporaryDirectory();
  const store = createFileBlobStore(directory);
  await store.put('a', Buffer.from('whole'));
  const [shard] = await readdir(directory);
  await writeFile(join(directory, shard as string, 'b.7.tmp'), 'half');
  await mkdir(join(directory, 'lost+found'));
  expect(await names(store)).toEqual(['a', 'b.7.tmp']);
});

test('blobs stored as files before the instances shared a database can still be read and removed', async () => {
  for (const [, place] of databases) {
    const files = createMemoryBlobStore();
    await files.put('old', Buffer.from('old'));
    const store = createDatabaseBlobStore(await openTestDatabase(await place()), files);
    await store.put('new', Buffer.from('new'));
    expect([await store.get('old'), await store.has('old')]).toEqual([Buffer.from('old'), true]);
    expect(await names(store)).toEqual(['new', 'old']);
    expect(await names(files)).toEqual(['old']);
    await store.remove('old');
    expect(await names(store)).toEqual(['new']);
  }
});
