import { describe, expect, test } from 'vitest';
import type { RolloutUpdate } from '../../../src/protocol/rollouts.ts';
import { ana, type Deed, openRolloutWorld } from '../../support/rollout-world.ts';

const ids = (count: number) => Array.from({ length: count }, (_, i) => `d${i}`);
const success: Deed = { status: 'success', afterMs: 100 };
const refused: Deed = { status: 'refused', afterMs: 0 };
const most = (counts: Iterable<number>) => Math.max(0, ...counts);

describe('N7 nothing is sent after a cancel or a pause', () => {
  test('of what is being recorded at that moment', async () => {
    const world = openRolloutWorld(ids(20), () => success, { writeMs: 400 });
    await world.start();
    const id = await world.create({ command: 'play' });
    await world.answer(world.rollouts.act(id, 'cancel', ana));
    const { counts } = await world.until(id, ({ endedAt }) => endedAt !== undefined);
    expect([world.sent.size, counts.cancelled]).toEqual([0, 20]);
    world.kill();
  });

  test('and what a pause held back is sent once after the resume', async () => {
    const world = openRolloutWorld(ids(20), () => success, { writeMs: 400 });
    await world.start();
    const id = await world.create({ command: 'play', watchMs: 0 });
    await world.answer(world.rollouts.act(id, 'pause', ana));
    await world.clock.advance(10_000);
    expect(world.sent.size).toBe(0);
    await world.answer(world.rollouts.act(id, 'resume', ana));
    await world.until(id, ({ status }) => status === 'done');
    expect([...world.sent.values()]).toEqual(ids(20).map(() => 1));
    world.kill();
  });

  test('R7 and a resume that cannot be stored is answered so, and leaves it paused', async () => {
    const world = openRolloutWorld(ids(20), () => success);
    await world.start();
    const id = await world.create({ command: 'play', watchMs: 0 });
    await world.answer(world.rollouts.act(id, 'pause', ana));
    await world.clock.advance(10_000);
    const sent = world.sent.size;
    world.slow.add('rollouts');
    await expect(world.answer(world.rollouts.act(id, 'resume', ana))).rejects.toMatchObject({ code: 'unavailable' });
    world.slow.clear();
    await world.clock.advance(10_000);
    world.kill();
    await world.start();
    await world.clock.advance(10_000);
    expect([(await world.show(id)).status, world.sent.size]).toEqual(['paused', sent]);
    await world.answer(world.rollouts.act(id, 'resume', ana));
    await world.until(id, ({ status }) => status === 'done');
    expect([...world.sent.values()]).toEqual(ids(20).map(() => 1));
    world.kill();
  });

  test.each(['cancel', 'pause'] as const)('of what a full queue refused before (%s)', async (act) => {
    let deed = refused;
    const world = openRolloutWorld(ids(20), () => deed);
    await world.start();
    const id = await world.create({ command: 'play', watchMs: 0 });
    await world.clock.advance(3000);
    await world.answer(world.rollouts.act(id, act, ana));
    deed = success;
    await world.clock.advance(10_000);
    world.kill();
    await world.start();
    await world.clock.advance(10_000);
    expect(world.sent.size).toBe(0);
    if (act === 'cancel') expect((await world.show(id)).counts.cancelled).toBe(20);
    else await world.answer(world.rollouts.act(id, 'resume', ana));
    await world.until(id, ({ endedAt }) => endedAt !== undefined);
    expect([world.sent.size, most(world.sent.values())]).toEqual(act === 'cancel' ? [0, 0] : [20, 1]);
    world.kill();
  });

  test('of what waits for a device that disconnected', async () => {
    const world = openRolloutWorld(ids(20), () => success, { writeMs: 100 });
    await world.start();
    const id = await world.create({ command: 'play' });
    for (const it of ids(20)) world.become(it, 'reconnecting');
    await world.clock.advance(1000);
    await world.answer(world.rollouts.act(id, 'cancel', ana));
    for (const it of ids(20)) world.become(it, 'online');
    const { counts } = await world.until(id, ({ endedAt }) => endedAt !== undefined);
    expect([world.sent.size, counts.cancelled]).toEqual([0, 20]);
    world.kill();
  });
});

