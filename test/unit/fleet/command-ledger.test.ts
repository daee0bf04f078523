import { describe, expect, test } from 'vitest';
import { createMemoryStateStore } from '../../../src/adapters/memory/state-store.ts';
import { CommandEndings } from '../../../src/fleet/command-endings.ts';
import { CommandLedger } from '../../../src/fleet/command-ledger.ts';
import type { LedgerEntry } from '../../../src/fleet/ledger-entry.ts';
import { noMetrics } from '../../support/no-metrics.ts';
import { simulatedClock } from '../../support/simulated-clock.ts';

const log = { warn: () => {}, info: () => {} };
const settle = () => new Promise(setImmediate);

/** The ledger of instance `a:1`, and a database in which other instances have written. */
async function open(loaded: LedgerEntry[] = []) {
  const clock = simulatedClock();
  const changed: LedgerEntry[] = [];
  const database = new Map<string, LedgerEntry>();
  const puts: LedgerEntry[] = [];
  const state = { healthy: true, hangs: false, finds: 0, written: 0 };
  const store = {
    ...createMemoryStateStore(),
    get healthy() {
      return state.healthy;
    },
    load: async () => new Map(loaded.map((it) => [it.record.commandId, structuredClone(it)])),
    find: async (_: string, id: string) => {
      state.finds++;
      if (state.hangs) await new Promise(() => {});
      const found = database.get(id);
      return found ? [structuredClone(found)] : [];
    },
    put: (_: string, __: string, entry: LedgerEntry) => void puts.push(structuredClone(entry)),
    committed: async () => {
      state.written = puts.length;
    },
  };
  const ledger = await CommandLedger.load(store as never, clock, log, (it) => void changed.push(it));
  const accept = (commandId = 'x', more: object = {}) =>
    ledger.accept({ ...requestOf(commandId, clock.wall()), ...more });
  const output = (commandId = 'x', more: object = {}) =>
    ({ commandId, status: 'undelivered', attempts: 0, message: 'never reached', ...more }) as never;
  return { clock, changed, database, puts, state, ledger, accept, output };
}

function requestOf(commandId: string, wall: number): Omit<LedgerEntry, 'order' | 'told' | 'progress' | 'sentAt'> {
  return {
    record: {
      ...{ commandId, deviceId: 'd', command: 'vlc:play', params: {}, status: 'queued', attempts: 0 },
      ...{ requestedBy: 'ana', requestedAt: new Date(wall).toISOString(), deadlineAt: null },
    },
    spec: { deviceId: 'd', commandId, command: 'vlc:play', timeoutMs: 10_000, maxAttempts: 3, ttlMs: 60_000 },
    asker: { tokenId: 't', socketId: 's', instance: 'a:1' },
    ...{ batch: null, group: null },
  };
}

/** The entry as another instance stored it. */
const storedAs = (entry: LedgerEntry, record: object, more: object = {}): LedgerEntry => ({
  ...structuredClone(entry),
  ...more,
  record: { ...structuredClone(entry.record), ...record },
});

