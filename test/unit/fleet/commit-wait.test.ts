import { expect, test } from 'vitest';
import { createMemoryStateStore } from '../../../src/adapters/memory/state-store.ts';
import { CommitWait } from '../../../src/fleet/commit-wait.ts';
import { simulatedClock } from '../../support/simulated-clock.ts';

/** A database that takes `disk.writeMs`, and then fails or not. */
function open({ isShared = false, writeMs = 1000 } = {}) {
  const clock = simulatedClock();
  const disk = { writeMs, fails: false, healthy: true };
  const asked: string[] = [];
  const warned: object[] = [];
  const store = {
    ...createMemoryStateStore(),
    get healthy() {
      return disk.healthy;
    },
    committed: async () => {
      asked.push('store');
      const { fails } = disk;
      await new Promise<void>((resolve) => void clock.setTimeout(() => resolve(), disk.writeMs));
      if (fails) throw new Error('The disk is full.');
    },
  };
  const lease = { isShared, checkLease: async () => void asked.push('lease') };
  const log = { warn: (it: object) => void warned.push(it) } as never;
  const wait = new CommitWait({ store, lease, clock, log });
  const done: string[] = [];
  const committed = () => void wait.committed().then(() => done.push('any'));
  const recorded = () => void wait.recorded().then(() => done.push('of a rollout'));
  return { clock, disk, asked, warned, done, committed, recorded };
}

test('C7, N5 a slow database delays a command by 250 ms; one of a rollout until it is recorded', async () => {
  const { clock, disk, done, committed, recorded } = open();
  disk.fails = true;
  committed();
  recorded();
  await clock.advance(240);
  expect(done).toEqual([]);
  await clock.advance(10);
  expect(done).toEqual(['any']);
  await clock.advance(10_000);
  expect(done).toEqual(['any']);
  disk.fails = false;
  await clock.advance(2500);
  expect(done).toEqual(['any', 'of a rollout']);
});

test('K3 in a cluster a command waits 3 s for it', async () => {
  const { clock, done, committed } = open({ isShared: true, writeMs: 60_000 });
  committed();
  await clock.advance(2990);
  expect(done).toEqual([]);
  await clock.advance(10);
  expect(done).toEqual(['any']);
});

test('a quick database delays it by as long as it takes; one that is out of order by nothing', async () => {
  const { clock, disk, done, asked, warned, committed } = open({ writeMs: 100 });
  committed();
  await clock.advance(99);
  expect(done).toEqual([]);
  await clock.advance(1);
  expect(done).toEqual(['any']);
  expect(asked, 'K6 whoever waited may have been frozen').toEqual(['lease', 'store', 'lease']);
  disk.healthy = false;
  committed();
  await clock.advance(0);
  expect(done).toEqual(['any', 'any']);
  expect(warned).toEqual([]);
});

test('a failed record of a rollout is tried four times a second', async () => {
  const { clock, disk, asked, recorded } = open({ writeMs: 0 });
  disk.fails = true;
  recorded();
  await clock.advance(1000);
  expect(asked.filter((it) => it === 'store')).toHaveLength(5);
  disk.fails = false;
  await clock.advance(250);
  expect(asked.slice(-3)).toEqual(['lease', 'store', 'lease']);
});

test('a slow database is logged once in ten seconds', async () => {
  const { clock, warned, committed } = open({ writeMs: 60_000 });
  for (let i = 0; i < 4; i++) {
    committed();
    await clock.advance(5000);
  }
  expect(warned).toEqual([{ waitedMs: 250 }, { waitedMs: 250 }]);
});
