import { expect, it } from 'vitest';
import { createMemoryStateStore } from '../../../src/adapters/memory/state-store.ts';
import { add, ana, daily, everybody, inZone, newWorld, start } from '../../support/schedule-world.ts';

it('J1 a time zone that no device has any more costs nothing', async () => {
  const world = newWorld();
  add(world, 'a', inZone('Europe/Madrid'));
  add(world, 'b', inZone('America/Lima'));
  let looks = 0;
  const nodes = () => {
    // A loop without a pause would never end under a simulated clock.
    if (++looks === 20_000) kept.kill();
    return ['n1'];
  };
  const kept = await start(world, createMemoryStateStore(), { nodes });
  await kept.schedules.create({ ...daily, start: '2026-03-01T08:30' }, ana, everybody);
  await world.clock.advance(10_000);
  world.documents.delete('a');
  await world.clock.advance(3_600_000);
  expect(looks).toBeLessThan(2 * 3610);
});
