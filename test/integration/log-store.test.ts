import { appendFile, type FileHandle, open, readFile, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { expect, onTestFinished, test, vi } from 'vitest';
import { type LogStoreOptions, openLogStore } from '../../src/adapters/files/log-store.ts';
import { killHard, startChild } from '../support/child.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

async function home() {
  const dataDir = await temporaryDirectory();
  const log = { info: vi.fn(), warn: vi.fn(), error: vi.fn() };
  return {
    dataDir,
    log,
    file: join(dataDir, 'store', 'devices.jsonl'),
    start: async (options: Partial<LogStoreOptions> = {}) => {
      const store = await openLogStore({ dataDir, log, ...options });
      onTestFinished(() => store.close().catch(() => {}));
      return { store, devices: await store.load('devices') };
    },
  };
}

test('files are for the owner only', async () => {
  const { dataDir, file, start } = await home();
  const { store } = await start();
  store.put('devices', 'a', 1);
  await store.close();
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect((await stat(join(dataDir, 'store', 'closed'))).mode & 0o777).toBe(0o600);
  expect((await stat(join(dataDir, 'store'))).mode & 0o777).toBe(0o700);
});

test('a process that is killed loses nothing of what it said to be committed', { timeout: 30_000 }, async () => {
  const { dataDir, start } = await home();
  const { child, lines } = startChild('store-writer.ts', dataDir);
  const said = new Map<string, number>();
  for await (const line of lines) {
    const [key, n] = line.split(' ') as [string, string];
    said.set(key, Number(n));
    if (Number(n) === 2000) await killHard(child);
  }

  const { store, devices } = await start();
  expect(store.cleanStart).toBe(false);
  expect(devices.size).toBe(10);
  for (const [key, n] of said) expect((devices.get(key) as { n: number }).n).toBeGreaterThanOrEqual(n);
});

test('a write that was cut short at any byte is cut away; what was before it stays, and writing goes on', async () => {
  const { file, log, start } = await home();
  const first = (await start()).store;
  first.put('devices', 'a', 'ä');
  await first.committed();
  const whole = (await stat(file)).size;
  first.put('devices', 'b', 'ö');
  await first.close();
  const both = await readFile(file);

  for (let size = whole; size < both.length; size++) {
    await writeFile(file, both.subarray(0, size));
    log.warn.mockClear();
    const { store, devices } = await start();
    expect(devices).toEqual(new Map([['a', 'ä']]));
    expect(log.warn).toHaveBeenCalledTimes(size === whole ? 0 : 1);
    store.put('devices', 'c', size);
    await store.close();

    const again = await start();
    expect(again.devices).toEqual(
      new Map<string, unknown>([
        ['a', 'ä'],
        ['c', size],
      ]),
    );
    await again.store.close();
    await truncate(file, whole);
  }
});

test('the zeros that a power failure can leave are a torn end too', async () => {
  const { file, start } = await home();
  const first = (await start()).store;
  first.put('devices', 'a', 1);
  await first.close();
  await appendFile(file, Buffer.alloc(200_000));
  const { devices } = await start();
  expect(devices).toEqual(new Map([['a', 1]]));
  expect((await stat(file)).size).toBeLessThan(100);
});

test('a line in the middle that cannot be read is skipped, and named in the log without its text', async () => {
  const { file, log, start } = await home();
  const first = (await start()).store;
  for (const key of ['a', 'b', 'c']) first.put('devices', key, `value of ${key}`);
  await first.close();
  const text = await readFile(file, 'utf8');
  await writeFile(file, text.replace('"v":"value of b"', '"v":"value of b'));

  const { devices } = await start();
  expect([...devices.keys()]).toEqual(['a', 'c']);
  expect(log.warn).toHaveBeenCalledExactlyOnceWith(
    expect.objectContaining({ line: 2 }),
    'a line that cannot be read is skipped',
  );
  expect(JSON.stringify(log.warn.mock.calls)).not.toContain('value of');
});

test('all puts of a tick are one write for each collection', async () => {
  const { start } = await home();
  const writes: string[] = [];
  const { store } = await start({ open: spying((path) => writes.push(path)) });
  await store.load('commands');
  for (let i = 0; i < 100; i++) store.put('devices', `${i}`, i);
  await Promise.resolve();
  for (let i = 0; i < 100; i++) store.put('commands', `${i}`, i);
  expect(store.backlog).toBe(200);
  await store.committed();
  expect(store.backlog).toBe(0);
  expect(writes.map((path) => path.split('/').at(-1)).sort()).toEqual(['commands.jsonl', 'devices.jsonl']);
});

test('at load, dead lines are left behind if they prevail', async () => {
  const { file, start } = await home();
  const first = (await start()).store;
  for (let i = 0; i < 100; i++) {
    first.put('devices', 'a', { i });
    first.put('devices', 'b', i % 2 ? undefined : i);
    await first.committed();
  }
  await first.close();
  expect((await readFile(file, 'utf8')).split('\n').length).toBe(201);

  const second = await start();
  expect((await readFile(file, 'utf8')).split('\n').length).toBe(2);
  second.store.put('devices', 'c', 1);
  await second.store.close();
  expect((await start()).devices).toEqual(
    new Map<string, unknown>([
      ['a', { i: 99 }],
      ['c', 1],
    ]),
  );
});

test('a file that grows is compacted while everybody goes on writing', { timeout: 60_000 }, async () => {
  const { file, log, start } = await home();
  const { store } = await start();
  const expected = new Map<string, unknown>();
  const lag = monitorEventLoopDelay({ resolution: 5 });
  lag.enable();
  let largest = 0;
  for (let n = 0; compactions() < 3; n++) {
    for (let i = 0; i < 20; i++) {
      const key = `${(n * 7 + i * 13) % 500}`;
      const value = n % 11 === 5 ? undefined : { n, padding: 'x'.repeat(2000) };
      store.put('devices', key, value);
      if (value) expected.set(key, value);
      else expected.delete(key);
    }
    await store.committed();
    largest = Math.max(largest, n % 20 ? 0 : (await stat(file)).size);
  }
  lag.disable();

  expect(log.warn).not.toHaveBeenCalled();
  expect(largest).toBeLessThan(17 * 1024 * 1024);
  expect(lag.percentile(99) / 1e6).toBeLessThan(100);
  await store.close();
  const { devices } = await start();
  expect(devices).toEqual(expected);

  function compactions() {
    return log.info.mock.calls.filter(([, message]) => message === 'a file of the store was compacted').length;
  }
});

test('a compaction that fails or is interrupted costs nothing', { timeout: 60_000 }, async () => {
  const { file, log, start } = await home();
  const { store } = await start({ open: spying((path) => path.endsWith('.tmp') && fullDisk()) });
  for (let n = 0; (await stat(file)).size < 9 * 1024 * 1024; n++) {
    for (let i = 0; i < 100; i++) store.put('devices', `${i}`, { n, padding: 'x'.repeat(2000) });
    await store.committed();
  }
  await vi.waitFor(() =>
    expect(log.warn).toHaveBeenCalledWith(
      expect.objectContaining({ err: expect.objectContaining({ code: 'ENOSPC' }) }),
      'a file of the store could not be compacted',
    ),
  );
  expect(store.healthy).toBe(true);
  store.put('devices', 'last', 1);
  await store.close();
  await expect(stat(`${file}.tmp`)).rejects.toThrow('ENOENT');

  await writeFile(`${file}.tmp`, 'half a compaction');
  const { devices } = await start();
  expect(devices.size).toBe(101);
  expect((await stat(file)).size).toBeLessThan(1024 * 1024);
});

test('while the disk is full nothing is lost, the newest of each key waits, and it heals by itself', async () => {
  const { log, start } = await home();
  let full = false;
  const { store } = await start({ open: spying(() => full && fullDisk()) });
  store.put('devices', 'a', 1);
  await store.committed();

  full = true;
  store.put('devices', 'a', 2);
  store.put('devices', 'b', 1);
  let committed = false;
  const waiting = store.committed().then(() => {
    committed = true;
  });
  await vi.waitFor(() => expect(store.healthy).toBe(false));
  for (let i = 0; i < 1000; i++) store.put('devices', 'a', i);
  expect(store.backlog).toBe(3);
  expect(committed).toBe(false);
  expect(log.error).toHaveBeenCalledTimes(1);

  full = false;
  await waiting;
  await store.committed();
  expect(store.healthy).toBe(true);
  expect(store.backlog).toBe(0);
  await store.close();
  expect((await start()).devices).toEqual(
    new Map([
      ['a', 999],
      ['b', 1],
    ]),
  );
  expect(log.warn).not.toHaveBeenCalled();
});

test('closing while the disk is full rejects whoever waits, and the next start is not clean', async () => {
  const { start } = await home();
  let full = false;
  const { store } = await start({ open: spying(() => full && fullDisk()) });
  store.put('devices', 'a', 1);
  await store.committed();
  full = true;
  store.put('devices', 'a', 2);
  const waiting = store.committed();
  await vi.waitFor(() => expect(store.healthy).toBe(false));
  const closing = store.close();
  await expect(waiting).rejects.toThrow('before everything could be written');
  await expect(closing).rejects.toThrow('before everything could be written');

  const next = await start();
  expect(next.store.cleanStart).toBe(false);
  expect(next.devices).toEqual(new Map([['a', 1]]));
});

test('what is no JSON is refused alone', async () => {
  const { log, start } = await home();
  const { store } = await start();
  store.put('devices', 'a', 1n);
  store.put('devices', 'b', 1);
  await store.committed();
  expect(log.error).toHaveBeenCalledTimes(1);
  await store.close();
  expect((await start()).devices).toEqual(new Map([['b', 1]]));
});

function fullDisk(): never {
  throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
}

/** Opens files that tell of each write; if `onWrite` throws, half of the bytes are written nevertheless. */
function spying(onWrite: (path: string) => void): typeof open {
  return async (path, flags, mode) => {
    const file = await open(path, flags, mode);
    const appendFile: FileHandle['appendFile'] = async (data, options) => {
      try {
        onWrite(String(path));
      } catch (error) {
        await file.appendFile((data as Buffer).subarray(0, (data as Buffer).length >> 1));
        throw error;
      }
      return file.appendFile(data, options);
    };
    return new Proxy(file, {
      get(target, name) {
        if (name === 'appendFile') return appendFile;
        const value = Reflect.get(target, name);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
  };
}
