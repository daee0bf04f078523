import { describe, expect, test } from 'vitest';
import { PollSchedule } from '../../../src/fleet/poll-schedule.ts';

const NOW = 1_000_000;

/** Polled every 30 s, measures as often, and has just reported. */
function schedule(heard: Partial<{ receivedAt: number; measuredAt: number; measuringIntervalMs: number }> = {}) {
  const document = { receivedAt: NOW, measuredAt: NOW, measuringIntervalMs: 30_000, ...heard };
  const it = new PollSchedule({ stateIntervalMs: 30_000, reportTimeoutMs: 10_000 }, document);
  return { it, document };
}
const inMs = ({ it }: ReturnType<typeof schedule>) => it.nextAt() - NOW;

describe('P5, A5 when a device is polled', () => {
  test('at the interval; watched, at the shortest requested one', () => {
    const device = schedule();
    expect(inMs(device)).toBe(30_000);
    expect(device.it.watch('a', 10_000)).toBe(true);
    expect(device.it.watch('b', 2000)).toBe(true);
    expect(device.it.watch('c', 5000)).toBe(false);
    expect(inMs(device)).toBe(2000);
    expect(device.it.unwatch('c')).toBe(false);
    expect(device.it.unwatch('b')).toBe(true);
    expect(inMs(device)).toBe(10_000);
    expect(device.it.unwatch('a')).toBe(true);
    expect(device.it.unwatch('a')).toBe(false);
    expect(inMs(device)).toBe(30_000);
  });

  test('in groups of 200 ms, unless it is watched closely or a measurement is needed', () => {
    const [one, other] = [15, 130].map((ms) => schedule({ receivedAt: NOW + ms, measuredAt: NOW + ms }));
    expect([one, other].map((it) => inMs(it as ReturnType<typeof schedule>))).toEqual([30_200, 30_200]);
    const device = schedule({ receivedAt: NOW + 15, measuredAt: NOW + 15 });
    device.it.watch('a', 2000);
    expect(inMs(device)).toBe(2015);
    device.it.needsProof = true;
    expect(inMs(device)).toBe(1015);
  });

  test('watched, and it repeats its cache: when the next measurement is due', () => {
    const device = schedule({ measuredAt: NOW - 12_000 });
    device.it.watch('a', 2000);
    expect(inMs(device)).toBe(18_000);
  });

  test('a missing measurement is polled for less and less often, down to the interval', () => {
    const late = (ms: number) => {
      const device = schedule({ measuredAt: NOW - 30_000 - ms });
      device.it.watch('a', 2000);
      return inMs(device);
    };
    expect([0, 8000, 40_000, 3600_000].map(late)).toEqual([2000, 2000, 10_000, 30_000]);
  });

  test('after a success: soon, with growing delays, and when the next measurement is due', () => {
    const device = schedule();
    device.it.effectAwaitedSince = NOW;
    expect(inMs(device)).toBe(1000);
    device.document.measuredAt = NOW - 14_000;
    const asked = Array.from({ length: 6 }, () => {
      const at = device.it.nextAt();
      device.document.receivedAt = at;
      return at - NOW;
    });
    expect(asked).toEqual([1000, 2000, 4000, 8000, 16_000, 32_000]);
    device.document.receivedAt = NOW;
    device.document.measuredAt = 0;
    expect(inMs(device), 'it never measures').toBe(30_000);
  });

  test('a measurement made before a success that arrives after it does not show the effect', () => {
    const device = schedule();
    device.it.effectAwaitedSince = NOW;
    device.it.measured(NOW - 1);
    expect(inMs(device)).toBe(1000);
    device.it.measured(NOW);
    expect(inMs(device)).toBe(30_000);
  });

  test('for a proof: every second', () => {
    const device = schedule({ measuredAt: NOW - 3600_000 });
    device.it.needsProof = true;
    expect(inMs(device)).toBe(1000);
  });

  test('a missing answer is reported after its timeout, once', () => {
    const { it, document } = schedule({ receivedAt: NOW - 30_000, measuredAt: NOW - 30_000 });
    it.polled(NOW);
    expect(it.nextLookAt(NOW)).toBe(NOW + 10_000);
    expect(it.isMissed(NOW + 9999)).toBe(false);
    expect(it.isMissed(NOW + 10_000)).toBe(true);
    expect(it.nextLookAt(NOW + 10_000)).toBe(NOW + 30_000);
    document.receivedAt = NOW + 11_000;
    expect(it.isMissed(NOW + 12_000)).toBe(false);
  });
});
