import { inflateRawSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import type { DeviceDocument, VersionedDocument } from '../../../src/protocol/document.ts';
import { VigiaError } from '../../../src/protocol/errors.ts';
import { Channel, EncodedUpdate } from '../../../src/stream/channel.ts';
import { Parts } from '../../../src/stream/parts.ts';
import { type Encoding, type Payload, Stream } from '../../../src/stream/stream.ts';
import { deviceDocument } from '../../support/http-harness.ts';
import { noMetrics } from '../../support/no-metrics.ts';
import { simulatedClock } from '../../support/simulated-clock.ts';

const MB = 1024 * 1024;

/** A stream that is flushed by hand, and admins that count what they are sent. */
function openStream() {
  const clock = simulatedClock();
  const documents = new Map<string, VersionedDocument>();
  const published: string[] = [];
  const batches: number[][] = [];
  const rooms = new Map<string, Set<(payload: Payload) => void>>();
  const stream = new Stream({
    devices: { all: () => documents.values(), get: (id) => documents.get(id) },
    publish: (room, payload) => {
      published.push(room.split(':').at(-1) as string);
      for (const hear of rooms.get(room) ?? []) hear(payload);
    },
    clock,
    metrics: noMetrics({ batch: (...sizes) => void batches.push(sizes) }),
  });
  const admin = (encoding: Encoding = 'json') => {
    const it = { versions: [] as number[], kinds: [] as string[], messages: 0, backlog: 0, isCut: false, resyncs: 0 };
    const hear = (payload: Payload) => {
      it.messages++;
      it.kinds.push(typeof payload === 'string' ? 'json' : 'deflate');
      const text = typeof payload === 'string' ? payload : inflateRawSync(payload).toString();
      it.versions.push(...JSON.parse(text).updates.map(({ version }: { version: number }) => version));
    };
    const subscriber = {
      id: `admin-${encoding}`,
      join: (room: string) => void rooms.set(room, (rooms.get(room) ?? new Set()).add(hear)),
      leave: (room: string) => void rooms.get(room)?.delete(hear),
      update: hear,
      resync: () => void it.resyncs++,
      backlog: () => it.backlog,
      cut: () => {
        it.isCut = true;
      },
    };
    const subscribe = (cursor?: string, parts?: true) => {
      const reply = stream.subscribe(subscriber, { scope: { all: true }, encoding, cursor, ...(parts && { parts }) });
      if (reply instanceof Promise) throw new Error('not answered at once');
      return typeof reply === 'string' ? JSON.parse(reply) : reply;
    };
    return Object.assign(it, { subscribe, more: () => stream.more(subscriber.id) });
  };
  const change = (id: string, more: Partial<DeviceDocument> = {}, size = 0) => {
    const before = documents.get(id);
    const version = (before?.version ?? 0) + 1;
    const document = { ...(before?.document ?? deviceDocument(id)), ...more };
    documents.set(id, { version, document });
    const patch = [{ op: 'replace' as const, path: '/name', value: 'x'.repeat(size) }];
    stream.changed({ deviceId: id, version, at: '', patch }, document, before?.document);
  };
  const large = (bytes: number) => ({ state: { text: 'x'.repeat(bytes) } });
  return { clock, stream, documents, published, batches, admin, change, large };
}

describe('S5 an admin that resumes', () => {
  test('gets each missed batch once, and after them what is new', () => {
    const { stream, admin, change } = openStream();
    const it = admin();
    const { cursor } = it.subscribe();
    for (let i = 0; i < 4; i++) {
      change('d');
      stream.flush();
    }
    const resumed = it.subscribe(cursor);
    expect(resumed.updates.map(({ version }: { version: number }) => version)).toEqual([1, 2, 3, 4]);
    it.versions.length = 0;
    stream.flush();
    change('d');
    stream.flush();
    expect(it.versions).toEqual([5]);
  });

  test.each([
    [100_000, true],
    [600_000, false],
  ])('in parts, where it missed %d characters: resumed %s', (size, isResumed) => {
    const { stream, admin, change } = openStream();
    change('d');
    const it = admin();
    const { cursor } = it.subscribe(undefined, true);
    for (let i = 0; i < 2; i++) {
      change('d', {}, size / 2);
      stream.flush();
    }
    expect(it.subscribe(cursor, true).resumed ?? false).toBe(isResumed);
    expect(admin('deflate').subscribe(cursor).resumed, 'without parts').toBe(true);
  });
});

describe('S8 in parts', () => {
  test('with compression a part is four times as large; only the first has the cursor', () => {
    const { admin, change, large } = openStream();
    for (const id of ['1', '2', '3', '4', '5', '6', '7']) change(id, large(100_000));
    const [plain, deflated] = [admin(), admin('deflate')];
    expect(plain.subscribe(undefined, true)).toMatchObject({ cursor: expect.any(String), more: 5 });
    const first = deflated.subscribe(undefined, true);
    expect(first).toMatchObject({ cursor: expect.any(String), more: 1 });
    expect(deflated.more()).not.toHaveProperty('cursor');
    expect(JSON.parse(plain.more() as string)).not.toHaveProperty('cursor');
  });

  test('nobody who has not subscribed gets one', () => {
    expect(() => openStream().stream.more('nobody')).toThrow(VigiaError);
  });

  test('updates that came between two parts came once', () => {
    const { stream, admin, change, large } = openStream();
    for (const id of ['1', '2', '3']) change(id, large(200_000));
    const it = admin();
    it.subscribe(undefined, true);
    stream.flush();
    for (let i = 0; i < 3; i++) {
      change('1');
      stream.flush();
    }
    it.more();
    expect(it.versions).toEqual([2, 3, 4]);
  });

  test('a device that is removed meanwhile is left out', () => {
    const { documents, admin, change, large } = openStream();
    for (const id of ['1', '2', '3']) change(id, large(200_000));
    const it = admin();
    expect(it.subscribe(undefined, true)).toMatchObject({ more: 2 });
    documents.delete('2');
    expect(JSON.parse(it.more() as string)).toMatchObject({ devices: [{ document: { id: '3' } }], more: 0 });
  });

  test('who is too far behind has to begin again', () => {
    const { stream, admin, change, large } = openStream();
    for (const id of ['1', '2']) change(id, large(200_000));
    const it = admin();
    it.subscribe(undefined, true);
    it.backlog = 1;
    for (let i = 0; i < 1300; i++) {
      change('1', { state: {} });
      stream.flush();
    }
    it.backlog = 0;
    expect(() => it.more()).toThrow(VigiaError);
    expect(it.resyncs).toBe(1);
  });

  test('problems come first: not connected, or not on air; then by name, or by id where there is none', () => {
    const online = { ...deviceDocument('x').connection, status: 'online' as const };
    const onAir = { status: 'yes', since: '', why: 'playing' } as const;
    const of = (id: string, name: string | null, more: Partial<DeviceDocument> = {}) => ({
      version: 1,
      document: deviceDocument(id, { name, connection: online, onAir, ...more }),
    });
    const devices = [
      of('5', 'zoo'),
      of('6', 'bar'),
      of('m', null),
      of('7', 'attic'),
      of('8', 'kiosk', { onAir: { ...onAir, status: 'no' } }),
      of('9', 'cellar', { connection: { ...online, status: 'offline' } }),
    ];
    const parts = new Parts(devices, MB);
    const { json } = parts.take((id) => devices.find(({ document }) => document.id === id));
    const ids = (JSON.parse(json) as VersionedDocument[]).map(({ document }) => document.id);
    expect(ids).toEqual(['9', '8', '7', '6', 'm', '5']);
  });
});

describe('S4 a heartbeat', () => {
  test('comes after 2 s of silence, with no updates, and no more once the server stops', async () => {
    const { clock, stream, admin, batches } = openStream();
    const it = admin();
    it.subscribe();
    stream.flush();
    await clock.advance(1999);
    stream.flush();
    expect(it.messages).toBe(0);
    await clock.advance(1);
    stream.flush();
    expect([it.messages, it.versions]).toEqual([1, []]);
    expect(batches.map(([updates]) => updates)).toEqual([0]);
    stream.close();
    await clock.advance(10_000);
    stream.flush();
    expect(it.messages).toBe(1);
  });
});

describe('S1 each encoding', () => {
  test('is made only where somebody wants it, and counted', () => {
    const { stream, admin, change, published, batches } = openStream();
    change('d');
    stream.flush();
    expect(batches).toEqual([]);
    const deflated = admin('deflate');
    deflated.subscribe();
    stream.flush();
    change('d');
    stream.flush();
    expect(published).toEqual(['deflate']);
    stream.unsubscribe('admin-deflate');
    change('d');
    stream.flush();
    expect(batches, 'nobody listens now').toHaveLength(1);
    deflated.subscribe();
    stream.flush();
    const json = admin();
    json.subscribe();
    stream.flush();
    change('d');
    stream.flush();
    expect(published).toEqual(['deflate', 'json', 'deflate']);
    expect(batches).toEqual([
      [1, expect.any(Number), expect.any(Number)],
      [1, expect.any(Number), expect.any(Number)],
    ]);
    expect(batches.every(([, plain = 0, compressed = 0]) => plain > 0 && compressed > 0)).toBe(true);
  });

  test('is kept by who catches up', () => {
    const { stream, admin, change } = openStream();
    const it = admin('deflate');
    it.subscribe();
    stream.flush();
    it.backlog = 3 * MB;
    stream.flush();
    change('d');
    stream.flush();
    it.backlog = 0;
    stream.flush();
    expect([it.versions, it.kinds]).toEqual([[1], ['deflate']]);
  });
});

describe('S6 unread bytes', () => {
  test('up to 2 MiB an admin gets everything; above that nothing, until it has read', () => {
    const { stream, admin, change } = openStream();
    const it = admin();
    it.subscribe();
    stream.flush();
    it.backlog = 2 * MB;
    stream.flush();
    change('d');
    stream.flush();
    expect(it.versions).toEqual([1]);
    it.backlog = 2 * MB + 1;
    stream.flush();
    change('d');
    stream.flush();
    expect(it.versions).toEqual([1]);
    it.backlog = 0;
    stream.flush();
    expect(it.versions).toEqual([1, 2]);
  });

  test('above 64 MiB its connection is closed', () => {
    const { stream, admin } = openStream();
    const it = admin();
    it.subscribe();
    it.backlog = 64 * MB;
    stream.flush();
    expect(it.isCut).toBe(false);
    it.backlog = 64 * MB + 1;
    stream.flush();
    expect(it.isCut).toBe(true);
  });
});

test('A3 the window holds 20,000 updates', () => {
  const channel = new Channel({ all: true });
  const document = deviceDocument('d');
  for (let batch = 0; batch < 2; batch++) {
    for (let i = 0; i < 10_000; i++)
      channel.add(new EncodedUpdate({ deviceId: 'd', version: i, at: '', patch: [] }), document, document);
    channel.take();
  }
  expect(channel.after(0)).toHaveLength(2);
});

describe('L4 a full batch', () => {
  test('is not encoded while the change that filled it is processed, and is sent in order before the next tick', async () => {
    const { stream, published, batches, admin, change } = openStream();
    const it = admin('deflate');
    const { cursor } = it.subscribe();
    stream.flush();
    const id = cursor.split('.')[0];
    // A new device is sent as its document, which is small.
    for (let i = 0; i < 3; i++) change('d', {}, 1_200_000);
    change('d');
    expect(published, 'nothing of it is charged to the device').toEqual([]);
    await new Promise(setImmediate);
    expect(it.versions).toEqual([1, 2, 3]);
    expect(batches.map(([updates]) => updates)).toEqual([2, 1]);
    stream.flush();
    expect(it.versions).toEqual([1, 2, 3, 4]);

    change('d', {}, 1_200_000);
    // An admin that comes before it is sent does not get it again.
    const late = admin('json');
    expect(late.subscribe()).toMatchObject({ cursor: `${id}.4` });
    await new Promise(setImmediate);
    stream.flush();
    change('d');
    stream.close();
    expect([it.versions, late.versions]).toEqual([[1, 2, 3, 4, 5, 6], [6]]);
  });
});
