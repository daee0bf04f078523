import { createHmac } from 'node:crypto';
import pino from 'pino';
import { expect, test } from 'vitest';
import { createMemoryStateStore, type MemoryStateStore } from '../../../src/adapters/memory/state-store.ts';
import { createEventSender } from '../../../src/adapters/notifiers/event-webhook.ts';
import type { AuditRecord } from '../../../src/ports/audit.ts';
import { RefusedError } from '../../../src/ports/notifier.ts';
import type { EventMessage, EventSender } from '../../../src/ports/webhooks.ts';
import type { EventType } from '../../../src/protocol/webhooks.ts';
import type { StoredDelivery } from '../../../src/webhooks/outbox.ts';
import { Webhooks } from '../../../src/webhooks/webhooks.ts';
import { startEventReceiver } from '../../support/event-receiver.ts';
import { noMetrics } from '../../support/no-metrics.ts';
import { type SimulatedClock, simulatedClock } from '../../support/simulated-clock.ts';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

interface WebhookOptions {
  store?: MemoryStateStore;
  clock?: SimulatedClock;
  node?: string;
  nodes?: string[];
  send?: EventSender;
  beforeStart?: (harness: { tell(): void; clock: SimulatedClock }) => Promise<void>;
}

/** The webhooks alone, with a receiver controlled by `fails`. */
async function open({
  store = createMemoryStateStore(),
  clock = simulatedClock(),
  node = 'n1',
  nodes = ['n1'],
  beforeStart,
  send,
}: WebhookOptions = {}) {
  const sent: (EventMessage & { at: number; url: string })[] = [];
  const audited: AuditRecord[] = [];
  const lines: Record<string, unknown>[] = [];
  const harness = { fails: undefined as Error | undefined, hangs: false };
  const life = clock.life();
  const webhooks = new Webhooks({
    store,
    send: async (to, message) => {
      if (send) return send(to, message);
      const { url } = to;
      sent.push({ ...message, url, at: clock.now() });
      if (harness.hangs) await new Promise(() => {});
      if (harness.fails) throw harness.fails;
    },
    history: { list: async () => [] },
    node,
    share: { nodes: () => nodes, isShared: nodes.length > 1 },
    clock: life.clock,
    log: pino({ level: 'error' }, { write: (line: string) => void lines.push(JSON.parse(line)) }),
    audit: { record: (it) => void audited.push(it) },
    metrics: noMetrics(),
  });
  await webhooks.load();
  let n = 0;
  const tell = (type: EventType = 'device.online', group: string | null = 'hall', key = `k${n++}`) =>
    webhooks.enqueue({ type, key, at: clock.wall(), group, data: { n } });
  await beforeStart?.({ tell, clock });
  await webhooks.start();
  const stored = async () => {
    await store.committed();
    return [...(await store.load<StoredDelivery>('webhook-deliveries')).values()].map(({ delivery }) => delivery);
  };
  const crash = () => {
    life.end();
    return store.crash();
  };
  return Object.assign(harness, { webhooks, clock, store, sent, audited, lines, tell, stored, crash, nodes });
}

test('V1 each webhook gets what it selected by type and group; with groups, nothing without a group', async () => {
  const { webhooks, clock, sent, tell } = await open();
  await webhooks.create({ url: 'http://all/' });
  await webhooks.create({ url: 'http://some/', events: ['device.offline', 'alert.opened'], groups: ['hall'] });
  tell('device.offline', 'hall');
  tell('device.offline', 'roof');
  tell('device.online', 'hall');
  tell('alert.opened', null);
  await clock.advance(0);
  const types = (url: string) => sent.filter((it) => it.url === url).map(({ body }) => JSON.parse(body).type);
  expect(types('http://all/')).toEqual(['device.offline', 'device.offline', 'device.online', 'alert.opened']);
  expect(types('http://some/')).toEqual(['device.offline']);
});

test('V2 a message is signed according to Standard Webhooks', async () => {
  const receiver = await startEventReceiver();
  receiver.secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
  const now = Date.now();
  const send = createEventSender({ wall: () => now }, 1000);
  const body = JSON.stringify({
    type: 'device.online',
    timestamp: new Date(now).toISOString(),
    data: { name: 'Salón' },
  });
  await send({ url: receiver.url, secrets: [receiver.secret] }, { id: 'msg1', body });
  expect(receiver).toMatchObject({ forged: [], came: [{ id: 'msg1', data: { name: 'Salón' } }] });
  // Verified independently of the library that signed it.
  const signed = `msg1.${Math.floor(now / 1000)}.${body}`;
  const expected = createHmac('sha256', Buffer.alloc(32, 7)).update(signed).digest('base64');
  expect(receiver.came[0]?.signature).toBe(`v1,${expected}`);
  receiver.answer = 410;
  await expect(send({ url: receiver.url, secrets: [receiver.secret] }, { id: 'msg2', body })).rejects.toMatchObject({
    name: 'RefusedError',
    status: 410,
  });
  // A redirect leads to a URL that was not configured.
  receiver.answer = 302;
  await expect(send({ url: receiver.url, secrets: [receiver.secret] }, { id: 'msg3', body })).rejects.toThrow(
    'answered 302',
  );
  receiver.answer = 'hang';
  await expect(send({ url: receiver.url, secrets: [receiver.secret] }, { id: 'msg4', body })).rejects.toThrow(
    'no answer',
  );
});

