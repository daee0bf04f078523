import { expect, test } from 'vitest';
import { census } from '../../../src/fleet/census.ts';
import { fakePlayer } from '../../support/fake-player.ts';
import { openHarness } from '../../support/harness.ts';
import { simulatedClock } from '../../support/simulated-clock.ts';

test("R7 the gauges count this instance's devices in their current state", async () => {
  const clock = simulatedClock();
  const harness = await openHarness({ clock });
  const counted = () => census(harness.fleet);
  expect(counted()).toMatchObject({ devices: { online: 0, reconnecting: 0, offline: 0 }, neverSeen: 0, actors: 0 });

  await harness.fleet.provision({ id: 'shelf' });
  const [playing, silent, lost] = ['playing', 'silent', 'lost'].map((id) => fakePlayer({ id, clock }));
  if (playing) playing.playback = 'playing';
  playing?.connect(harness, { profile: { deviceGroup: 'hall', appVersion: '2.1' } });
  silent?.connect(harness, { profile: { deviceGroup: 'hall', appVersion: '2.1' } });
  lost?.connect(harness);
  await clock.advance(1000);
  if (silent) silent.loses.states = true;
  lost?.lose(0);
  await clock.advance(1000);
  expect(counted().devices).toEqual({ online: 2, reconnecting: 1, offline: 1 });
  await clock.advance(120_000);

  const counts = counted();
  expect(counts.devices).toEqual({ online: 2, reconnecting: 0, offline: 2 });
  expect(counts.reports).toEqual({ unknown: 1, live: 1, stale: 2 });
  expect(counts.onAir).toEqual({ yes: 1, no: 0, unknown: 3 });
  expect(counts.neverSeen).toBe(1);
  expect(counts.silent, 'connected, and reports nothing').toBe(1);
  expect(Object.fromEntries(counts.groups)).toEqual({
    '': { online: 0, reconnecting: 0, offline: 2 },
    hall: { online: 2, reconnecting: 0, offline: 0 },
  });
  expect(Object.fromEntries(counts.appVersions)).toEqual({ '2.1': 2, '': 2 });
  expect(counts.actors).toBe(3);
});
