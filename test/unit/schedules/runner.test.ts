import { expect, it } from 'vitest';
import { createMemoryStateStore } from '../../../src/adapters/memory/state-store.ts';
import { add, ana, daily, everybody, inZone, newWorld, start, stored } from '../../support/schedule-world.ts';

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

it('J3, J4 runs executed while the clock was ahead run at their real time, once', async () => {
  const world = newWorld();
  for (const id of ['a', 'b']) add(world, id);
  const first = await start(world, createMemoryStateStore());
  const { id } = await first.schedules.create(daily, ana, everybody);
  const store = first.kill();
  const ahead = 86_400_000 + 2 * 3_600_000;
  world.clock.step(ahead);
  await start(world, store);
  await world.clock.advance(30_000);
  expect(await stored(store, `${id}.20260302T0800`)).toMatchObject({ zones: [{ status: 'missed', devices: 2 }] });
  world.clock.step(-ahead);
  await world.clock.advance(86_400_000 + 3_600_000);
  expect([...world.sent.values()]).toEqual(
    ['a', 'b'].map((device) => [`${id}.20260301T0800:${device}`, `${id}.20260302T0800:${device}`]),
  );
  expect(world.requests).toHaveLength(2);
  expect(await stored(store, `${id}.20260302T0800`)).toMatchObject({
    zones: [{ status: 'done', devices: 2, startedAt: '2026-03-02T08:00:00.000Z' }],
  });
});

it('J3 an instance that is not the leader for a moment during a run finishes it afterwards', async () => {
  for (let flap = 1; flap <= 8; flap++) {
    const world = newWorld('2026-03-01T07:59:00Z');
    for (let i = 0; i < 250; i++) add(world, `d${i}`);
    const store = createMemoryStateStore();
    let asked = 0;
    const nodes = () => {
      const isDue = world.clock.wall() >= Date.parse('2026-03-01T08:00:00Z');
      return isDue && ++asked === flap ? ['n0', 'n1'] : ['n1'];
    };
    const kept = await start(world, store, { nodes });
    const { id } = await kept.schedules.create(daily, ana, everybody);
    await world.clock.advance(70_000);
    expect(await stored(store, `${id}.20260301T0800`), `${flap}`).toMatchObject({
      zones: [{ status: 'done', devices: 250 }],
    });
    expect(world.sent.size).toBe(250);
    const devices = world.requests.flatMap(({ deviceIds = [] }) => deviceIds);
    expect(devices).toHaveLength(250);
  }
});

it('J4 a schedule created while the clock was ahead runs from when the clock is right', async () => {
  const world = newWorld();
  add(world, 'a');
  const kept = await start(world, createMemoryStateStore());
  world.clock.step(86_400_000);
  const { id } = await kept.schedules.create({ ...daily, missed: 'once', withinMs: 86_400_000 }, ana, everybody);
  await world.clock.advance(10_000);
  world.clock.step(-86_400_000);
  await world.clock.advance(3_600_000);
  expect([...world.sent.values()]).toEqual([[`${id}.20260301T0800:a`]]);
});
