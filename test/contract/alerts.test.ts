import { describe, expect, test } from 'vitest';
import { createAlertLog } from '../../src/adapters/database/alert-log.ts';
import { openStateStore } from '../../src/adapters/database/state-store.ts';
import { AlertStore, type Pending } from '../../src/alerts/alert-store.ts';
import { AlertWork } from '../../src/alerts/work.ts';
import { stateOf } from '../../src/protocol/alerts.ts';
import { databases, openTestDatabase } from '../support/databases.ts';
import { simulatedClock } from '../support/simulated-clock.ts';

/** Every alert is for this channel. */
const pendingOf =
  (channel: string): Pending =>
  ({ alert, told }) =>
    told[channel] === stateOf(alert) ? [] : [channel];

const facts = { alert: 'device_offline', group: null, summary: 'not connected' } as const;

describe.each(databases)('alerts in %s', (_, place) => {
  test('W7, W19 open and undelivered alerts survive a restart, others do not; lists are newest first, and by span', async () => {
    const database = await openTestDatabase(await place());
    const store = await openStateStore(database, { error: () => {} });
    const alertStore = new AlertStore(store, pendingOf('webhook'));
    await alertStore.load();
    const [open, untold, settled] = [1000, 2000, 3000].map((openedAt, i) =>
      alertStore.open({ ...facts, about: `d${i}`, openedAt }),
    );
    if (!open || !untold || !settled) throw new Error('not opened');
    alertStore.acknowledge(open, 'webhook');
    for (const it of [untold, settled]) {
      const resolved = { ...it, resolvedAt: 9000 };
      alertStore.change(resolved);
      if (it === settled) alertStore.acknowledge(resolved, 'webhook');
    }
    await store.committed();

    const next = new AlertStore(store, pendingOf('webhook'));
    await next.load();
    const found = [...next.records].map((it) => [it.alert.about, pendingOf('webhook')(it)]);
    expect(found.sort()).toEqual([
      ['d0', []],
      ['d1', ['webhook']],
    ]);
    expect(next.find('device_offline', 'd0')?.id).toBe(open.id);
    expect(next.find('device_offline', 'd1')).toBeUndefined();

    // An ended alert does not open again, despite late writes.
    store.put('alerts', untold.id, { alert: untold, told: {}, settled: false });
    await store.committed();

    const log = createAlertLog(database);
    const list = async (query: Parameters<typeof log.list>[0]) => (await log.list(query)).map(({ about }) => about);
    expect(await list({ open: true, limit: 10 })).toEqual(['d0']);
    expect(await list({ open: false, limit: 2 })).toEqual(['d2', 'd1']);
    expect(await list({ open: false, before: untold.id, limit: 2 })).toEqual(['d0']);
    expect(await list({ open: false, about: 'd1', limit: 10 })).toEqual(['d1']);
    expect(await list({ open: true, about: 'd1', limit: 10 })).toEqual([]);
    // W19: d0 is open, the others were until 9000.
    expect(await list({ open: false, from: 9001, limit: 10 })).toEqual(['d0']);
    expect(await list({ open: false, from: 9000, to: 3000, limit: 10 })).toEqual(['d1', 'd0']);
    expect(await list({ open: false, to: 1000, limit: 10 })).toEqual([]);
    // T10: those that opened in a span.
    expect(await list({ open: false, openedFrom: 2000, to: 3000, limit: 10 })).toEqual(['d1']);
    expect(await list({ open: false, openedFrom: 2001, limit: 10 })).toEqual(['d2']);
    await store.close();
  });

  test('W12 actions are stored in order, also those on ended alerts; a mute is stored until it ends', async () => {
    const database = await openTestDatabase(await place());
    const store = await openStateStore(database, { error: () => {} });
    const clock = simulatedClock();
    const alertStore = new AlertStore(store, () => []);
    const [open, over] = [1000, 2000].map((openedAt, i) => alertStore.open({ ...facts, about: `d${i}`, openedAt }));
    if (!open || !over) throw new Error('not opened');
    const work = new AlertWork(store, clock);
    await work.load();
    for (const alert of [open, over]) {
      await work.add(alert, 'acknowledge', {}, 'ana');
      await clock.advance(5);
      await work.add(alert, 'assign', { to: 'Luis' }, 'ana');
      await work.add(alert, 'mute', { forMs: 60_000, comment: 'at night' }, 'ana');
    }
    alertStore.change({ ...over, resolvedAt: 9000 });
    await store.committed();

    const next = new AlertWork(store, clock);
    await next.load();
    expect(next.acts(open.id).map(({ act, by }) => `${act} ${by}`)).toEqual([
      'acknowledge ana',
      'assign ana',
      'mute ana',
    ]);
    expect(next.acts(over.id)).toEqual([]);
    const stored = await createAlertLog(database).acts([over.id, 'none']);
    expect(stored.get(over.id)).toMatchObject([
      { act: 'acknowledge' },
      { act: 'assign', to: 'Luis' },
      { act: 'mute', comment: 'at night' },
    ]);
    expect(next.muteOf(open)?.by).toBe('ana');
    await clock.advance(60_001);
    expect(next.muteOf(open)).toBeUndefined();
    await store.close();
  });
});
