import { expect, test } from 'vitest';
import { createMemoryStateStore } from '../../../src/adapters/memory/state-store.ts';
import { CommitWait } from '../../../src/fleet/commit-wait.ts';
import { simulatedClock } from '../../support/simulated-clock.ts';

test('C7, N5 a slow database delays a command by 250 ms; one of a rollout until it is recorded', async () => {
  const clock = simulatedClock();
  let fails = true;
  const store = {
    ...createMemoryStateStore(),
    committed: async () => {
      await new Promise<void>((resolve) => void clock.setTimeout(() => resolve(), 1000));
      if (fails) throw new Error('The disk is full.');
    },
  };
  const lease = { isShared: false, checkLease: async () => {} };
  const wait = new CommitWait({ store, lease: lease as never, clock, log: { warn: () => {} } });
  const done: string[] = [];
  void wait.committed().then(() => done.push('any'));
  void wait.recorded().then(() => done.push('of a rollout'));
  await clock.advance(300);
  expect(done).toEqual(['any']);
  await clock.advance(10_000);
  expect(done).toEqual(['any']);
  fails = false;
  await clock.advance(2500);
  expect(done).toEqual(['any', 'of a rollout']);
});
