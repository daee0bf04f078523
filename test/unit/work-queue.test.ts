import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { WorkQueue } from '../../src/gateway/work-queue.ts';

const clock = { now: () => performance.now() };

/** Work as long as it says, milliseconds. */
function spin(ms: number): void {
  const until = performance.now() + ms;
  while (performance.now() < until);
}

/** A queue that has worked for longer than a slice in this turn: what comes now waits. */
function busy(): WorkQueue {
  const queue = new WorkQueue(clock);
  queue.run(() => spin(15));
  return queue;
}

test('what comes alone is done at once', () => {
  expect(new WorkQueue(clock).run(() => 'done')).toBe('done');
});

test('what comes at once is done in the order in which it came, and others come in between', async () => {
  const queue = new WorkQueue(clock);
  const done: (number | string)[] = [];
  setImmediate(() => done.push('another'));
  const left = Array.from({ length: 40 }, (_, i) =>
    queue.run(() => {
      spin(2);
      done.push(i);
    }),
  );
  await Promise.all(left);
  expect(done.filter((it) => it !== 'another')).toEqual(Array.from({ length: 40 }, (_, i) => i));
  expect(done.indexOf('another')).toBeLessThan(40);
});

test('after a turn in which nothing came, it is done at once again', async () => {
  const queue = busy();
  const waits = queue.run(() => 'waited');
  expect(waits).toBeInstanceOf(Promise);
  await expect(waits).resolves.toBe('waited');
  await turn();
  expect(queue.run(() => 'done')).toBe('done');
});

test('a fault is told to whom it concerns, and what waits behind it is done', async () => {
  const queue = busy();
  const faulty = queue.run(() => {
    throw new Error('broken');
  });
  const next = queue.run(() => 'next');
  await expect(faulty).rejects.toThrow('broken');
  await expect(next).resolves.toBe('next');
});

test('what waits is bounded: more is done at once, and the order stays', () => {
  const queue = busy();
  const done: number[] = [];
  for (let i = 0; i < 20_002; i++) void queue.run(() => done.push(i));
  expect(done).toEqual([0, 1]);
});

test('of very many that come at once all are done, each once and in their order', async () => {
  const queue = busy();
  const done: number[] = [];
  const left = Array.from({ length: 50_000 }, (_, i) => queue.run(() => done.push(i)));
  await Promise.all(left);
  expect(done).toEqual(Array.from({ length: 50_000 }, (_, i) => i));
  await turn();
  expect(queue.run(() => 'at once')).toBe('at once');
});
