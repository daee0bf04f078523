import { describe, expect, test } from 'vitest';
import { Poller } from '../../../src/fleet/poller.ts';
import type { Clock } from '../../../src/ports/clock.ts';
import { simulatedClock } from '../../support/simulated-clock.ts';

function open(intervalMs = 1000) {
  const clock = simulatedClock();
  const begunAt = clock.now();
  const timers: number[] = [];
  const counted: Clock = {
    ...clock,
    setTimeout: (fn, ms) => {
      timers.push(ms);
      return clock.setTimeout(fn, ms);
    },
  };
  const poller = new Poller(counted, intervalMs);
  const polls: [id: string, ms: number][] = [];
  const device = (id: string, next: (now: number) => number | undefined = () => undefined) => ({
    poll(now: number) {
      polls.push([id, now - begunAt]);
      return next(now);
    },
  });
  return { clock, poller, timers, polls, device, at: (ms: number) => begunAt + ms };
}

describe('a device is polled', () => {
  test('when it is due, never earlier, with others of the same tenth of the interval', async () => {
    const { clock, poller, timers, polls, device, at } = open();
    for (const [id, ms] of [
      ['a', 501],
      ['b', 599],
      ['c', 600],
      ['d', 601],
    ] as const)
      poller.set(device(id), at(ms));
    await clock.advance(599);
    expect(polls).toEqual([]);
    await clock.advance(1);
    expect(polls).toEqual([
      ['a', 600],
      ['b', 600],
      ['c', 600],
    ]);
    await clock.advance(1000);
    expect(polls.at(-1)).toEqual(['d', 700]);
    expect(timers, 'one for each group').toEqual([600, 100]);
  });

  test.each([
    [5, 1],
    [300, 30],
    [60_000, 100],
  ])('with an interval of %d ms, %d ms are one group', async (intervalMs, slotMs) => {
    const { clock, poller, polls, device, at } = open(intervalMs);
    poller.set(device('a'), at(3000 + 1));
    await clock.advance(5000);
    expect(polls).toEqual([['a', 3000 + slotMs]]);
  });

  test('again when it says so, but not within the same group, and not without a time', async () => {
    const { clock, poller, polls, device, at } = open();
    poller.set(
      device('often', (now) => (now < at(400) ? now - 5000 : undefined)),
      at(100),
    );
    poller.set(
      device('rarely', (now) => now + 1000),
      at(100),
    );
    await clock.advance(2500);
    expect(polls).toEqual([
      ['often', 100],
      ['rarely', 100],
      ['often', 200],
      ['often', 300],
      ['often', 400],
      ['rarely', 1100],
      ['rarely', 2100],
    ]);
  });

  test('at its last time alone, also if that is earlier than all others', async () => {
    const { clock, poller, polls, device, at } = open();
    const [a, b] = [device('a'), device('b')];
    poller.set(a, at(500));
    poller.set(b, at(900));
    poller.set(a, at(2000));
    poller.set(b, at(200));
    poller.set(b, at(150));
    await clock.advance(3000);
    expect(polls).toEqual([
      ['b', 200],
      ['a', 2000],
    ]);
  });

  test('at once if its time has passed', async () => {
    const { clock, poller, polls, device, at } = open();
    poller.set(device('a'), at(-5000));
    await clock.advance(0);
    expect(polls).toEqual([['a', 0]]);
  });

  test('not once it is deleted, nor after a stop', async () => {
    const { clock, poller, polls, device, at } = open();
    const [a, b, never] = [device('a'), device('b'), device('never')];
    for (const it of [a, b]) poller.set(it, at(500));
    poller.delete(never);
    poller.delete(a);
    await clock.advance(600);
    expect(polls).toEqual([['b', 500]]);
    poller.set(a, at(1000));
    poller.stop();
    await clock.advance(5000);
    expect(polls).toHaveLength(1);
  });

  test('not if one that is due with it deletes it', async () => {
    const { clock, poller, polls, device, at } = open();
    const deleted = device('b');
    poller.set(
      device('a', () => void poller.delete(deleted)),
      at(-500),
    );
    poller.set(deleted, at(-200));
    await clock.advance(1000);
    expect(polls).toEqual([['a', 0]]);
  });

  test('after years by timers that Node supports: a longer one would fire at once, repeatedly', () => {
    const { poller, timers, device, at } = open(30_000);
    poller.set(device('a'), at(365 * 86_400_000));
    expect(timers).toEqual([2 ** 31 - 1]);
  });
});
