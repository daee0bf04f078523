import { expect, test } from 'vitest';
import { TokenBucket } from '../../src/ports/rate.ts';
import { simulatedClock } from '../support/simulated-clock.ts';

const taken = (bucket: TokenBucket): number => {
  let count = 0;
  while (bucket.take()) count++;
  return count;
};

test('a bucket has its burst at once, and is never fuller', async () => {
  const clock = simulatedClock();
  const bucket = new TokenBucket(clock, 2, 5);
  await clock.advance(60_000);
  expect(bucket.tokens).toBe(5);
  expect(taken(bucket)).toBe(5);
});

test('a token is there when it is due, and not before', async () => {
  const clock = simulatedClock();
  const bucket = new TokenBucket(clock, 2, 5);
  taken(bucket);
  await clock.advance(499);
  expect(bucket.take()).toBe(false);
  await clock.advance(1);
  expect([bucket.take(), bucket.take()]).toEqual([true, false]);
  await clock.advance(2000);
  expect(taken(bucket)).toBe(4);
});

test('a debt delays later tokens', async () => {
  const clock = simulatedClock();
  const bucket = new TokenBucket(clock, 1, 2);
  bucket.spend(5);
  expect(bucket.tokens).toBe(-3);
  await clock.advance(3999);
  expect(bucket.take()).toBe(false);
  await clock.advance(1);
  expect(bucket.take()).toBe(true);
});

test('a cost of more than one token may leave a debt', () => {
  const bucket = new TokenBucket(simulatedClock(), 1, 2);
  expect([bucket.take(4), bucket.tokens, bucket.take()]).toEqual([true, -2, false]);
});

test('it can be set, to less than nothing and to no more than its burst', async () => {
  const clock = simulatedClock();
  const bucket = new TokenBucket(clock, 1, 3);
  bucket.set(-1);
  await clock.advance(2000);
  expect(taken(bucket)).toBe(1);
  bucket.set(10);
  expect(bucket.tokens).toBe(3);
  expect(taken(bucket)).toBe(3);
});