test('V8 an edit at another instance does not undo a rotation that it has not read yet', async () => {
  const store = createMemoryStateStore();
  const [a, b] = [await open({ store, node: 'n1' }), await open({ store, node: 'n2' })];
  const { id } = await a.webhooks.create({ url: 'http://x/' });
  await b.webhooks.edit(id, { url: 'http://y/' });
  const rotated = (await a.webhooks.rotate(id, 60 * MINUTE)) ?? expect.fail();
  await b.webhooks.edit(id, { url: 'http://z/' });
  const [stored] = (await store.load<{ url: string; secret: string }>('webhooks')).values();
  expect(stored).toMatchObject({
    url: 'http://z/',
    secret: rotated.secret,
    previous: { until: rotated.previousSecretUntil },
  });
});

test('V8 after a rotation a message is also signed with the old secret, for the configured time', async () => {
  const receiver = await startEventReceiver();
  const clock = simulatedClock();
  const it = await open({ clock, send: createEventSender({ wall: Date.now }, 1000) });
  const { id, secret: first } = await it.webhooks.create({ url: receiver.url });
  const { secret: second, previousSecretUntil } = (await it.webhooks.rotate(id, 60 * MINUTE)) ?? expect.fail();
  expect(second).not.toBe(first);
  expect(Date.parse(previousSecretUntil ?? '')).toBe(clock.wall() + 60 * MINUTE);
  expect(it.webhooks.list()).toMatchObject([{ previousSecretUntil }]);
  expect(JSON.stringify(it.webhooks.list())).not.toContain('whsec');
  // A receiver with either secret accepts it.
  for (const secret of [first, second]) {
    receiver.secret = secret;
    expect(await it.webhooks.test(id)).toMatchObject({ delivered: true });
  }
  expect(receiver.forged).toEqual([]);
  expect(receiver.came.map(({ signature }) => signature?.split(' ').length)).toEqual([2, 2]);
  await clock.advance(60 * MINUTE);
  expect(it.webhooks.get(id)).not.toHaveProperty('previousSecretUntil');
  receiver.secret = second;
  await it.webhooks.test(id);
  expect(receiver.came.at(-1)?.signature?.split(' ')).toHaveLength(1);
  receiver.secret = first;
  await it.webhooks.test(id);
  expect(receiver.forged).toHaveLength(1);
  expect(await it.webhooks.rotate(id, 0)).not.toHaveProperty('previousSecretUntil');
  expect(await it.webhooks.rotate('wh-nobody', 0)).toBeUndefined();
});

test('V3 failures are retried for a day, under one id, with growing pauses', async () => {
  const it = await open();
  await it.webhooks.create({ url: 'http://x/' });
  it.fails = new RefusedError('answered 400', 400);
  const begun = it.clock.now();
  it.tell();
  await it.clock.advance(DAY + 5 * MINUTE);
  expect(new Set(it.sent.map(({ id }) => id)).size).toBe(1);
  const gaps = it.sent.map(({ at }, i) => (at - (it.sent[i - 1]?.at ?? begun)) / 1000);
  expect(gaps.slice(0, 8)).toEqual([0, 5, 15, 45, 135, 405, 1215, 3645]);
  expect(Math.max(...gaps)).toBe(7200);
  expect(it.sent.at(-1)?.at).toBe(begun + DAY);
  expect(await it.stored()).toMatchObject([{ status: 'failed', attempts: it.sent.length, error: 'answered 400' }]);
});

test('V3 an event that a receiver refuses does not block the others; an unavailable receiver is not flooded', async () => {
  const it = await open();
  await it.webhooks.create({ url: 'http://x/' });
  it.fails = new RefusedError('answered 422', 422);
  it.tell();
  await it.clock.advance(0);
  it.fails = undefined;
  it.tell();
  await it.clock.advance(0);
  expect(it.sent).toHaveLength(2);
  await it.clock.advance(10_000);
  expect((await it.stored()).map(({ status, attempts }) => [status, attempts])).toEqual([
    ['delivered', 2],
    ['delivered', 1],
  ]);

  it.fails = new Error('no answer: ECONNREFUSED');
  it.sent.length = 0;
  for (let i = 0; i < 1000; i++) it.tell();
  await it.clock.advance(10 * MINUTE);
  expect(it.sent.length).toBeLessThan(25);
  it.fails = undefined;
  await it.clock.advance(2 * MINUTE);
  expect((await it.stored()).filter(({ status }) => status === 'delivered')).toHaveLength(1002);
});

