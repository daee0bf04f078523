import { expect, test } from 'vitest';
import { createMemoryStateStore } from '../../../src/adapters/memory/state-store.ts';
import { checkMerged } from '../../../src/gateway/checked-state.ts';
import type { Update } from '../../../src/protocol/document.ts';
import { fakePlayer } from '../../support/fake-player.ts';
import { openHarness } from '../../support/harness.ts';
import { simulatedClock } from '../../support/simulated-clock.ts';

test('R4 a device whose state changes every second is recorded 40 times and then once in 15 s; a clean stop writes all of it', async () => {
  const clock = simulatedClock();
  const store = createMemoryStateStore();
  let records = 0;
  const counting = {
    ...store,
    put: (...put: Parameters<typeof store.put>) => {
      if (put[0] === 'devices') records++;
      store.put(...put);
    },
  };
  const harness = await openHarness({ clock, store: counting });
  const player = fakePlayer({ id: 'd', clock });
  player.connect(harness);
  const host = harness.fleet.enrol('d');
  for (let n = 0; n < 300; n++) {
    host.restricted(n % 2 ? undefined : { why: 'flooding', since: 0, until: n, evidence: '' });
    await clock.advance(1000);
  }
  expect(records).toBeGreaterThan(40);
  expect(records).toBeLessThan(40 + 300 / 15 + 20);
  const last = host.versioned;
  const after = await harness.stop();
  expect((await after.load<typeof last>('devices')).get('d')?.version).toBeGreaterThanOrEqual(last.version);
});

async function open() {
  const clock = simulatedClock();
  const updates: Update[] = [];
  const harness = await openHarness({ clock, changed: (update) => void updates.push(update) });
  const player = fakePlayer({ id: 'd', clock });
  player.connect(harness);
  await clock.advance(100);
  updates.length = 0;
  return { clock, harness, updates, host: harness.fleet.enrol('d') };
}

test('A9 a storm of partial states gives 40 changes and then one per second; the document ends as the last one', async () => {
  const { clock, updates, host } = await open();
  for (let n = 0; n < 3000; n++) {
    host.update({ part: { n: `state ${n}` } }, undefined);
    await clock.advance(20);
  }
  expect(updates.length).toBeGreaterThan(60);
  expect(updates.length).toBeLessThanOrEqual(101);
  await clock.advance(1000);
  expect(host.versioned.document.state.part).toEqual({ n: 'state 2999' });
});

test('A9 an operator’s change is published at once, together with what waited', async () => {
  const { updates, host } = await open();
  for (let n = 0; n < 100; n++) host.update({ part: { n: `state ${n}` } }, undefined);
  const before = updates.length;
  host.edit({ name: 'Lobby' });
  expect(updates.length).toBe(before + 1);
  expect(host.versioned.document).toMatchObject({ name: 'Lobby', state: { part: { n: 'state 99' } } });
});

test('P4 a partial state of 100 bytes on a state of 230 kB takes no more work than on a small one', () => {
  const deps = { metrics: { report: () => {} }, settings: { maxStateBytes: 262_144 } };
  let reads = 0;
  const items = Array.from({ length: 5000 }, (_, i) => ({ id: i, uri: `clip-${i}.mp4` }));
  const watched = new Proxy(items, {
    get: (target, key, receiver) => {
      reads++;
      return Reflect.get(target, key, receiver);
    },
  });
  const state = { playlist: watched as never };
  checkMerged(state, { vlc: { volume: 1 } }, deps);
  const first = reads;
  for (let n = 0; n < 100; n++) checkMerged(state, { vlc: { volume: n } }, deps);
  expect(first).toBeGreaterThan(5000);
  expect(reads).toBe(first);
  expect(() => checkMerged(state, { more: 'x'.repeat(100_000) }, deps)).toThrow(/at most 262144/);
});