describe('K3 an ending becomes final', () => {
  async function ended(record: object | undefined, more: object = {}) {
    const it = await open();
    const entry = it.accept();
    if (record) it.database.set('x', storedAs(entry, record, more));
    it.ledger.ended(it.output());
    it.changed.length = 0;
    return { ...it, entry };
  }

  test('the one that another instance stored first counts, and is not told twice', async () => {
    const endedAt = '2026-11-29T12:00:00.000Z';
    const { ledger, entry, changed } = await ended({ status: 'success', attempts: 1, endedAt }, { told: true });
    expect(ledger.unnotified('t')).toEqual([entry]);
    await ledger.settled(entry, true);
    expect(entry).toMatchObject({ told: true, record: { status: 'success', endedAt } });
    expect(ledger.unnotified('t')).toEqual([]);
    expect(changed).toMatchObject([{ record: { status: 'success' } }]);
  });

  test('a command that another instance has sent can only have timed out here', async () => {
    const { ledger, entry, puts } = await ended({ status: 'sent', attempts: 2 }, { sentAt: [5, 6] });
    await ledger.settled(entry, true);
    expect(entry).toMatchObject({ sentAt: [5, 6], told: false, record: { status: 'timeout', attempts: 2 } });
    expect(entry.record).not.toHaveProperty('message');
    expect(puts.at(-1)).toMatchObject({ record: { status: 'timeout', attempts: 2 } });
  });

  test.each([
    ['as often as here', { status: 'queued', attempts: 0 }],
    ['never', undefined],
  ])('one that was sent %s there keeps its ending', async (_, record) => {
    const { ledger, entry, puts } = await ended(record);
    const { length } = puts;
    await ledger.settled(entry, true);
    expect(entry.record).toMatchObject({ status: 'undelivered', message: 'never reached' });
    expect(puts).toHaveLength(length);
  });

  test('a single instance, and one whose database is out of order, do not ask', async () => {
    const { ledger, entry, state, changed } = await ended({ status: 'sent', attempts: 2 });
    await ledger.settled(entry, false);
    state.healthy = false;
    await ledger.settled(entry, true);
    expect([state.finds, entry.record.status]).toEqual([0, 'undelivered']);
    expect(changed).toHaveLength(2);
  });

  test('a database that does not answer is not waited for longer than 3 s', async () => {
    const { clock, ledger, entry, state, changed } = await ended({ status: 'sent', attempts: 2 });
    state.hangs = true;
    void ledger.settled(entry, true);
    await clock.advance(2999);
    expect(changed).toHaveLength(0);
    await clock.advance(1);
    expect(changed).toMatchObject([{ record: { status: 'undelivered' } }]);
  });

  test.each([
    ['in a cluster', { me: 'a:1', isAlive: () => true, checkLease: () => undefined }, 'success'],
    ['alone', null, 'undelivered'],
  ])('%s its sender is told the final one', async (_, cluster, status) => {
    const endedAt = '2026-11-29T12:00:00.000Z';
    const { ledger, accept, database, output } = await open();
    const told: string[] = [];
    const endings = new CommandEndings({
      ...{ ledger, cluster, log, metrics: noMetrics(), committed: async () => {}, ended: () => {} },
      notify: (record) => told.push(record.status) > 0,
    });
    database.set('x', storedAs(accept(), { status: 'success', attempts: 1, endedAt }));
    endings.ended(output());
    await settle();
    await settle();
    expect(told).toEqual([status]);
  });

  test.each([
    ['the ending has become final', [undefined]],
    ['its sender has connected', []],
  ])('frozen after it read the record, it first learns whom others notified: %s', async (when, expected) => {
    const { ledger, accept, output } = await open();
    const entry = accept();
    const askers: unknown[] = [];
    const checkLease = async () => void ledger.learn(storedAs(entry, {}, { told: true }));
    const endings = new CommandEndings({
      ...{ ledger, log, metrics: noMetrics(), committed: async () => {}, ended: () => {} },
      cluster: { me: 'a:1', isAlive: () => true, checkLease },
      notify: (_, asker) => askers.push(asker) > 0,
    });
    if (when === 'the ending has become final') endings.ended(output());
    else {
      ledger.ended(output());
      await endings.notifyMissed('t');
    }
    await settle();
    await settle();
    expect(entry.told).toBe(true);
    expect(askers).toEqual(expected);
  });

  test('that its sender was notified is written at once; a request by REST notifies nobody', async () => {
    const { ledger, accept, output, puts, state } = await open();
    for (const [id, socketId] of [
      ['by socket', 's'],
      ['by REST', null],
    ] as const) {
      const entry = accept(id, { asker: { tokenId: 't', socketId, instance: 'a:1' } });
      ledger.ended(output(id));
      ledger.noteNotification(entry, 'notified');
    }
    expect(puts.slice(0, state.written).at(-1)).toMatchObject({ told: true, record: { commandId: 'by socket' } });
  });
});

