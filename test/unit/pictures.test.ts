import pino from 'pino';
import { describe, expect, it } from 'vitest';
import { createMemoryBlobStore } from '../../src/adapters/memory/blob-store.ts';
import { createMemorySnapshotIndex } from '../../src/adapters/memory/snapshot-index.ts';
import { createHousekeeping, fileNames } from '../../src/pictures/housekeeping.ts';
import { createLibrary } from '../../src/pictures/library.ts';
import { createPictures } from '../../src/pictures/pictures.ts';
import { createPictureQueue } from '../../src/pictures/queue.ts';
import type { SnapshotIndex } from '../../src/ports/snapshot-index.ts';
import type { VigiaError } from '../../src/protocol/errors.ts';
import type { Snapshot } from '../../src/protocol/snapshot.ts';
import { image } from '../support/images.ts';
import { noMetrics } from '../support/no-metrics.ts';

const DAY_MS = 24 * 3600_000;
const log = pino({ level: 'silent' });

/** Time advances only when a test advances it; pauses take none. */
function shelf({ index = createMemorySnapshotIndex(), isAlone = true, keep = 10 } = {}) {
  let now = 1_785_000_000_000;
  const known = new Set(['a', 'b']);
  const told: Snapshot[] = [];
  const failed: VigiaError[] = [];
  const clock = {
    now: () => now,
    wall: (at = now) => at,
    setTimeout: (fn: () => void) => setImmediate(fn),
    clearTimeout: () => {},
  };
  const blobs = createMemoryBlobStore(() => now);
  const harness = { blobs, index, clock, log };
  const housekeeping = createHousekeeping({
    ...harness,
    keepSnapshots: keep,
    keepSnapshotDays: 30,
    isAlone,
    exists: (id) => known.has(id),
  });
  const pictures = createPictures({
    ...harness,
    housekeeping,
    metrics: noMetrics(),
    maxBytes: 1_000_000,
    listener: {
      stored: (id, snapshot) => known.has(id) && told.push(snapshot) > 0,
      refused: (_, error) => failed.push(error),
    },
  });
  const files = async () => {
    const found: string[] = [];
    for await (const { name } of blobs.list()) found.push(name);
    return found.sort();
  };
  const rows = async () => (await index.page('', 100)).map((it) => it.id);
  const wait = (ms: number) => {
    now += ms;
  };
  return { pictures, housekeeping, blobs, index, files, rows, wait, known, told, failed };
}

const idOf = ({ url }: Snapshot) => url.slice(url.lastIndexOf('/') + 1);

it('P10 while the index cannot be read, requests for pictures get an error, and the log has the reason', async () => {
  const away = async () => {
    throw new Error('the connection ended');
  };
  const logged: unknown[] = [];
  const library = createLibrary({
    blobs: createMemoryBlobStore(() => 0),
    index: { ...createMemorySnapshotIndex(), list: away, get: away },
    log: { warn: (it: unknown) => void logged.push(it) } as never,
  });
  const told = { code: 'unavailable', message: 'The screenshots cannot be looked up now.' };
  await expect(library.list('a', { limit: 1 })).rejects.toMatchObject(told);
  await expect(library.read('0mabcdefg-0123456789abcdef', 'picture')).rejects.toMatchObject(told);
  expect(logged).toMatchObject([{ err: { message: 'the connection ended' } }, { err: {} }]);
});

describe('P10 housekeeping', () => {
  it('removes old pictures, except the last one of a device', async () => {
    const { pictures, housekeeping, files, rows, wait } = shelf();
    await pictures.take('a', await image('png'), 'state');
    wait(1000);
    const last = await pictures.take('a', await image('png', { seed: 2 }), 'state');
    wait(31 * DAY_MS);
    expect(await housekeeping.sweep()).toEqual({ aged: 1, orphanFiles: 0, orphanRows: 0 });
    expect(await rows()).toEqual([idOf(last)]);
    expect(await files()).toEqual(Object.values(fileNames(idOf(last))).sort());
  });

  it('a process killed between writing the files and the row, or during a write, leaves no permanent remains', async () => {
    const { pictures, housekeeping, blobs, files, wait } = shelf();
    const { picture, thumbnail } = fileNames('0mabcdefg-0123456789abcdef');
    const kept = await pictures.take('a', await image('png'), 'state');
    await blobs.put(picture, Buffer.from('x'));
    await blobs.put(thumbnail, Buffer.from('x'));
    await blobs.put(`${idOf(kept)}.webp.77.tmp`, Buffer.from('x'));
    // They may belong to a picture that is being stored.
    expect(await housekeeping.sweep()).toMatchObject({ orphanFiles: 0 });
    // Nor are they deleted when a server was started on another database, until there was time to notice.
    wait(6 * DAY_MS);
    expect(await housekeeping.sweep()).toMatchObject({ orphanFiles: 0 });
    wait(2 * DAY_MS);
    expect(await housekeeping.sweep()).toEqual({ aged: 0, orphanFiles: 3, orphanRows: 0 });
    expect(await files()).toEqual(Object.values(fileNames(idOf(kept))).sort());
  });

  it('rows without files, and of removed devices, are deleted if no other instance could know of them', async () => {
    for (const isAlone of [true, false]) {
      const { pictures, housekeeping, blobs, known, rows } = shelf({ isAlone });
      const lost = await pictures.take('a', await image('png'), 'state');
      await pictures.take('b', await image('png'), 'state');
      await blobs.remove(fileNames(idOf(lost)).picture);
      known.delete('b');
      expect((await housekeeping.sweep()).orphanRows).toBe(isAlone ? 2 : 0);
      expect((await rows()).length).toBe(isAlone ? 0 : 2);
    }
  });
});