test('N3, N7 after an automatic stop nothing is sent, also over a crash, and a resume starts with no more than the canary', async () => {
  let deedOf: (id: string) => Deed = () => success;
  const world = openRolloutWorld(ids(200), (id) => deedOf(id));
  await world.start();
  const id = await world.create({ command: 'play', watchMs: 0, canary: 2, rate: 100 });
  await world.until(id, ({ counts }) => counts.success > 40);
  deedOf = (it) => (Number(it.slice(1)) % 2 === 0 ? refused : { status: 'error', afterMs: 100 });
  const stopped = await world.until(id, ({ status }) => status === 'stopped');
  expect(stopped.counts.sent).toBeGreaterThan(5);
  deedOf = () => ({ status: 'success', afterMs: 5000 });
  const before = world.sent.size;
  await world.clock.advance(10_000);
  world.kill();
  await world.start();
  await world.clock.advance(10_000);
  expect(world.sent.size).toBe(before);
  await world.answer(world.rollouts.act(id, 'resume', ana));
  await world.clock.advance(4000);
  expect(world.sent.size - before).toBe(2);
  await world.until(id, ({ status }) => status === 'done');
  expect([world.sent.size, most(world.sent.values())]).toEqual([200, 1]);
  world.kill();
});

test('N4 devices that are not back yet after a server restart are not lost; those that stay away are', async () => {
  const world = openRolloutWorld(ids(6), () => success);
  await world.start();
  const id = await world.create({ command: 'play', maxErrorShare: 0.5 });
  await world.until(id, ({ counts }) => counts.watching === 5);
  world.kill();
  for (const it of ids(6)) world.become(it, 'offline');
  await world.clock.advance(300_000);
  await world.start();
  await world.clock.advance(30_000);
  const away = [...world.sent.keys()][0] as string;
  for (const it of ids(6)) if (it !== away) world.become(it, 'online');
  const { counts } = await world.until(id, ({ status }) => status === 'done');
  expect([counts.success, counts.lost]).toEqual([5, 1]);
  world.kill();
});

test('N4 a clock that is set forward ends no watch early', async () => {
  const world = openRolloutWorld(ids(6), () => ({ ...success, vanishesAfterMs: 20_000 }));
  await world.start();
  const id = await world.create({ command: 'play' });
  await world.until(id, ({ counts }) => counts.watching === 5);
  world.clock.step(3600_000);
  const { counts } = await world.until(id, ({ status }) => status === 'stopped');
  expect([counts.success, counts.lost]).toEqual([0, 5]);
  world.kill();
});

test('N6 waiting for devices costs little, and a device that connects is sent it within two seconds', async () => {
  const world = openRolloutWorld(ids(1000), () => success, { online: () => false });
  await world.start();
  const id = await world.create({ command: 'play', waitForOfflineMs: 3600_000 });
  const before = world.looks;
  await world.clock.advance(10_000);
  expect(world.looks - before).toBeLessThan(12_000);
  world.become('d7', 'online');
  await world.clock.advance(2000);
  expect([...world.sent.keys()]).toEqual(['d7']);
  await world.answer(world.rollouts.act(id, 'cancel', ana));
  world.kill();
});

test('N8 a cancelled rollout whose last command is still running changes nothing, and reports nothing', async () => {
  const world = openRolloutWorld(ids(6), () => ({ status: 'success', afterMs: 60_000 }));
  await world.start();
  const updates: RolloutUpdate[] = [];
  world.rollouts.follow({
    id: 's1',
    groups: undefined,
    backlog: () => 0,
    send: (some) => void updates.push(...some),
  });
  const id = await world.create({ command: 'play' });
  await world.clock.advance(1000);
  await world.answer(world.rollouts.act(id, 'cancel', ana));
  await world.clock.advance(1000);
  updates.length = 0;
  await world.clock.advance(20_000);
  expect(updates).toEqual([]);
  world.kill();
});

test('N7 without its token a rollout is paused and says so; resuming it gives it the rights of the other token', async () => {
  const world = openRolloutWorld(ids(50), () => success);
  await world.start();
  const id = await world.create({ command: 'play', watchMs: 0, rate: 5 });
  await world.until(id, ({ counts }) => counts.success > 8);
  world.goneTokens.add(ana.tokenId);
  const paused = await world.until(id, ({ status }) => status === 'paused');
  expect(paused).toMatchObject({ by: 'server', why: 'token_removed' });
  const before = world.sent.size;
  await world.clock.advance(5000);
  world.kill();
  await world.start();
  await world.clock.advance(5000);
  expect(world.sent.size).toBe(before);
  expect(await world.show(id)).toMatchObject({ status: 'paused', why: 'token_removed' });
  const kinds = world.audited.map(({ actor, kind, details }) => [actor, kind, details?.why]);
  expect(kinds).toEqual([['server', 'rollout.paused', 'token_removed']]);
  const resumed = await world.answer(world.rollouts.act(id, 'resume', { ...ana, tokenId: 't2', name: 'bea' }));
  expect(resumed?.document).toMatchObject({ status: 'running', by: 'bea' });
  expect(resumed?.document.why).toBeUndefined();
  await world.until(id, ({ status }) => status === 'done');
  expect([world.sent.size, most(world.sent.values())]).toEqual([50, 1]);
  world.kill();
});
