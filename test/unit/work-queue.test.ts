import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { WorkQueue } from '../../src/gateway/work-queue.ts';

const clock = { now: () => performance.now() };

/** Work that takes this long, in ms. */
function spin(ms: number): void {
  const until = performance.now() + ms;
  while (performance.now() < until);
}

/** A queue that has used up its time slice of this iteration: new tasks wait. */
function busy(): WorkQueue {
  const queue = new WorkQueue(clock);
  queue.run(() => spin(15));
  return queue;
}

test('a single task runs at once', () => {
  expect(new WorkQueue(clock).run(() => 'done')).toBe('done');
});

test('tasks that arrive together run in order of arrival, and yield to other work', async () => {
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

test('after an idle iteration, the next task runs at once again', async () => {
  const queue = busy();
  const waits = queue.run(() => 'waited');
  expect(waits).toBeInstanceOf(Promise);
  await expect(waits).resolves.toBe('waited');
  await turn();
  expect(queue.run(() => 'done')).toBe('done');
});

test('an error is passed to its caller, and waiting tasks run', async () => {
  const queue = busy();
  const faulty = queue.run(() => {
    throw new Error('broken');
  });
  const next = queue.run(() => 'next');
  await expect(faulty).rejects.toThrow('broken');
  await expect(next).resolves.toBe('next');
});

test('the queue is bounded: further tasks run at once, in order', () => {
  const queue = busy();
  const done: number[] = [];
  for (let i = 0; i < 20_002; i++) void queue.run(() => done.push(i));
  expect(done).toEqual([0, 1]);
});

test('a great many tasks at once all run, each once and in order', async () => {
  const queue = busy();
  const done: number[] = [];
  const left = Array.from({ length: 50_000 }, (_, i) => queue.run(() => done.push(i)));
  await Promise.all(left);
  expect(done).toEqual(Array.from({ length: 50_000 }, (_, i) => i));
  await turn();
  expect(queue.run(() => 'at once')).toBe('at once');
});