describe('the steps of a command', () => {
  test('are recorded with the time of each attempt and the end of its wait', async () => {
    const { clock, ledger, accept } = await open();
    const entry = accept();
    expect(entry.progress).toEqual({ status: 'queued', attempt: 0, baseline: null, leftMs: 60_000 });
    const at = clock.wall();
    const step = (status: 'sent' | 'verifying', attempt: number, leftMs: number | null) =>
      ledger.progressed('x', { status, attempt, baseline: null, leftMs });
    step('sent', 1, 10_000);
    await clock.advance(1000);
    step('verifying', 1, 2000);
    expect(entry.sentAt).toEqual([at]);
    expect(entry.record).toMatchObject({ status: 'verifying', attempts: 1 });
    expect(Date.parse(entry.record.deadlineAt ?? '')).toBe(at + 3000);
    step('sent', 2, null);
    expect(entry.sentAt).toEqual([at, at + 1000]);
    expect(entry.record.deadlineAt).toBeNull();
    expect(ledger.progressed('none', entry.progress)).toBeUndefined();
  });

  test('end once', async () => {
    const { clock, ledger, accept, output, puts } = await open();
    accept();
    await clock.advance(1500);
    expect(ledger.ended(output())?.record).toMatchObject({ durationMs: 1500, deadlineAt: null });
    const { length } = puts;
    expect(ledger.ended(output('x', { status: 'timeout' }))).toBeUndefined();
    expect(ledger.progressed('x', { status: 'sent', attempt: 1, baseline: null, leftMs: null })).toBeUndefined();
    expect(ledger.ended(output('none'))).toBeUndefined();
    expect(puts).toHaveLength(length);
    expect(ledger.get('x')?.record.status).toBe('undelivered');
  });

  test('N5 tell when the device last had a command, and when one last stayed silent', async () => {
    const { clock, ledger, accept, output } = await open();
    const { lastAt: never } = ledger.endingsOf('d');
    expect(never).toBe(Number.NEGATIVE_INFINITY);
    for (const id of ['waited', 'silent', 'answered']) accept(id);
    ledger.ended(output('waited'));
    expect(ledger.endingsOf('d').lastAt).toBe(never);
    const at = clock.now();
    ledger.ended(output('silent', { status: 'timeout', attempts: 1 }));
    expect(ledger.endingsOf('d')).toEqual({ lastAt: at, silentAt: at });
    await clock.advance(100);
    ledger.ended(output('answered', { status: 'success', attempts: 1 }));
    expect(ledger.endingsOf('d')).toEqual({ lastAt: at + 100, silentAt: at });
  });
});

describe('a wait continues', () => {
  test('with the time that is left of it, and never with less than none', async () => {
    const { clock, ledger, accept } = await open();
    const entry = accept();
    expect(ledger.resume(entry).progress.leftMs, 'it has no deadline yet').toBe(60_000);
    ledger.progressed('x', { status: 'sent', attempt: 1, baseline: null, leftMs: 10_000 });
    await clock.advance(4000);
    expect(ledger.resume(entry).progress.leftMs).toBe(6000);
    await clock.advance(10_000);
    expect(ledger.resume(entry).progress.leftMs).toBe(0);
  });

  test.each([
    ['its clock is right', 4000, 4000],
    ['its clock is ahead', 400_000, 10_000],
  ])('of another instance, not for longer than it recorded: %s', async (_, aheadMs, expected) => {
    const { clock, ledger } = await open();
    const request = requestOf('x', clock.wall());
    const deadlineAt = new Date(clock.wall() + aheadMs).toISOString();
    const progress = { status: 'sent', attempt: 1, baseline: null, leftMs: 10_000 } as const;
    const record = { ...request.record, status: 'sent', attempts: 1, deadlineAt } as const;
    const learned = ledger.learn({ ...request, record, progress, told: false, order: 1, sentAt: [] });
    expect(learned?.was).toBe('pending');
    expect(ledger.resume(learned?.entry as LedgerEntry).progress.leftMs).toBe(expected);
  });
});