test('V3 at most 10,000 wait: the oldest are dropped; a receiver that hangs blocks no others', async () => {
  const it = await open();
  const { id } = await it.webhooks.create({ url: 'http://x/' });
  it.hangs = true;
  for (let i = 0; i < 10_003; i++) it.tell();
  await it.clock.advance(0);
  expect((await it.stored()).filter(({ status }) => status === 'failed')).toMatchObject(
    Array(3).fill({ webhookId: id, error: 'too many wait', attempts: 0 }),
  );
  await it.webhooks.create({ url: 'http://y/' });
  it.hangs = false;
  it.tell();
  await it.clock.advance(0);
  expect(it.sent.filter(({ url }) => url === 'http://y/')).toHaveLength(1);
});

test('V4 an event survives a crash right after it, and arrives under the same id', async () => {
  const before = await open();
  await before.webhooks.create({ url: 'http://x/' });
  before.fails = new Error('answered 503');
  before.tell();
  before.tell();
  await before.stored();
  const [first] = await before.stored();
  const after = await open({ store: before.crash(), clock: before.clock });
  await after.clock.advance(0);
  expect(after.sent.map(({ id }) => id)).toContain(first?.id);
  expect(after.sent).toHaveLength(2);
  expect((await after.stored()).map(({ status }) => status)).toEqual(['delivered', 'delivered']);
  const again = await open({ store: after.crash(), clock: before.clock });
  await again.clock.advance(MINUTE);
  expect(again.sent).toEqual([]);
});

test('V5 after 410 at once, and after three days without a delivery, it is disabled and reported, and waiting events are dropped', async () => {
  const it = await open();
  const gone = await it.webhooks.create({ url: 'http://gone/' });
  it.fails = new RefusedError('answered 410', 410);
  it.tell();
  it.tell();
  await it.clock.advance(MINUTE);
  expect(it.webhooks.get(gone.id)?.disabled).toMatchObject({ why: 'gone' });
  expect((await it.stored()).map(({ status }) => status)).toEqual(['failed', 'failed']);
  expect(it.audited).toMatchObject([
    { actor: 'server', kind: 'webhook.disabled', details: { id: gone.id, why: 'gone', error: 'answered 410' } },
  ]);
  it.sent.length = 0;
  it.tell();
  await it.clock.advance(MINUTE);
  expect(it.sent).toEqual([]);

  it.fails = new Error('answered 503');
  const failing = await it.webhooks.create({ url: 'http://failing/' });
  for (let day = 0; day < 3; day++) {
    it.tell();
    await it.clock.advance(DAY - MINUTE);
  }
  expect(it.webhooks.get(failing.id)).toMatchObject({ failingSince: expect.any(String) });
  expect(it.webhooks.get(failing.id)?.disabled).toBeUndefined();
  await it.clock.advance(5 * MINUTE);
  it.tell();
  await it.clock.advance(MINUTE);
  expect(it.webhooks.get(failing.id)?.disabled).toMatchObject({ why: 'failing' });

  it.fails = undefined;
  expect(await it.webhooks.edit(failing.id, { enabled: true })).not.toHaveProperty('disabled');
  it.sent.length = 0;
  it.tell();
  await it.clock.advance(0);
  expect(it.sent.map(({ url }) => url)).toEqual(['http://failing/']);
  expect(await it.webhooks.edit(failing.id, { enabled: false })).toMatchObject({ disabled: { why: 'by an admin' } });
});

test('V5 an old failure, after which nothing was tried, does not count towards the three days', async () => {
  const it = await open();
  const { id } = await it.webhooks.create({ url: 'http://x/' });
  it.fails = new Error('answered 503');
  it.tell();
  // Dropped after a day, and then nothing more happens.
  await it.clock.advance(4 * DAY);
  const begun = it.clock.wall();
  it.tell();
  await it.clock.advance(MINUTE);
  expect(it.webhooks.get(id)).not.toHaveProperty('disabled');
  expect(Date.parse(it.webhooks.get(id)?.failingSince ?? '')).toBeGreaterThanOrEqual(begun);
  expect(it.webhooks.get(id)).not.toHaveProperty('failedAt');
});

