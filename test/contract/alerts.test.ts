import { describe, expect, test } from 'vitest';
import { createAlertLog } from '../../src/adapters/database/alert-log.ts';
import { openStateStore } from '../../src/adapters/database/state-store.ts';
import { AlertStore } from '../../src/alerts/alert-store.ts';
import { databases, openTestDatabase } from '../support/databases.ts';

const facts = { alert: 'device_offline', group: null, summary: 'not connected' } as const;

describe.each(databases)('alerts in %s', (_, place) => {
  test('W7 open and undelivered alerts survive a restart, others do not; lists are newest first', async () => {
    const database = await openTestDatabase(await place());
    const store = await openStateStore(database, { error: () => {} });
    const alertStore = new AlertStore(store, ['webhook']);
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

    const next = new AlertStore(store, ['webhook']);
    await next.load();
    const found = [...next.records].map((it) => [it.alert.about, next.pendingChannels(it)]);
    expect(found.sort()).toEqual([
      ['d0', []],
      ['d1', ['webhook']],
    ]);
    expect(next.find('device_offline', 'd0')?.id).toBe(open.id);
    expect(next.find('device_offline', 'd1')).toBeUndefined();
    // A new channel gets the open alerts.
    const wider = new AlertStore(store, ['webhook', 'alertmanager']);
    await wider.load();
    expect([...wider.records].flatMap((it) => wider.pendingChannels(it)).sort()).toContain('alertmanager');

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
    await store.close();
  });
});
