import { describe, expect, test } from 'vitest';
import { createDeliveryLog } from '../../src/adapters/database/delivery-log.ts';
import { openStateStore } from '../../src/adapters/database/state-store.ts';
import type { DeliveryStatus } from '../../src/protocol/webhooks.ts';
import type { StoredDelivery } from '../../src/webhooks/outbox.ts';
import { databases, openTestDatabase } from '../support/databases.ts';

const stored = (id: string, status: DeliveryStatus, webhookId = 'wh-1'): StoredDelivery => ({
  delivery: {
    id,
    webhookId,
    type: 'device.online',
    status,
    attempts: 1,
    createdAt: '2026-11-29T12:00:00.000Z',
    ...(status !== 'pending' && { endedAt: '2026-11-29T12:00:01.000Z' }),
  },
  node: 'n1',
  body: '{}',
});

describe.each(databases)('deliveries in %s', (_, place) => {
  test('V4 pending deliveries survive a restart, others do not; lists are newest first', async () => {
    const database = await openTestDatabase(await place());
    const store = await openStateStore(database, { error: () => {} });
    for (const [id, status, webhookId] of [
      ['a', 'pending'],
      ['b', 'delivered'],
      ['c', 'failed'],
      ['d', 'pending', 'wh-2'],
      ['e', 'pending'],
    ] as const) {
      store.put('webhook-deliveries', id, stored(id, status, webhookId));
    }
    await store.committed();
    expect([...(await store.load('webhook-deliveries')).keys()].sort()).toEqual(['a', 'd', 'e']);

    // Two instances, one of them declared dead: ended deliveries never become pending again, and delivered ones stay so.
    store.put('webhook-deliveries', 'b', stored('b', 'pending'));
    store.put('webhook-deliveries', 'c', stored('c', 'delivered'));
    await store.committed();
    store.put('webhook-deliveries', 'c', stored('c', 'failed'));
    await store.committed();
    expect([...(await store.load('webhook-deliveries')).keys()].sort()).toEqual(['a', 'd', 'e']);

    const log = createDeliveryLog(database);
    const list = async (query: Partial<Parameters<typeof log.list>[0]>) =>
      (await log.list({ webhookId: 'wh-1', limit: 10, ...query })).map(({ id, status }) => `${id} ${status}`);
    expect(await list({})).toEqual(['e pending', 'c delivered', 'b delivered', 'a pending']);
    expect(await list({ before: 'c', limit: 1 })).toEqual(['b delivered']);
    expect(await list({ status: 'pending' })).toEqual(['e pending', 'a pending']);
    await store.close();
  });
});
