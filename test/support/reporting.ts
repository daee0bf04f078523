import { fakePlayer } from './fake-player.ts';
import { simulatedClock } from './simulated-clock.ts';
import { openWorld } from './world.ts';

/** A device that reports only when the test says so, and ignores state requests. */
export async function reportingDevice() {
  const clock = simulatedClock();
  const player = fakePlayer({ id: 'd1', clock });
  const world = await openWorld({ clock, players: [player], settings: { streamIntervalMs: 60_000 } });
  player.loses.states = true;
  player.connect(world.harness);
  await clock.advance(100);
  return { clock, host: world.harness.fleet.enrol('d1'), world };
}
