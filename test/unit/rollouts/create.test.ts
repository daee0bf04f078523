import { expect, test } from 'vitest';
import type { VigiaError } from '../../../src/protocol/errors.ts';
import { NewRollout } from '../../../src/protocol/rollouts.ts';
import { ana, openRolloutWorld } from '../../support/rollout-world.ts';

const ids = (count: number) => Array.from({ length: count }, (_, i) => `d${i}`);
const wanted = NewRollout.parse({ all: true, command: 'play' });

test.each([
  ['one instance', false, 'rollouts'],
  ['one instance', false, 'rollout-targets'],
  ['a cluster', true, 'rollouts'],
  ['a cluster', true, 'rollout-targets'],
] as const)(
  'N1 %s (%s): a refused rollout never starts, however late %s are written',
  async (_, isShared, collection) => {
    const world = openRolloutWorld(ids(20), () => ({ status: 'success', afterMs: 100 }), { isShared });
    await world.start();
    world.slow.add(collection);
    await expect(world.answer(world.rollouts.create(wanted, ana))).rejects.toMatchObject({ code: 'unavailable' });
    world.slow.clear();
    await world.clock.advance(10_000);
    world.kill();
    await world.start();
    await world.clock.advance(10_000);
    expect(world.sent.size).toBe(0);
    expect(await world.answer(world.rollouts.list({ limit: 10 }))).toEqual([]);
    expect([...(await world.memory.load('rollout-targets')).keys()]).toEqual([]);
    // A repeated request is sent once.
    const id = await world.create({ command: 'play', watchMs: 0 });
    await world.until(id, ({ status }) => status === 'done');
    expect([...world.sent.values()]).toEqual(ids(20).map(() => 1));
    world.kill();
  },
);

test('N1 a declared command that no device accepts is refused', async () => {
  const world = openRolloutWorld(ids(2), () => ({ status: 'success', afterMs: 1 }));
  world.declare('d1', { name: 'volume', params: { type: 'object', required: ['level'] } });
  await world.start();
  const refusalOf = (more: Partial<NewRollout>) => {
    const asked = { ...wanted, ...more };
    expect(() => world.rollouts.preview(asked, ana)).toThrow();
    return world.answer(world.rollouts.create(asked, ana)).then(
      () => 'none',
      ({ code }: VigiaError) => code,
    );
  };
  expect(await refusalOf({ command: 'rebot' })).toBe('command_unknown');
  expect(await refusalOf({ command: 'volume', deviceIds: ['d0'] })).toBe('command_unknown');
  expect(await refusalOf({ command: 'volume', params: {} })).toBe('command_invalid');
  expect(await world.answer(world.rollouts.list({ limit: 10 }))).toEqual([]);
  await world.create({ command: 'volume', params: { level: 3 } });
  world.kill();
});

test('N1 at most 20 are open, also when requested at once', async () => {
  const world = openRolloutWorld(ids(2), () => ({ status: 'success', afterMs: 1e9 }));
  await world.start();
  const asked = Array.from({ length: 25 }, () => world.rollouts.create(wanted, ana));
  const answers = await world.answer(Promise.allSettled(asked));
  expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(20);
  world.kill();
});