describe('P10 storing', () => {
  it('a database that is unavailable: `unavailable`, no picture is announced, and no file remains', async () => {
    const index: SnapshotIndex = { ...createMemorySnapshotIndex(), add: () => Promise.reject(new Error('away')) };
    const { pictures, files, told, failed } = shelf({ index });
    await expect(pictures.take('a', await image('png'), 'state')).rejects.toMatchObject({ code: 'unavailable' });
    expect(await files()).toEqual([]);
    expect(told).toEqual([]);
    expect(failed).toMatchObject([{ code: 'unavailable' }]);
  });

  it('the last one stays the last one, also when the clock stands still or is set back', async () => {
    const { pictures, rows, index, wait } = shelf({ keep: 2 });
    const taken: string[] = [];
    for (const step of [0, 0, -60_000, 1000]) {
      wait(step);
      taken.push(idOf(await pictures.take('a', await image('png', { seed: taken.length + 1 }), 'state')));
    }
    const listed = (await index.list('a', { limit: 10 })).map(({ id }) => id);
    expect(listed.slice(0, 2)).toEqual([taken[3], taken[2]]);
    await expect.poll(rows).toEqual(taken.slice(2));
  });

  it('a device removed meanwhile keeps none', async () => {
    const { pictures, files, rows } = shelf();
    await expect(pictures.take('gone', await image('png'), 'state')).rejects.toMatchObject({ code: 'device_unknown' });
    expect(await files()).toEqual([]);
    expect(await rows()).toEqual([]);
  });

  it('a late one does not displace one that waits, and is not the answer to a request', async () => {
    const { pictures, told, failed, rows } = shelf();
    const [first, second, third] = await Promise.all([1, 2, 3].map((seed) => image('png', { seed })));
    await Promise.all([
      pictures.take('a', first as Buffer, 'upload'),
      pictures.take('a', second as Buffer, 'upload'),
      pictures.take('a', third as Buffer, 'upload', { ageMs: 60_000 }),
    ]);
    expect([told.length, (await rows()).length]).toEqual([2, 3]);
    const wrong = pictures.take('a', Buffer.from('no picture'), 'upload', { ageMs: 60_000 });
    await expect(wrong).rejects.toMatchObject({ code: 'invalid_payload' });
    expect(failed).toEqual([]);
  });

  it('larger than 4K is scaled down; more bytes than allowed are refused', async () => {
    const { pictures } = shelf();
    const wide = await image('jpeg', { width: 5000, height: 50, colour: { r: 200, g: 0, b: 0 } });
    expect(await pictures.take('a', wide, 'upload')).toMatchObject({ width: 3840, height: 38 });
    await expect(pictures.take('a', Buffer.alloc(1_000_001), 'upload')).rejects.toMatchObject({
      code: 'payload_too_large',
    });
  });
});

describe('P10 the queue', () => {
  /** Work that ends on demand. */
  const held = () => {
    const ends: (() => void)[] = [];
    const begun: string[] = [];
    const work = (name: string) => () => {
      begun.push(name);
      return new Promise<string>((resolve) => ends.push(() => resolve(name)));
    };
    return { ends, begun, work };
  };

  it('per device one is processed and one waits, the newest', async () => {
    const queue = createPictureQueue();
    const { ends, begun, work } = held();
    const first = queue.add('a', 1, work('first'));
    const second = queue.add('a', 1, work('second'));
    const third = queue.add('a', 1, work('third'));
    await expect(second).rejects.toMatchObject({ code: 'rate_limited' });
    expect(begun).toEqual(['first']);
    ends[0]?.();
    expect(await first).toBe('first');
    await expect.poll(() => begun).toEqual(['first', 'third']);
    ends[1]?.();
    expect(await third).toBe('third');
  });

  it('two at once, 64 wait, 64 MiB wait: beyond that it is busy', async () => {
    const queue = createPictureQueue();
    const { begun, work } = held();
    for (let i = 0; i < 2 + 64; i++) queue.add(`d${i}`, 1, work(`${i}`)).catch(() => {});
    await expect(queue.add('more', 1, work('more'))).rejects.toMatchObject({ code: 'unavailable' });
    expect(begun).toEqual(['0', '1']);

    const heavy = createPictureQueue();
    for (let i = 0; i < 3; i++) heavy.add(`d${i}`, 40 * 1024 * 1024, work('heavy')).catch(() => {});
    await expect(heavy.add('more', 40 * 1024 * 1024, work('more'))).rejects.toMatchObject({ code: 'unavailable' });
  });

  it('closing waits for those in progress, and rejects those that wait', async () => {
    const queue = createPictureQueue();
    const { ends, work } = held();
    const first = queue.add('a', 1, work('first'));
    const second = queue.add('a', 1, work('second'));
    let closed = false;
    const closing = queue.close().then(() => {
      closed = true;
    });
    await expect(second).rejects.toMatchObject({ code: 'unavailable' });
    expect(closed).toBe(false);
    ends[0]?.();
    await closing;
    expect(await first).toBe('first');
  });
});