test('V4 events created and delivered during the start are not sent again because they were read as pending', async () => {
  const store = createMemoryStateStore();
  const begun = await open({ store });
  await begun.webhooks.create({ url: 'http://x/' });
  let early = (): unknown => undefined;
  const slow: MemoryStateStore = {
    ...store,
    load: async (collection) => {
      const stored = await store.load(collection);
      // It is delivered after the read.
      if (collection === 'webhook-deliveries') await early();
      return stored as never;
    },
  };
  const it = await open({
    store: slow,
    beforeStart: async ({ tell, clock }) => {
      tell();
      await store.committed();
      early = () => clock.advance(MINUTE);
    },
  });
  await it.clock.advance(MINUTE);
  expect(it.sent).toHaveLength(1);
});

test('V4 events created after the stop are left to the next process', async () => {
  const before = await open();
  await before.webhooks.create({ url: 'http://x/' });
  await before.webhooks.stop();
  before.tell();
  await before.clock.advance(MINUTE);
  expect(before.sent).toEqual([]);
  const after = await open({ store: before.crash(), clock: before.clock });
  await after.clock.advance(0);
  expect(after.sent).toHaveLength(1);
});

test('V4 while the database is away at most 10,000 wait to be recorded; the others are sent, counted and reported', async () => {
  const store = createMemoryStateStore();
  let isAway = false;
  const recorded = new Set<string>();
  const failing: MemoryStateStore = {
    ...store,
    put: (collection, key, value) => {
      if (collection === 'webhook-deliveries') recorded.add(key);
      store.put(collection, key, value);
    },
    committed: () => (isAway ? Promise.reject(new Error('away')) : store.committed()),
  };
  const it = await open({ store: failing });
  await it.webhooks.create({ url: 'http://x/' });
  isAway = true;
  for (let i = 0; i < 10_005; i++) it.tell();
  await it.clock.advance(MINUTE);
  expect(it.sent).toHaveLength(10_000);
  expect(recorded.size).toBe(10_000);
  expect(it.webhooks.records).toEqual({ backlog: 0, dropped: 5 });
  expect(it.lines.filter(({ messages }) => messages === 5)).toHaveLength(1);
  isAway = false;
  await it.clock.advance(MINUTE);
  it.tell();
  await it.clock.advance(0);
  expect(recorded.size).toBe(10_001);
});

test('V5 one success ends a series of failures', async () => {
  const it = await open();
  const { id } = await it.webhooks.create({ url: 'http://x/' });
  it.fails = new Error('answered 503');
  it.tell();
  await it.clock.advance(MINUTE);
  expect(it.webhooks.get(id)?.failingSince).toBeDefined();
  it.fails = undefined;
  await it.clock.advance(10 * MINUTE);
  expect(it.webhooks.get(id)).not.toHaveProperty('failingSince');
});

test('V6 of several instances each sends its own events, and one takes over those of an instance that is gone', async () => {
  const [store, clock] = [createMemoryStateStore(), simulatedClock()];
  const nodes = ['n1', 'n2', 'n3'];
  const [n1, n2, n3] = [
    await open({ store, clock, node: 'n1', nodes }),
    await open({ store, clock, node: 'n2', nodes }),
    await open({ store, clock, node: 'n3', nodes }),
  ];
  await n1.webhooks.create({ url: 'http://x/' });
  await clock.advance(6000);
  n3.fails = new Error('no answer');
  n3.tell();
  n2.tell();
  await clock.advance(2 * MINUTE);
  expect([n1.sent.length, n2.sent.length]).toEqual([0, 1]);
  expect(n3.sent.length).toBeGreaterThan(2);
  n3.crash();
  nodes.pop();
  await clock.advance(10 * MINUTE);
  expect([n1.sent.length, n2.sent.length]).toEqual([1, 1]);
  expect(n1.sent[0]?.id).toBe(n3.sent[0]?.id);
});

test('V7 a test returns its result at once; a removed webhook gets nothing more', async () => {
  const it = await open();
  const { id } = await it.webhooks.create({ url: 'http://x/', name: 'mine' });
  expect(await it.webhooks.test(id)).toEqual({ delivered: true, durationMs: 0 });
  expect(JSON.parse(it.sent[0]?.body ?? '')).toMatchObject({
    type: 'webhook.test',
    data: { webhook: { id, name: 'mine' } },
  });
  it.fails = new Error('answered 500');
  expect(await it.webhooks.test(id)).toEqual({ delivered: false, error: 'answered 500', durationMs: 0 });
  it.tell();
  await it.clock.advance(0);
  it.sent.length = 0;
  expect(await it.webhooks.remove(id)).toBe(true);
  it.tell();
  await it.clock.advance(DAY);
  expect(it.sent).toEqual([]);
  expect(await it.stored()).toMatchObject([{ status: 'failed', error: 'the webhook was removed' }]);
  expect([await it.webhooks.test(id), await it.webhooks.edit(id, {}), await it.webhooks.remove(id)]).toEqual([
    undefined,
    undefined,
    false,
  ]);
});
