import { inflateRawSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { repeat } from '../../../src/ports/repeat.ts';
import type { Scope } from '../../../src/protocol/admin.ts';
import type { DeviceDocument, VersionedDocument } from '../../../src/protocol/document.ts';
import { VigiaError } from '../../../src/protocol/errors.ts';
import { type Encoding, type Payload, type Reply, Stream } from '../../../src/stream/stream.ts';
import { deviceDocument } from '../../support/http-harness.ts';
import { noMetrics } from '../../support/no-metrics.ts';
import { simulatedClock } from '../../support/simulated-clock.ts';

const MB = 1024 * 1024;

function openStream() {
  const clock = simulatedClock();
  const documents = new Map<string, VersionedDocument>();
  const published: { room: string; payload: Payload }[] = [];
  const rooms = new Map<string, Set<Admin>>();
  const batches: number[] = [];
  const resyncs: string[] = [];
  const stream = new Stream({
    devices: { all: () => documents.values(), get: (id) => documents.get(id) },
    publish: (room, payload) => {
      published.push({ room, payload });
      for (const admin of rooms.get(room) ?? []) admin.heard.push(read(payload));
    },
    clock,
    metrics: noMetrics({ batch: (updates) => batches.push(updates), resync: (reason) => resyncs.push(reason) }),
  });
  repeat(clock, 100, () => stream.flush());

  const admin = (id: string, scope: Scope = { all: true }, encoding: Encoding = 'json') => {
    const it: Admin = {
      heard: [],
      direct: 0,
      resyncs: [],
      backlog: 0,
      isSlow: false,
      cut: false,
      ask: (wanted = {}) => stream.subscribe(subscriber, { scope, encoding, ...wanted }),
      subscribe: (cursor, parts) => said(it.ask({ cursor, parts })),
    };
    const subscriber = {
      id,
      join: (room: string) => void rooms.set(room, (rooms.get(room) ?? new Set()).add(it)),
      leave: (room: string) => void rooms.get(room)?.delete(it),
      update: (payload: Payload) => {
        it.direct++;
        it.heard.push(read(payload));
        if (it.isSlow) it.backlog += payload.length;
      },
      resync: (reason: string) => void it.resyncs.push(reason),
      backlog: () => it.backlog,
      cut: () => {
        it.cut = true;
      },
    };
    return it;
  };
  const change = (id: string, change: Partial<DeviceDocument> = {}) => {
    const before = documents.get(id);
    const version = (before?.version ?? 0) + 1;
    const document = { ...(before?.document ?? deviceDocument(id)), ...change };
    documents.set(id, { version, document });
    const patch = [{ op: 'replace' as const, path: '/name', value: `v${version}` }];
    const update = { deviceId: id, version, at: '2026-01-01T00:00:00.000Z', patch };
    stream.changed(update, document, before?.document);
  };
  return { clock, stream, published, batches, resyncs, admin, change };
}

interface Admin {
  heard: { cursor: string; updates: { deviceId: string; version: number; deleted?: true; document?: unknown }[] }[];
  direct: number;
  resyncs: string[];
  backlog: number;
  /** Its messages wait until it reads. */
  isSlow: boolean;
  cut: boolean;
  ask(wanted?: { cursor?: string | undefined; parts?: true | undefined }): ReturnType<Stream['subscribe']>;
  subscribe(cursor?: string, parts?: true): Answer;
}

interface Answer {
  updates?: { deviceId: string }[];
  cursor: string;
  devices: VersionedDocument[];
  more?: number;
  resumed?: true;
}

/** The reply with its documents inflated; a few are answered at once. */
function said(reply: Reply | Promise<Reply>): Answer {
  if (reply instanceof Promise) throw new Error('it is not answered at once');
  return typeof reply === 'string' ? JSON.parse(reply) : { cursor: '', ...reply, devices: read(reply.devices) };
}

const read = (payload: Payload) =>
  JSON.parse(typeof payload === 'string' ? payload : inflateRawSync(payload).toString());
const versions = ({ heard }: Admin) => heard.flatMap(({ updates }) => updates.map(({ version }) => version));

describe('A3 S1 a batch is built once, for any number of admins', () => {
  test('one message for each requested encoding', async () => {
    const { clock, published, batches, admin, change } = openStream();
    const admins = Array.from({ length: 50 }, (_, i) => admin(`a${i}`, { all: true }, i % 2 ? 'json' : 'deflate'));
    for (const it of admins) it.subscribe();
    await clock.advance(100);
    for (let i = 0; i < 20; i++) change('d1');
    await clock.advance(100);
    expect(published).toHaveLength(2);
    expect(batches).toEqual([20]);
    for (const it of admins) expect(versions(it)).toHaveLength(20);
  });

  test('S9 a full one is sent at once, so its size is bounded however late a tick is', async () => {
    const { clock, batches, admin, change } = openStream();
    const it = admin('a');
    it.subscribe();
    await clock.advance(100);
    for (let i = 0; i < 4500; i++) change('d1');
    await new Promise(setImmediate);
    expect(batches).toEqual([2000, 2000]);
    await clock.advance(100);
    expect(batches).toEqual([2000, 2000, 500]);
    expect(versions(it)).toEqual(Array.from({ length: 4500 }, (_, i) => i + 1));
    change('d2', { name: 'x'.repeat(9 * MB) });
    await new Promise(setImmediate);
    expect(batches).toEqual([2000, 2000, 500, 1]);
  });

  test('none without subscribers', async () => {
    const { clock, published, admin, change } = openStream();
    admin('a').subscribe();
    change('d1');
    await clock.advance(100);
    expect(published).toEqual([]);
  });

  test('S7 the two encodings contain the same', async () => {
    const { clock, admin, change } = openStream();
    const [json, deflated] = [admin('a'), admin('b', { all: true }, 'deflate')];
    json.subscribe();
    deflated.subscribe();
    await clock.advance(100);
    change('d1', { name: 'ñ 🎬' });
    await clock.advance(100);
    expect(json.heard).toEqual(deflated.heard);
    expect(json.heard).toHaveLength(1);
  });
});

describe('A1 S3 cursors', () => {
  test('an idle stream sends its cursor, so that the loss of its last batch is noticed', async () => {
    const { clock, admin, change } = openStream();
    const it = admin('a');
    it.subscribe();
    await clock.advance(100);
    change('d1');
    await clock.advance(5100);
    expect(it.heard.map(({ updates }) => updates.length)).toEqual([1, 0, 0]);
    expect(new Set(it.heard.map(({ cursor }) => cursor)).size).toBe(1);
  });

  test('a client that returns with one gets what it missed, and no more', async () => {
    const { clock, stream, admin, change } = openStream();
    const it = admin('a');
    const { cursor } = it.subscribe();
    stream.unsubscribe('a');
    change('d1');
    await clock.advance(200);
    change('d1');
    expect(it.subscribe(cursor)).toMatchObject({ resumed: true, updates: [{ version: 1 }, { version: 2 }] });
  });

  test.each(['nonsense', 'other.1', undefined])('the cursor %j gets the documents', (cursor) => {
    const { admin, change } = openStream();
    change('d1');
    expect(admin('a').subscribe(cursor)).toMatchObject({ devices: [{ version: 1 }] });
  });

  test('a channel without subscribers is discarded after two minutes, and its cursors with it', async () => {
    const { clock, stream, admin } = openStream();
    const it = admin('a');
    const { cursor } = it.subscribe();
    stream.unsubscribe('a');
    await clock.advance(110_000);
    expect(it.subscribe(cursor)).toHaveProperty('resumed');
    stream.unsubscribe('a');
    await clock.advance(121_000);
    expect(it.subscribe(cursor)).not.toHaveProperty('resumed');
  });
});

describe('A3 S6 a slow admin', () => {
  test('is sent nothing more until it has read, and then what it missed, in order; others are unaffected', async () => {
    const { clock, admin, change } = openStream();
    const [slow, quick] = [admin('slow'), admin('quick')];
    slow.subscribe();
    quick.subscribe();
    await clock.advance(100);
    slow.backlog = 2 * MB + 1;
    change('d1');
    await clock.advance(100);
    for (let i = 0; i < 10; i++) {
      change('d1');
      await clock.advance(100);
    }
    expect(versions(slow)).toEqual([1]);
    expect(versions(quick)).toHaveLength(11);
    slow.backlog = 1;
    await clock.advance(100);
    expect(versions(slow)).toEqual([1]);
    slow.backlog = 0;
    await clock.advance(100);
    expect(versions(slow)).toEqual(versions(quick));
    change('d1');
    await clock.advance(100);
    expect(versions(slow)).toEqual(versions(quick));
    expect(slow.direct).toBe(10);
  });

  test('is sent what it missed as fast as it reads, in pieces that let pings through', async () => {
    const { clock, admin, change } = openStream();
    const slow = admin('slow', { groups: ['g'] });
    slow.subscribe();
    await clock.advance(100);
    slow.backlog = 3 * MB;
    await clock.advance(100);
    const large = { group: 'g', state: { text: 'x'.repeat(200_000) } };
    for (let i = 0; i < 9; i++) {
      change(`d${i}`, large);
      await clock.advance(100);
    }
    slow.isSlow = true;
    slow.backlog = 0;
    await clock.advance(300);
    change('d9', large);
    expect(slow.heard, 'it has not read them').toHaveLength(3);
    slow.backlog = 0;
    await clock.advance(100);
    expect(slow.heard).toHaveLength(6);
    slow.isSlow = false;
    slow.backlog = 0;
    await clock.advance(100);
    expect(slow.heard, 'it reads at once').toHaveLength(10);
    expect(slow.heard.flatMap(({ updates }) => updates.map(({ deviceId }) => deviceId))).toEqual(
      Array.from({ length: 10 }, (_, i) => `d${i}`),
    );
  });

  test('that returns with a cursor gets the first piece in the answer, and the others after it', async () => {
    const { clock, stream, admin, change } = openStream();
    const it = admin('a', { groups: ['g'] });
    const { cursor } = it.subscribe();
    stream.unsubscribe('a');
    for (let i = 0; i < 5; i++) {
      change(`d${i}`, { group: 'g', state: { text: 'x'.repeat(200_000) } });
      await clock.advance(100);
    }
    const answer = it.subscribe(cursor);
    expect(answer.updates).toHaveLength(2);
    await clock.advance(300);
    const cursors = [answer.cursor, ...it.heard.map((one) => one.cursor)].map((one) => Number(one.split('.')[1]));
    expect(cursors).toEqual([2, 3, 4, 5]);
  });

  test('that requests parts and has not caught up gets the documents once it has', async () => {
    const { clock, stream, admin, change } = openStream();
    const large = { group: 'g', state: { text: 'x'.repeat(600_000) } };
    for (const id of ['d1', 'd2']) change(id, large);
    const it = admin('a', { groups: ['g'] });
    expect(it.subscribe(undefined, true)).toMatchObject({ devices: [{}], more: 1 });
    it.backlog = 1;
    it.isSlow = true;
    for (const id of ['d3', 'd4']) {
      change(id, large);
      await clock.advance(100);
    }
    expect(said(stream.more('a'))).toEqual({ devices: [], more: 1 });
    it.backlog = 0;
    expect(said(stream.more('a'))).toMatchObject({ devices: [{ document: { id: 'd2' } }], more: 0 });
    expect(it.heard).toHaveLength(2);
  });

  test('that missed more than is stored is told to subscribe again', async () => {
    const { clock, resyncs, admin, change } = openStream();
    const slow = admin('slow');
    slow.subscribe();
    await clock.advance(100);
    slow.backlog = 3 * MB;
    await clock.advance(100);
    for (let i = 0; i < 1300; i++) {
      change('d1');
      await clock.advance(100);
    }
    slow.backlog = 0;
    await clock.advance(300);
    expect(slow.resyncs).toEqual(['too_slow']);
    expect(resyncs).toEqual(['too_slow']);
    expect(versions(slow)).toEqual([]);
    expect(slow.subscribe()).toMatchObject({ devices: [{ version: 1300 }] });
  });
});

describe('S8 documents in parts', () => {
  const idsIn = ({ devices }: Answer) => devices.map((it) => it.document.id);

  test('each is bounded in size; devices that need attention come first, then by name; the last one is marked', () => {
    const { stream, admin, change } = openStream();
    const online = { ...deviceDocument('d').connection, status: 'online' } as const;
    const state = { text: 'x'.repeat(12_000) };
    for (let i = 0; i < 30; i++) change(`d${String(i).padStart(2, '0')}`, { connection: online, state });
    change('d29', { onAir: { status: 'no', since: '', reason: 'stopped' } as never });
    const first = admin('a').subscribe(undefined, true);
    expect(first).toMatchObject({ more: 19 });
    expect(idsIn(first).slice(0, 3)).toEqual(['d29', 'd00', 'd01']);
    const rest = [said(stream.more('a')), said(stream.more('a'))];
    expect(rest.map((it) => [it.devices.length, it.more])).toEqual([
      [11, 8],
      [8, 0],
    ]);
    expect(new Set([first, ...rest].flatMap(idsIn)).size).toBe(30);
    expect(() => stream.more('a')).toThrow('no subscription');
  });

  test('a part reflects all that was sent before it, also for a client that was not in the room yet', async () => {
    const { clock, stream, admin, change } = openStream();
    for (const id of ['d1', 'd2']) change(id, { state: { text: 'x'.repeat(600_000) } });
    const it = admin('a');
    expect(it.subscribe(undefined, true)).toMatchObject({ devices: [{ version: 1 }], more: 1 });
    change('d1');
    change('d2');
    expect(it.heard).toEqual([]);
    expect(said(stream.more('a'))).toMatchObject({ devices: [{ version: 2, document: { id: 'd2' } }], more: 0 });
    expect(it.heard.flatMap(({ updates }) => updates.map(({ deviceId }) => deviceId))).toEqual(['d1', 'd2']);
    change('d2');
    await clock.advance(100);
    expect(versions(it)).toEqual([2, 2, 3]);
  });

  test('S7 with `deflate` the documents are compressed; devices that left the scope meanwhile are omitted', () => {
    const { stream, admin, change } = openStream();
    for (const id of ['d1', 'd2']) change(id, { group: 'g', state: { text: 'x'.repeat(600_000) } });
    const reply = admin('a', { groups: ['g'] }, 'deflate').ask({ parts: true }) as { devices: Buffer };
    expect(reply.devices.length).toBeLessThan(20_000);
    expect(said(reply as Reply)).toMatchObject({ more: 1, devices: [{ version: 1, document: { id: 'd1' } }] });
    change('d2', { group: 'h' });
    expect(said(stream.more('a'))).toEqual({ cursor: '', more: 0, devices: [] });
  });
});

describe('many documents in one answer', () => {
  test('are a consistent snapshot, built in pieces that yield to other work; nothing is sent before it', async () => {
    const { clock, admin, change } = openStream();
    for (const id of ['d1', 'd2', 'd3']) change(id, { state: { text: 'x'.repeat(600_000) } });
    const it = admin('a');
    let before: unknown;
    const asked = Promise.resolve(it.ask()).then((reply) => {
      before = [...it.heard];
      return said(reply);
    });
    let turns = 0;
    const turn = () => setImmediate(() => turns++ < 100 && turn());
    turn();
    change('d3', { name: 'later' });
    await clock.advance(500);
    const { cursor, devices } = await asked;
    expect(before).toEqual([]);
    expect(turns).toBeGreaterThan(1);
    expect(devices.map(({ version }) => version)).toEqual([1, 1, 1]);
    expect(it.heard.map((message) => message.cursor)).toEqual([cursor.replace(/0$/, '1')]);
    expect(versions(it)).toEqual([2]);
  });

  test('are not answered if a newer subscription of the same admin arrived meanwhile', async () => {
    const { clock, admin, change } = openStream();
    for (const id of ['d1', 'd2']) change(id, { state: { text: 'x'.repeat(600_000) } });
    const it = admin('a');
    const [first, second] = [it.ask(), it.ask()];
    await expect(first).rejects.toMatchObject({ code: 'conflict' });
    expect(said(await second).devices).toHaveLength(2);
    change('d1');
    await clock.advance(100);
    expect(versions(it)).toEqual([2]);
  });
});

describe('scopes', () => {
  test('A1 a device that changes groups leaves one copy and enters the other, whole', async () => {
    const { clock, admin, change } = openStream();
    const [left, entered, all] = [admin('l', { groups: ['a'] }), admin('e', { groups: ['b'] }), admin('all')];
    change('d1', { group: 'a' });
    for (const it of [left, entered, all]) it.subscribe();
    await clock.advance(100);
    change('d1', { group: 'b' });
    await clock.advance(100);
    expect(left.heard[0]?.updates).toMatchObject([{ deviceId: 'd1', version: 2, deleted: true }]);
    expect(entered.heard[0]?.updates).toMatchObject([{ deviceId: 'd1', version: 2, document: { group: 'b' } }]);
    expect(all.heard[0]?.updates).toMatchObject([{ deviceId: 'd1', version: 2, patch: [{}] }]);
  });

  test('a new subscription replaces the previous one', async () => {
    const { clock, stream, admin, change } = openStream();
    const it = admin('a');
    it.subscribe();
    await clock.advance(100);
    stream.unsubscribe('a');
    change('d1');
    await clock.advance(5000);
    expect(it.heard).toEqual([]);
  });

  test('there are at most 1,000 of them', () => {
    const { admin } = openStream();
    for (let i = 0; i < 1000; i++) admin(`a${i}`, { groups: [`g${i}`] }).subscribe();
    expect(() => admin('one more', { groups: ['more'] }).subscribe()).toThrow(VigiaError);
    expect(() => admin('known', { groups: ['g1'] }).subscribe()).not.toThrow();
  });
});

test('a stop sends pending updates, and nothing after them', async () => {
  const { clock, stream, admin, change } = openStream();
  const it = admin('a');
  it.subscribe();
  await clock.advance(100);
  change('d1');
  stream.close();
  expect(versions(it)).toEqual([1]);
  for (let i = 0; i < 2500; i++) change('d1');
  await clock.advance(10_000);
  expect(versions(it)).toEqual([1]);
});
