import { expect, it } from 'vitest';
import { createMemoryStateStore } from '../../../src/adapters/memory/state-store.ts';
import { add, ana, daily, everybody, newWorld, start } from '../../support/schedule-world.ts';

it('J5 a schedule that could not be stored does not exist, so another attempt makes one', async () => {
  const world = newWorld('2026-03-01T07:59:59Z');
  add(world, 'a');
  const store = createMemoryStateStore();
  let isDown = false;
  const hangs = async () => {
    if (!isDown) return store.committed();
    await new Promise((resolve) => world.clock.setTimeout(resolve as () => void, 2000));
    throw new Error('down');
  };
  const kept = await start(world, { ...store, committed: hangs });
  isDown = true;
  const refused = expect(kept.schedules.create(daily, ana, everybody)).rejects.toMatchObject({ code: 'unavailable' });
  // It becomes due while it waits.
  await world.clock.advance(3000);
  await refused;
  isDown = false;
  expect(await kept.schedules.list(everybody)).toEqual([]);
  expect(await store.load('schedules')).toEqual(new Map());
  expect(world.requests).toEqual([]);
  const { id } = await kept.schedules.create(daily, ana, everybody);
  await world.clock.advance(86_400_000);
  expect([...world.sent.values()]).toEqual([[`${id}.20260302T0800:a`]]);
});
