import { expect, test } from 'vitest';
import { decode, encode } from '../../../src/cluster/replication-message.ts';
import { coalesced } from '../../../src/ports/coalesced.ts';
import { deferred } from '../../support/deferred.ts';

function runs() {
  const started: ReturnType<typeof deferred<void>>[] = [];
  const ask = coalesced(async () => {
    const run = deferred<void>();
    started.push(run);
    await run.promise;
  });
  const end = async (nth: number) => {
    started[nth]?.resolve();
    await new Promise(setImmediate);
  };
  return { started, ask, end };
}

test('one run at a time; a call during a run waits for the next one, which starts after it', async () => {
  const { started, ask, end } = runs();
  const done: string[] = [];
  void ask().then(() => done.push('first'));
  for (const name of ['second', 'third']) void ask().then(() => done.push(name));
  expect(started).toHaveLength(1);
  await end(0);
  expect(done).toEqual(['first']);
  expect(started).toHaveLength(2);
  void ask().then(() => done.push('fourth'));
  await end(1);
  expect(done).toEqual(['first', 'second', 'third']);
  expect(started).toHaveLength(3);
  await end(2);
  expect(done).toEqual(['first', 'second', 'third', 'fourth']);
  void ask();
  expect(started).toHaveLength(4);
});

test('a failed run rejects only its own callers, and the next one runs', async () => {
  let runs = 0;
  const ask = coalesced(async () => {
    await undefined;
    if (++runs === 1) throw new Error('not now');
  });
  const [first, second] = [ask(), ask()];
  await expect(first).rejects.toThrow('not now');
  await second;
  await ask();
  expect(runs).toBe(3);
});

test('a replication message decodes to the same, small and large; a large one is compressed', () => {
  const message = (size: number) => ({
    from: 'a',
    sequence: 7,
    changes: [[1, { deviceId: 'd', version: 2, at: '', deleted: true as const }]] as never,
    tokens: [['blocks', 'x'.repeat(size), null]] as never,
  });
  for (const size of [0, 10_000]) expect(decode(encode(message(size)))).toEqual(message(size));
  expect(encode(message(10_000)).length).toBeLessThan(600);
  const plain = encode(message(0));
  expect(plain.subarray(1).toString()).toBe(JSON.stringify(message(0)));
});
