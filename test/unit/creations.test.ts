import { expect, test } from 'vitest';
import { Blocks } from '../../src/access/blocks.ts';
import { Pairings } from '../../src/access/pairings.ts';
import { createMemoryStateStore } from '../../src/adapters/memory/state-store.ts';
import { ChannelStore } from '../../src/alerts/channel-store.ts';
import { Policies } from '../../src/alerts/policies.ts';
import { DesiredStates } from '../../src/desired/desired-states.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { Collection, StateStore } from '../../src/ports/state-store.ts';
import { ScheduleStore } from '../../src/schedules/schedule-store.ts';
import { SavedViews } from '../../src/views/saved-views.ts';
import { WebhookStore } from '../../src/webhooks/webhook-store.ts';
import { simulatedClock } from '../support/simulated-clock.ts';

const by = { tokenId: 't', name: 'Ana', role: 'operator' } as const;
const never = {
  provision: () => Promise.reject(),
  rotateToken: () => Promise.reject(),
  remove: () => Promise.reject(),
};
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

interface Changing {
  /** What users see. */
  seen(): unknown;
  change(): Promise<unknown>;
}

const play = { command: 'vlc:play', params: {}, target: { all: true }, start: '2199-12-24T08:00' } as never;
const desired = { playback: 'playing', setAt: '2026-01-01T00:00:00.000Z', setBy: 'Ana' } as const;

/** Changes of something that exists. */
const changes: [name: string, collection: Collection, (store: StateStore, clock: Clock) => Promise<Changing>][] = [
  [
    'the edit of a view',
    'views',
    async (store, clock) => {
      const views = new SavedViews(store, clock);
      const { id } = await views.create({ name: 'hall', query: 'q=1' }, by);
      return { seen: () => views.list(undefined), change: () => views.edit(id, { name: 'x' }, by) };
    },
  ],
  [
    'the removal of a view',
    'views',
    async (store, clock) => {
      const views = new SavedViews(store, clock);
      const { id } = await views.create({ name: 'hall', query: 'q=1' }, by);
      return { seen: () => views.list(undefined), change: () => views.remove(id, undefined) };
    },
  ],
  [
    'the removal of a channel',
    'channels',
    async (store, clock) => {
      const channels = new ChannelStore(store, clock);
      const { id } = await channels.create({ kind: 'slack', name: 'c', url: 'https://x.example', enabled: true });
      return { seen: () => channels.all(), change: () => channels.remove(id) };
    },
  ],
  [
    'a new secret of a webhook',
    'webhooks',
    async (store, clock) => {
      const webhooks = new WebhookStore(store, clock);
      const { id } = await webhooks.create({ url: 'https://x.example' });
      return { seen: () => webhooks.get(id), change: () => webhooks.rotate(id, 0) };
    },
  ],
  [
    'the disabling of a webhook',
    'webhook-health',
    async (store, clock) => {
      const webhooks = new WebhookStore(store, clock);
      const { id } = await webhooks.create({ url: 'https://x.example' });
      return { seen: () => webhooks.list(), change: () => webhooks.edit(id, { enabled: false }) };
    },
  ],
  [
    'the removal of a webhook that is disabled',
    'webhook-health',
    async (store, clock) => {
      const webhooks = new WebhookStore(store, clock);
      const { id } = await webhooks.create({ url: 'https://x.example' });
      await webhooks.edit(id, { enabled: false });
      return { seen: () => webhooks.list(), change: () => webhooks.remove(id) };
    },
  ],
  [
    'the edit of a schedule',
    'schedules',
    async (store, clock) => {
      const schedules = new ScheduleStore(store, clock, () => {});
      const made = await schedules.create(play, by);
      return { seen: () => schedules.all(), change: () => schedules.replace(made, play, by, true) };
    },
  ],
  [
    'a policy',
    'policies',
    async (store) => {
      const policies = new Policies(store);
      await policies.set('default', { offlineAfterMs: 60_000 });
      return { seen: () => policies.all(), change: () => policies.set('default', { offlineAfterMs: 120_000 }) };
    },
  ],
  [
    'a desired state',
    'desired',
    async (store) => {
      const states = new DesiredStates(store, () => {});
      await states.set('all', desired);
      return { seen: () => states.get('all'), change: () => states.set('all', undefined) };
    },
  ],
  [
    'an unblocking',
    'blocks',
    async (store, clock) => {
      const blocks = await Blocks.load(store, clock, () => {});
      await blocks.add('d', 'Ana', undefined);
      return { seen: () => blocks.list(), change: () => blocks.remove('d') };
    },
  ],
];

test.each(changes)('R7 %s: what could not be stored is taken back', async (_, collection, make) => {
  const store = createMemoryStateStore();
  let isFailing = false;
  let hasPut = false;
  // Reads wait for earlier writes, so only a write after a put fails.
  const put: StateStore['put'] = (...all) => {
    hasPut = true;
    store.put(...all);
  };
  const committed = () => (isFailing && hasPut ? Promise.reject(new Error('the disk is full')) : store.committed());
  const { seen, change } = await make({ ...store, put, committed }, simulatedClock());
  await store.committed();
  const before = [structuredClone(await seen()), await store.load(collection)];
  isFailing = true;
  hasPut = false;
  await expect(change()).rejects.toMatchObject({ code: 'unavailable' });
  isFailing = false;
  await store.committed();
  expect([await seen(), await store.load(collection)]).toEqual(before);
  await change();
  await store.committed();
  expect([await seen(), await store.load(collection)]).not.toEqual(before);
});
