import { expect, it } from 'vitest';
import { Poller } from '../../../src/fleet/poller.ts';
import { repeat } from '../../../src/ports/repeat.ts';
import { simulatedClock } from '../../support/simulated-clock.ts';

it('R9 a tick that throws is repeated, and one that stops the repetition is the last', async () => {
  const clock = simulatedClock();
  let ticks = 0;
  const stop = repeat(clock, 100, () => {
    ticks++;
    if (ticks === 4) stop();
    if (ticks % 2 === 0) throw new Error('a tick failed');
  });
  const faults: unknown[] = [];
  for (let i = 0; i < 10; i++) await clock.advance(100).catch((error) => faults.push(error.message));
  expect(ticks).toBe(4);
  expect(faults).toEqual(['a tick failed', 'a tick failed']);
});

it('R9 a device that fails when it is due affects neither other devices nor the polling', async () => {
  const clock = simulatedClock();
  const poller = new Poller(clock, 1000);
  const polls: string[] = [];
  const device = (id: string, fails = false) => ({
    poll(now: number) {
      polls.push(id);
      if (fails) throw new Error('a device failed');
      return now + 1000;
    },
  });
  for (const it of [device('a'), device('b', true), device('c')]) poller.set(it, clock.now() + 1000);
  await expect(clock.advance(1000)).rejects.toThrow('a device failed');
  expect(polls).toEqual(['a', 'b', 'c']);
  await clock.advance(1100);
  expect(polls).toEqual(['a', 'b', 'c', 'a', 'c']);
});
