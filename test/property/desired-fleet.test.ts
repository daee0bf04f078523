import { expect, test } from 'vitest';
import { type FieldPlayer, fieldPlayer, type Generation } from '../support/field-player.ts';
import { seeded } from '../support/seeded.ts';
import { simulatedClock } from '../support/simulated-clock.ts';
import { disagreements, openWorld } from '../support/world.ts';

/** The whole fleet: `PLAYERS=10000 npx vitest run test/property/desired-fleet.test.ts`. */
const count = Number(process.env.PLAYERS ?? 60);
const HOUR = 3600_000;
const MINUTE = 60_000;
const generations: Generation[] = ['first', 'second', 'library'];

test(
  `G8 of ${count} players, a third of them away, all reachable ones reach the desired state, and nothing is sent twice`,
  async () => {
    const below = seeded(17);
    const clock = simulatedClock();
    const began = clock.now();
    const players: FieldPlayer[] = Array.from({ length: count }, (_, n) =>
      fieldPlayer({
        id: `d${n}`,
        clock,
        generation: generations[n % 3] as Generation,
        monitorMs: [2000, 5000, 15_000][below(3)] as number,
        offsetMs: below(2 * HOUR) - HOUR,
        driftPpm: below(400) - 200,
        latency: () => 1 + below(80),
        below,
      }),
    );
    const reachable = players.filter((_, n) => Math.floor(n / 3) % 3 !== 0);
    const world = await openWorld({ clock, players, settings: { streamIntervalMs: 1000 }, writeMs: 5 });
    /** How often a reachable screen was not in its desired state. */
    let needed = 0;
    const stopped = (player: FieldPlayer) => {
      if (player.truthAt(clock.now()).status === 'playing') needed++;
      player.touch({ status: 'stopped' });
    };
    for (const player of players) {
      player.busyMs = below(3) * 1000;
      if (!reachable.includes(player)) player.touch({ status: 'stopped' });
      else if (below(2) === 0) stopped(player);
      player.connect(world.harness);
    }
    await clock.advance(2000);
    for (const player of players) if (!reachable.includes(player)) player.lose(0);
    const setAt = new Date(began).toISOString();
    await world.answer(world.harness.desired.set('all', { playback: 'playing', setAt, setBy: 'ana' }));

    const isWell = () => reachable.filter((it) => it.truthAt(clock.now()).status === 'playing').length;
    const statuses = () => {
      const of = (it: FieldPlayer) => world.harness.fleet.get(it.id)?.document.desired?.status;
      return [...new Set(reachable.map(of))];
    };
    await clock.advance(3 * MINUTE);
    expect(isWell()).toBe(reachable.length);

    // One in five players crashes within ten minutes, and the server twice, with everything in progress.
    const back = (player: FieldPlayer, ms: number) =>
      clock.setTimeout(() => {
        if (!player.isConnected) player.connect(world.harness);
      }, ms);
    for (const player of reachable) {
      if (below(5) > 0) continue;
      clock.setTimeout(
        () => {
          stopped(player);
          player.lose(500);
          back(player, 1000 + below(20_000));
        },
        below(10 * MINUTE),
      );
    }
    for (const minutes of [4, 5]) {
      await clock.advance(minutes * MINUTE);
      await world.restart();
      for (const player of reachable) back(player, 500 + below(5000));
    }
    await clock.advance(6 * MINUTE);
    expect(isWell()).toBe(reachable.length);
    expect(statuses()).toEqual(['converged']);

    const sent = reachable.reduce((sum, { received }) => sum + received.length, 0);
    expect(needed).toBeGreaterThan(reachable.length / 3);
    expect(sent).toBeGreaterThanOrEqual(needed);
    expect(sent).toBeLessThanOrEqual(1.05 * needed);
    const away = players.filter((it) => !reachable.includes(it));
    expect(away.flatMap(({ received }) => received)).toEqual([]);
    // Nothing flaps: a player in its desired state gets no command.
    await clock.advance(5 * MINUTE);
    expect(reachable.reduce((sum, { received }) => sum + received.length, 0)).toBe(sent);
    expect(disagreements(world)).toEqual([]);
    await world.harness.stop();
  },
  60_000 + count * 100,
);
