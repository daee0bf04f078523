import { expect, test } from 'vitest';
import { assess, connectedAgain, lost, noLosses } from '../../../machines/stability.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** Alternates between these durations of being connected and disconnected. */
function flap(onlineMs: number, awayMs: number, times: number) {
  let [now, stability] = [0, noLosses];
  for (let i = 0; i < times; i++) {
    stability = lost(stability, now, now + onlineMs);
    now += onlineMs + awayMs;
    stability = connectedAgain(stability, now);
  }
  return { stability, now };
}

test('W11 a screen that returns for 10 s every 4 min is unstable, with its disconnects per hour and availability', () => {
  const { stability, now } = flap(10_000, 230_000, 30);
  const { losses, availability, isUnstable } = assess(stability, now);
  expect([losses, isUnstable]).toEqual([15, true]);
  expect(availability).toBeCloseTo(10 / 240, 2);
});

test.each([
  [1, false],
  [2, undefined],
  [5, undefined],
  [6, true],
])('W11 %i disconnects within an hour: unstable %s', (times, isUnstable) => {
  const { stability, now } = flap(MINUTE, MINUTE, times);
  expect(assess(stability, now)).toMatchObject({ losses: times, isUnstable });
  expect(assess(stability, now + HOUR), 'an hour later').toMatchObject({
    losses: 0,
    isUnstable: false,
    availability: 1,
  });
});

test('W11 an absence of hours counts for the hour that it reaches into, however often the device is lost after it', () => {
  let it = connectedAgain(lost(noLosses, 0, 10 * MINUTE), 3 * HOUR);
  expect(assess(it, 3 * HOUR + 6 * MINUTE)).toMatchObject({ losses: 0, availability: 0.1 });
  it = connectedAgain(lost(it, 3 * HOUR, 3 * HOUR + 6 * MINUTE), 3 * HOUR + 9 * MINUTE);
  expect(assess(it, 3 * HOUR + 9 * MINUTE)).toMatchObject({ losses: 1, availability: 0.1 });
  it = lost(it, 3 * HOUR + 9 * MINUTE, 3 * HOUR + 12 * MINUTE);
  expect(assess(it, 3 * HOUR + 12 * MINUTE)).toMatchObject({ losses: 2, availability: 9 / 60 });
});

test('what matters no longer is forgotten: periods that a later one has followed for an hour', () => {
  const { stability, now } = flap(MINUTE, MINUTE, 20);
  const { losses, spans } = lost(stability, now, now + HOUR - 1);
  expect([losses.length, spans.length]).toEqual([1, 2]);
  expect(lost(stability, now, now + HOUR).spans).toEqual([[now, now + HOUR]]);
});

test('the history of a device that disconnects every second is bounded', () => {
  const { stability } = flap(500, 500, 5000);
  expect(stability.losses.length + stability.spans.length).toBeLessThanOrEqual(1000);
});
