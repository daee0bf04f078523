import { expect, test } from 'vitest';
import { Poller } from '../../../src/fleet/poller.ts';
import type { Clock } from '../../../src/ports/clock.ts';

test('a time that is years away is reached by timers that Node supports: a longer one would fire at once, repeatedly', () => {
  const waits: number[] = [];
  const setTimeout = (_: () => void, ms: number) => waits.push(ms);
  const clock = { now: () => 0, wall: () => 0, setTimeout, clearTimeout: () => {} } as Clock;
  const poller = new Poller(clock, 30_000);
  poller.set({ poll: () => undefined }, 365 * 86_400_000);
  expect(waits).toEqual([2 ** 31 - 1]);
});
