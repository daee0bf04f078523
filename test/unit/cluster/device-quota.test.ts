import { expect, test } from 'vitest';
import { DeviceQuota } from '../../../src/cluster/device-quota.ts';
import { simulatedClock } from '../../support/simulated-clock.ts';

function quota(maxDevices: number, instances: number) {
  const clock = simulatedClock();
  const devices = new Map<string, object>();
  return { clock, devices, it: new DeviceQuota({ clock, maxDevices, instances: () => instances, devices }) };
}

test('L9 what others admit at this moment is not known yet: each counts as if it admitted as many', () => {
  const { it } = quota(6, 3);
  expect(['a', 'b', 'c', 'c'].map((id) => it.reserve(id))).toEqual([true, true, false, false]);
  expect(it.reserve('a'), 'it has its place').toBe(true);
});

test('after 2 s they are known, and count once', async () => {
  const { it, clock, devices } = quota(3, 2);
  expect(it.reserve('a')).toBe(true);
  devices.set('a', {});
  expect(it.reserve('b'), 'one here, and perhaps one there').toBe(true);
  expect(it.reserve('c')).toBe(false);
  await clock.advance(1999);
  expect(it.reserve('c')).toBe(false);
  await clock.advance(1);
  devices.set('b', {});
  expect(it.reserve('c')).toBe(true);
  devices.set('c', {});
  expect(it.reserve('d')).toBe(false);
});
