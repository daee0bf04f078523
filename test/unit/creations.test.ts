import { expect, test } from 'vitest';
import { Pairings } from '../../src/access/pairings.ts';
import { createMemoryStateStore } from '../../src/adapters/memory/state-store.ts';
import { ChannelStore } from '../../src/alerts/channel-store.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { StateStore } from '../../src/ports/state-store.ts';
import { SavedViews } from '../../src/views/saved-views.ts';
import { WebhookStore } from '../../src/webhooks/webhook-store.ts';
import { simulatedClock } from '../support/simulated-clock.ts';

const by = { tokenId: 't', name: 'Ana', role: 'operator' } as const;
const never = { provision: () => Promise.reject(), rotateToken: () => Promise.reject() };
const kinds: ['views' | 'channels' | 'webhooks' | 'pairings', (store: StateStore, clock: Clock) => Promise<unknown>][] =
  [
    ['views', (store, clock) => new SavedViews(store, clock).create({ name: 'hall', query: 'q=1' }, by)],
    [
      'channels',
      (store, clock) =>
        new ChannelStore(store, clock).create({ kind: 'slack', name: 'c', url: 'https://x.example', enabled: true }),
    ],
    ['webhooks', (store, clock) => new WebhookStore(store, clock).create({ url: 'https://x.example' })],
    ['pairings', (store, clock) => new Pairings(store, clock, never).start('192.0.2.1', {})],
  ];

test.each(kinds)('R7 %s: what could not be stored is not written later', async (collection, create) => {
  const store = createMemoryStateStore();
  const failing = { ...store, committed: () => Promise.reject(new Error('the disk is full')) };
  await expect(create(failing, simulatedClock())).rejects.toMatchObject({ code: 'unavailable' });
  await store.committed();
  expect((await store.load(collection)).size).toBe(0);
});
