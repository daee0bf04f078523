import { describe, expect, test } from 'vitest';
import { Replicas } from '../../../src/cluster/replicas.ts';
import { VersionConflicts } from '../../../src/cluster/version-conflicts.ts';
import { newDocument } from '../../../src/fleet/document.ts';
import { simulatedClock } from '../../support/simulated-clock.ts';

/** An instance that knows devices of others. */
function observer() {
  const clock = simulatedClock();
  const replicas = new Replicas(() => {});
  const own = (id: string, owner: string) =>
    replicas.set({ version: 7, document: newDocument(id, 0, 30_000), edited: [], epoch: 1, owner });
  const asked: [owner: string, told: { id: string; version: number; isOtherwise: boolean }[]][] = [];
  const read: string[][] = [];
  let moved: string[] | Error = [];
  const conflicts = new VersionConflicts({
    replicas,
    membership: { me: 'me', isAlive: (it: string) => it !== '' && it !== 'dead' } as never,
    rpc: {
      call: async (owner: string, _: string, { told }: { told: never[] }) => {
        asked.push([owner, told]);
        if (moved instanceof Error) throw moved;
        return { moved };
      },
    } as never,
    clock,
    read: async (ids) => void read.push([...ids]),
  });
  const answerWith = (it: typeof moved) => {
    moved = it;
  };
  return { clock, conflicts, own, asked, read, answerWith };
}

describe('K4 versions that this instance told of and the owner does not know', () => {
  test('are gathered for 50 ms, and told to each owner at once', async () => {
    const { clock, conflicts, own, asked, read } = observer();
    for (const [id, owner] of Object.entries({ d: 'a', e: 'b', f: 'a' })) own(id, owner);
    for (const id of ['d', 'e']) conflicts.note({ id, version: 8, diverged: false });
    await clock.advance(49);
    conflicts.note({ id: 'f', version: 9, diverged: true });
    expect(asked).toEqual([]);
    await clock.advance(1);
    expect(asked).toEqual([
      [
        'a',
        [
          { id: 'd', version: 8, isOtherwise: false },
          { id: 'f', version: 9, isOtherwise: true },
        ],
      ],
      ['b', [{ id: 'e', version: 8, isOtherwise: false }]],
    ]);
    await clock.advance(5000);
    expect(asked).toHaveLength(2);
    expect(read).toEqual([]);
  });

  test('once something else was told with them, that stays known', async () => {
    const { clock, conflicts, own, asked } = observer();
    own('d', 'a');
    conflicts.note({ id: 'd', version: 8, diverged: true });
    conflicts.note({ id: 'd', version: 9, diverged: false });
    await clock.advance(50);
    expect(asked).toEqual([['a', [{ id: 'd', version: 9, isOtherwise: true }]]]);
  });

  test.each(['', 'me', 'dead'])(
    'where the owner is %j, nobody is told: who takes it next compares the versions',
    async (owner) => {
      const { clock, conflicts, own, asked } = observer();
      own('d', owner);
      conflicts.note({ id: 'd', version: 8, diverged: false });
      conflicts.note({ id: 'unknown', version: 8, diverged: false });
      await clock.advance(5000);
      expect(asked).toEqual([]);
    },
  );

  test('many go in parts', async () => {
    const { clock, conflicts, own, asked } = observer();
    for (let i = 0; i < 450; i++) {
      own(`d${i}`, 'a');
      conflicts.note({ id: `d${i}`, version: 8, diverged: false });
    }
    await clock.advance(100);
    expect(asked.map(([, told]) => told.length)).toEqual([200, 200, 50]);
  });

  test.each([
    ['that has moved', ['d'], ['d']],
    ['of an owner that does not answer', new Error('no answer'), ['d', 'e']],
  ])('a device %s: its owner is read, and told a second later', async (_, answer, again) => {
    const { clock, conflicts, own, asked, read, answerWith } = observer();
    for (const id of ['d', 'e']) {
      own(id, 'a');
      conflicts.note({ id, version: 8, diverged: false });
    }
    answerWith(answer);
    await clock.advance(50);
    answerWith([]);
    expect(read).toEqual([again]);
    for (const id of again) own(id, 'b');
    await clock.advance(999);
    expect(asked).toHaveLength(1);
    await clock.advance(1);
    expect(asked.slice(1).map(([owner, told]) => [owner, told.map(({ id }) => id)])).toEqual([['b', again]]);
    await clock.advance(5000);
    expect(asked).toHaveLength(2);
  });

  test('nothing is told once it has stopped', async () => {
    const { clock, conflicts, own, asked } = observer();
    own('d', 'a');
    conflicts.note({ id: 'd', version: 8, diverged: false });
    conflicts.stop();
    await clock.advance(5000);
    expect(asked).toEqual([]);
  });
});
