import { expect, test } from 'vitest';
import { type Deed, openRolloutWorld } from '../support/rollout-world.ts';
import { seeded } from '../support/seeded.ts';

/** More of them: `npm run rollout:goal`. */
const seeds = Array.from({ length: Number(process.env.ROLLOUT_SEEDS ?? 3) }, (_, i) => i + 1);
const ana = { tokenId: 't1', name: 'ana', role: 'operator' } as const;
const ids = (count: number) => Array.from({ length: count }, (_, i) => `d${i}`);

const harms: Record<string, Deed> = {
  'an error': { status: 'error', afterMs: 300 },
  silence: { status: 'timeout', afterMs: 10_000 },
  'its end, after it said that all is well': { status: 'success', afterMs: 300, vanishesAfterMs: 2000 },
  'its end, half a minute later': { status: 'success', afterMs: 300, vanishesAfterMs: 30_000 },
};

test.each(Object.keys(harms).flatMap((harm) => seeds.map((seed) => [harm, seed] as const)))(
  'N3, N4 the goal: of 10,000 devices, where it harms one in three by %s, fewer than one in a hundred are sent it (seed %i)',
  async (harm, seed) => {
    const below = seeded(seed);
    const harmed = new Set(ids(10_000).filter(() => below(3) === 0));
    const world = openRolloutWorld(ids(10_000), (id) =>
      harmed.has(id) ? (harms[harm] as Deed) : { status: 'success', afterMs: 50 + below(500) },
    );
    await world.start();
    const id = await world.create({ command: 'play' });
    const ended = await world.until(id, ({ status }) => status === 'stopped');
    expect(ended.why).toBe(harm === 'silence' ? 'timeouts' : 'errors');
    // And the commands being sent are the last ones.
    await world.clock.advance(120_000);
    expect(world.sent.size).toBeLessThan(100);
    expect(Math.max(...world.sent.values())).toBe(1);
    expect(world.told).toEqual(['rollout.stopped']);
    world.kill();
  },
);

test.each(seeds)(
  'N5, N6 killed at any moment, again and again: no device is sent it twice, and all connected ones get it (seed %i)',
  async (seed) => {
    const below = seeded(seed);
    const all = ids(150);
    const away = new Set(all.filter(() => below(10) === 0));
    const deeds = new Map<string, Deed>();
    for (const id of all) {
      const kinds: Deed[] = [
        { status: 'success', afterMs: 1 + below(2000) },
        { status: 'success', alreadySo: true, afterMs: 1 },
        { status: below(30) === 0 ? 'error' : 'success', afterMs: 1 + below(5000) },
      ];
      deeds.set(id, kinds[below(3)] as Deed);
    }
    const world = openRolloutWorld(all, (id) => deeds.get(id) as Deed, {
      writeMs: 1 + below(40),
      online: (id) => !away.has(id),
    });
    await world.start();
    const id = await world.create({ command: 'play', watchMs: 3000, rate: 20, maxErrorShare: 0.5 });
    let kills = 0;
    for (let over = false; !over; ) {
      // Sometimes during a step, sometimes long after one.
      await world.clock.advance(below(4) === 0 ? below(12_000) : below(600));
      world.kill();
      kills++;
      await world.clock.advance(below(3) * 1000);
      await world.start();
      if (below(3) === 0) {
        const { status } = await world.show(id);
        const act = status === 'paused' ? 'resume' : 'pause';
        await world.answer(world.rollouts.act(id, act, ana)).catch(() => {});
      }
      over = (await world.show(id)).endedAt !== undefined || kills > 400;
      if (kills > 60 && (await world.show(id)).status === 'paused')
        await world.answer(world.rollouts.act(id, 'resume', ana));
      if (kills > 60) await world.clock.advance(8000);
    }
    const { counts, status } = await world.show(id);
    expect(status).toBe('done');
    expect(Math.max(...world.sent.values()), 'nobody twice').toBe(1);
    const toSend = all.filter((it) => !away.has(it) && !deeds.get(it)?.alreadySo);
    expect([...world.sent.keys()].sort()).toEqual(toSend.sort());
    expect(counts.undelivered).toBe(away.size);
    expect(counts.success + counts.error + counts.alreadySo).toBe(150 - away.size);
    const report = await world.answer(world.rollouts.targets({ rolloutId: id, limit: 1000 }));
    expect(report.map(({ target }) => target.deviceId).sort()).toEqual([...all].sort());
    expect(report.every(({ target }) => target.endedAt !== undefined)).toBe(true);
    world.kill();
  },
);

test('N6 an absent device is waited for as long as configured, and is sent it on its return', async () => {
  const world = openRolloutWorld(ids(20), () => ({ status: 'success', afterMs: 100 }), {
    online: (id) => !['d3', 'd4'].includes(id),
  });
  await world.start();
  const id = await world.create({ command: 'play', watchMs: 0, waitForOfflineMs: 600_000 });
  await world.until(id, ({ counts }) => counts.success === 18);
  await world.clock.advance(300_000);
  world.become('d3', 'online');
  await world.until(id, ({ counts }) => counts.success === 19);
  const { counts, status } = await world.until(id, ({ endedAt }) => endedAt !== undefined);
  expect([status, counts.success, counts.undelivered]).toEqual(['done', 19, 1]);
  const [{ target } = { target: undefined }] = await world.answer(
    world.rollouts.targets({ rolloutId: id, outcome: 'undelivered', limit: 10 }),
  );
  expect(target).toMatchObject({ deviceId: 'd4', code: 'offline' });
  expect(world.sent.has('d4')).toBe(false);
  world.kill();
});

test('N2 it keeps to its rate', async () => {
  const world = openRolloutWorld(ids(300), () => ({ status: 'success', afterMs: 10 }));
  await world.start();
  const id = await world.create({ command: 'play', watchMs: 0, canary: 0, rate: 2 });
  await world.clock.advance(30_000);
  const { counts } = await world.show(id);
  expect(counts.success).toBeGreaterThan(50);
  expect(counts.success).toBeLessThan(66);
  world.kill();
});

test('N7 one that stopped, or was paused, and is untouched for a week is cancelled', async () => {
  const world = openRolloutWorld(ids(20), () => ({ status: 'error', afterMs: 10 }));
  await world.start();
  const id = await world.create({ command: 'play' });
  await world.until(id, ({ status }) => status === 'stopped');
  await world.clock.advance(1000);
  world.kill();
  await world.clock.advance(8 * 24 * 3600_000);
  await world.start();
  const { status, by, counts } = await world.until(id, ({ endedAt }) => endedAt !== undefined);
  expect([status, by, counts.cancelled]).toEqual(['cancelled', 'server', 15]);
  world.kill();
});
