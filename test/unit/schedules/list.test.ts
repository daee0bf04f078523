import { expect, it } from 'vitest';
import { createMemoryStateStore } from '../../../src/adapters/memory/state-store.ts';
import { add, ana, daily, everybody, newWorld, start } from '../../support/schedule-world.ts';

it('J7 a list of many schedules yields between any two, and queries their last runs once', async () => {
  const world = newWorld();
  add(world, 'a');
  const kept = await start(world, createMemoryStateStore());
  for (let i = 0; i < 100; i++) await kept.schedules.create({ ...daily, name: `${i}` }, ana, everybody);
  // Listing so many takes several iterations, in which the clock advances.
  for (const ms of [1000, 3_599_000, 1000, 5000]) await world.clock.advance(ms);
  world.reads = 0;
  let turns = 0;
  let isOver = false;
  const turn = () => {
    turns++;
    if (!isOver) setImmediate(turn);
  };
  setImmediate(turn);
  const listed = await kept.schedules.list(everybody);
  isOver = true;
  expect(listed.map(({ name }) => name).sort((a, b) => Number(a) - Number(b))).toEqual(
    [...Array(100).keys()].map(String),
  );
  expect(listed.map(({ lastRun }) => lastRun?.id)).toEqual(listed.map(({ id }) => `${id}.20260301T0800`));
  expect(turns).toBeGreaterThanOrEqual(100);
  expect(world.reads).toBe(1);
});
