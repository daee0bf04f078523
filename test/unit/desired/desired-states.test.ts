import { expect, test } from 'vitest';
import { createMemoryStateStore, type MemoryStateStore } from '../../../src/adapters/memory/state-store.ts';
import { Policies } from '../../../src/alerts/policies.ts';
import { DesiredStates } from '../../../src/desired/desired-states.ts';

const desired = { playback: 'playing', setAt: '2026-01-01T00:00:00.000Z', setBy: 'me' } as const;

/** Puts are committed when `write` is called, as with a slow database. */
function slowStore() {
  const store = createMemoryStateStore();
  let waiting: (() => void)[] = [];
  let puts: Parameters<MemoryStateStore['put']>[] = [];
  const write = () => {
    for (const put of puts) store.put(...put);
    for (const done of waiting) done();
    [puts, waiting] = [[], []];
  };
  const slow: MemoryStateStore = {
    ...store,
    put: (...put) => void puts.push(put),
    committed: () => (puts.length === 0 ? store.committed() : new Promise((done) => waiting.push(done))),
  };
  return { slow, write };
}

test.each([
  ['desired state', (store: MemoryStateStore) => new DesiredStates(store, () => {}), desired],
  ['policy', (store: MemoryStateStore) => new Policies(store), { offlineAfterMs: 60_000 }],
] as const)('G1, W1 a reload while a %s is written does not undo the write', async (_, make, value) => {
  const { slow, write } = slowStore();
  const held = make(slow) as DesiredStates;
  const set = held.set('device:d', value as typeof desired);
  const read = held.load();
  // A read before the write does not contain it.
  await new Promise(setImmediate);
  write();
  await Promise.all([set, read]);
  expect(held.get('device:d')).toEqual(value);
});

test('G1 a reload that changes nothing notifies nobody', async () => {
  const store = createMemoryStateStore();
  const told: unknown[] = [];
  const here = new DesiredStates(store, (scope) => told.push(scope));
  const there = new DesiredStates(store, () => {});
  await here.load();
  await there.set('all', desired);
  await here.load();
  await here.load();
  expect(told).toEqual([undefined]);
});
