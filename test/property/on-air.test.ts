import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { JsonObject } from '../../src/protocol/document.ts';
import { fakePlayer } from '../support/fake-player.ts';
import { simulatedClock } from '../support/simulated-clock.ts';
import { disagreements, openWorld } from '../support/world.ts';

/** A device whose reports all come from the test: it does not answer polls. */
async function opened() {
  const clock = simulatedClock();
  const player = fakePlayer({ id: 'd1', clock });
  player.loses.states = true;
  const world = await openWorld({ clock, players: [player], settings: { streamIntervalMs: 60_000 } });
  player.connect(world.harness);
  await clock.advance(100);
  const say = (state: JsonObject) => world.harness.fleet.enrol('d1').report(state);
  const onAir = () => world.harness.fleet.get('d1')?.document.onAir;
  const version = () => world.harness.fleet.get('d1')?.version ?? 0;
  return { clock, player, world, say, onAir, version };
}

const film = (time: number, more: JsonObject = {}): JsonObject => ({
  vlc: { state: 'playing', item: 'a.mp4', time, length: 600, ...more },
});
const iso = (ms: number) => new Date(ms).toISOString();

test('O1–O3 a day of on-air answers, and A2 no patch while the answer stays', async () => {
  const { clock, player, world, say, onAir, version } = await opened();
  expect(onAir()).toMatchObject({ status: 'unknown', why: 'no report' });

  const began = clock.now();
  say(film(1));
  expect(onAir()).toEqual({ status: 'yes', why: 'playing', since: iso(began) });
  await clock.advance(10_000);
  say(film(11));
  const told = version();

  const stood = clock.now();
  await clock.advance(5000);
  say(film(11));
  expect(onAir()?.status, 'once is no proof').toBe('yes');
  await clock.advance(6000);
  say(film(11));
  expect(onAir(), 'since it stands still').toEqual({ status: 'no', why: 'stuck', since: iso(stood) });
  expect(version()).toBe(told + 1);
  await clock.advance(2000);
  say(film(12));
  expect(onAir()).toMatchObject({ status: 'yes', why: 'playing', since: iso(clock.now()) });

  say(film(12, { state: 'paused' }));
  expect(onAir()).toMatchObject({ status: 'no', why: 'paused' });
  say(film(12));
  const heard = clock.now();
  await clock.advance(3000);
  player.lose(0);
  await clock.advance(1);
  expect(onAir(), 'nobody knows since it was heard of').toEqual({
    status: 'unknown',
    why: 'not connected',
    since: iso(heard),
  });
  player.connect(world.harness);
  await clock.advance(10);
  expect(onAir(), 'the old session proves nothing').toMatchObject({ status: 'unknown', why: 'no report' });
  const back = version();
  say(film(12));
  expect(onAir()).toMatchObject({ status: 'yes', why: 'playing' });
  expect(version()).toBe(back + 1);

  const last = clock.now();
  await clock.advance(60_000);
  expect(onAir(), 'stale').toEqual({ status: 'unknown', why: 'no report', since: iso(last) });
  expect(disagreements(world)).toEqual([]);
});

test('O4 two black pictures since playback started mean no; those from before prove nothing', async () => {
  const { clock, say, onAir } = await opened();
  /** As the server stores it: the player's own claims about pictures are ignored. */
  const picture = (id: string, black: boolean, sameAsBefore: boolean) => ({
    snapshot: { url: `/api/v1/snapshots/0mabcdefg-000000000000000${id}`, black, sameAsBefore },
  });
  say({ ...film(0, { state: 'paused' }), ...picture('1', true, true) });
  say({ ...film(1), ...picture('1', true, true) });
  expect(onAir()?.why).toBe('playing');
  await clock.advance(1000);
  say({ ...film(2), ...picture('2', true, false) });
  expect(onAir()?.why, 'one black picture').toBe('playing');
  say({ ...film(3), ...picture('3', true, true) });
  expect(onAir()).toMatchObject({ status: 'no', why: 'black' });
  say({ ...film(4), ...picture('4', false, false) });
  expect(onAir()?.why).toBe('playing');
});

test('P4 a partial state without playback does not show that playback stands still', async () => {
  const { clock, world, say, onAir } = await opened();
  say(film(5));
  for (let i = 0; i < 5; i++) {
    await clock.advance(4000);
    world.harness.fleet.enrol('d1').update({ app: { crashes: i } }, undefined);
  }
  expect(onAir()?.status).toBe('yes');
});

test('O1, O2, O5 in any history: never yes while offline, stale or not playing; and since never decreases', () => {
  const step = fc.oneof(
    fc.record({ kind: fc.constant('say' as const), playback: fc.constantFrom('playing', 'paused', 'stopped', 'odd') }),
    fc.record({ kind: fc.constant('same' as const) }),
    fc.record({ kind: fc.constantFrom('lose' as const, 'connect' as const, 'restart' as const) }),
    fc.record({ kind: fc.constant('wait' as const), ms: fc.integer({ min: 100, max: 70_000 }) }),
  );
  return fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
      const { clock, player, world, say } = await opened();
      let since = 0;
      let said: JsonObject = film(0);
      for (const it of steps) {
        if (it.kind === 'wait') await clock.advance(it.ms);
        else if (it.kind === 'lose') player.lose(0);
        else if (it.kind === 'connect') player.connect(world.harness);
        else if (it.kind === 'restart') await world.restart();
        else if (player.isConnected) {
          if (it.kind === 'say') said = film(clock.now() / 1000, { state: it.playback });
          say(structuredClone(said));
        }
        await clock.advance(50);
        const { document } = world.harness.fleet.get('d1') as { document: Parameters<typeof Object>[0] };
        const { onAir, connection, report, state } = document;
        if (onAir.status === 'yes') {
          expect([connection.status, report.status, state.vlc.state]).toEqual(['online', 'live', 'playing']);
        }
        expect(Date.parse(onAir.since)).toBeGreaterThanOrEqual(since);
        expect(Date.parse(onAir.since)).toBeLessThanOrEqual(clock.now());
        since = Date.parse(onAir.since);
      }
      expect(disagreements(world)).toEqual([]);
    }),
    { numRuns: 60 },
  );
});