describe('K5 when an instance is gone', () => {
  test('its last endings, and whom it notified, are stored if it had no time to do so', async () => {
    const { clock, ledger, accept, database, output, puts } = await open();
    for (const id of ['old', 'stored', 'notified', 'lost']) accept(id);
    accept('of another', { asker: { tokenId: 't', socketId: 's', instance: 'b:1' } });
    accept('pending');
    ledger.ended(output('old'));
    await clock.advance(30_000);
    for (const id of ['stored', 'notified', 'lost', 'of another']) ledger.ended(output(id));
    for (const id of ['stored', 'notified']) database.set(id, structuredClone(ledger.get(id) as LedgerEntry));
    ledger.learn(storedAs(ledger.get('notified') as LedgerEntry, {}, { told: true }));
    puts.length = 0;
    await ledger.secure('a:1');
    expect(puts.map(({ told, record }) => [record.commandId, told])).toEqual([
      ['notified', true],
      ['lost', false],
    ]);
  });

  test('a new one gets copies of all commands that are pending or ended in the last 30 s', async () => {
    const { clock, ledger, accept, output } = await open();
    for (const id of ['old', 'recent', 'pending']) accept(id);
    ledger.ended(output('old'));
    await clock.advance(1);
    ledger.ended(output('recent'));
    await clock.advance(29_999);
    const found = ledger.lately();
    expect(found.map(({ record }) => record.commandId)).toEqual(['recent', 'pending']);
    expect(found[0]).toEqual(ledger.get('recent'));
    expect(found[0]).not.toBe(ledger.get('recent'));
  });

  test('the senders that it did not notify are known', async () => {
    const { ledger, accept, output } = await open();
    accept('x');
    accept('y', { asker: { tokenId: 't', socketId: 's', instance: 'b:1' } });
    for (const id of ['x', 'y']) ledger.ended(output(id));
    expect(ledger.unnotifiedBy('b:1').map(({ record }) => record.commandId)).toEqual(['y']);
    ledger.noteNotification(ledger.get('y') as LedgerEntry, 'open');
    expect(ledger.unnotifiedBy('b:1')).toEqual([]);
    expect(ledger.pendingCount).toBe(0);
  });
});

test('what other instances have stored is applied, and only what was further along is returned', async () => {
  const stored: LedgerEntry[] = [];
  const { ledger, accept } = await open(stored);
  const [x, y] = [accept('x'), accept('y')];
  const endedAt = '2026-11-29T12:00:00.000Z';
  stored.push(storedAs(x, { status: 'success', attempts: 1, endedAt }), storedAs(y, {}));
  expect(await ledger.reload()).toEqual([{ entry: x, was: 'pending' }]);
  expect(x.record.status).toBe('success');
  expect(ledger.pendingOf('d')).toEqual([y]);
});

test('entries are loaded in order of acceptance; those of earlier versions have no times of attempts', async () => {
  const of = (id: string, order: number, more: object = {}) =>
    ({
      ...requestOf(id, 0),
      order,
      told: false,
      sentAt: [],
      progress: { leftMs: null },
      ...more,
    }) as unknown as LedgerEntry;
  const { ledger, accept } = await open([of('2', 2, { sentAt: undefined }), of('1', 1)]);
  expect(ledger.pendingOf('d').map(({ record, sentAt }) => [record.commandId, sentAt])).toEqual([
    ['1', []],
    ['2', []],
  ]);
  expect(accept('3').order).toBe(3);
  expect(ledger.ofDevice('d').map(({ record }) => record.commandId)).toEqual(['3', '2', '1']);
});
