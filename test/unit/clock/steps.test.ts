import pino from 'pino';
import { describe, expect, test } from 'vitest';
import { GuessLimit } from '../../../src/access/guess-limit.ts';
import { createClock } from '../../../src/adapters/clock.ts';
import { Membership } from '../../../src/cluster/membership.ts';
import { cautiousWall, momentOf } from '../../../src/ports/clock.ts';
import { TokenBucket } from '../../../src/ports/rate.ts';
import type { Pulse, Registry } from '../../../src/ports/registry.ts';
import { repeat } from '../../../src/ports/repeat.ts';
import { Stream } from '../../../src/stream/stream.ts';
import { MINUTE, openAlerts } from '../../support/alerts-harness.ts';
import { fakePlayer } from '../../support/fake-player.ts';
import { noMetrics } from '../../support/no-metrics.ts';
import { type SimulatedClock, simulatedClock } from '../../support/simulated-clock.ts';
import { asker, openWorld } from '../../support/world.ts';

const HOUR = 60 * MINUTE;
const YEAR = 365 * 24 * HOUR;
const steps = [
  ['a second back', -1000],
  ['a second forward', 1000],
  ['a minute back', -MINUTE],
  ['an hour back', -HOUR],
  ['an hour forward', HOUR],
  ['ten years back', -10 * YEAR],
  ['ten years forward', 10 * YEAR],
] as const;

/** Everything visible from outside except timestamps, with the time of each event. */
async function lifeOfAFleet(step: (clock: SimulatedClock) => void) {
  const clock = simulatedClock(Date.UTC(2040, 0, 1));
  const [well, hung, away] = ['well', 'hung', 'away'].map((id) => fakePlayer({ id, clock, latency: () => 5 }));
  if (!well || !hung || !away) throw new Error();
  const players = [well, hung, away];
  const world = await openWorld({ clock, players, settings: { streamIntervalMs: 10_000 } });
  const seen: unknown[] = [];
  const look = () => {
    for (const { document } of world.harness.fleet.all()) {
      const { id, connection, report, onAir, commands } = document;
      const pending = Object.values(commands).map(({ command, status, attempt }) => [command, status, attempt]);
      seen.push([clock.now(), id, connection.status, report.status, onAir.status, onAir.why, ...pending]);
    }
  };
  const pass = async (ms: number) => {
    for (let left = ms; left > 0; left -= 1000) {
      await clock.advance(Math.min(1000, left));
      look();
    }
  };
  for (const player of players) player.connect(world.harness);
  await pass(45_000);
  step(clock);
  await pass(45_000);
  hung.mood = 'hung';
  hung.loses.states = true;
  away.lose(1000);
  for (const player of players) {
    await world.send({ deviceId: player.id, command: 'vlc:play', timeoutMs: 10_000, retries: 1, ttlMs: 90_000 });
    await world.send({ deviceId: player.id, command: 'vlc:pause', timeoutMs: 10_000, ttlMs: 90_000 });
  }
  await pass(4000);
  step(clock);
  await pass(20_000);
  world.harness.fleet.watch('well', 'socket', 2000);
  step(clock);
  await pass(120_000);
  step(clock);
  hung.loses.states = false;
  away.connect(world.harness);
  await pass(60_000);
  const told = [...world.told.values()]
    .flat()
    .map(({ command, deviceId, status, attempts, durationMs }) => [deviceId, command, status, attempts, durationMs]);
  const received = players.map((it) => [it.askedAt, it.received.map(({ commandId: _, ...receipt }) => receipt)]);
  return { seen, told, received, faults: world.faults };
}

const quiet = lifeOfAFleet(() => {});

describe('R10 a step of the wall clock changes timestamps and nothing else', () => {
  test('the fleet’s scenario contains everything that depends on a clock', async () => {
    const { seen, told } = await quiet;
    const all = JSON.stringify(seen);
    for (const word of ['reconnecting', 'offline', 'stale', 'verifying', 'queued']) expect(all).toContain(word);
    expect(told.map(([id, , status]) => `${id} ${status}`)).toEqual(
      expect.arrayContaining(['well success', 'hung timeout', 'away undelivered']),
    );
  });

  test.each(steps)('polling, grace, commands, on air: %s', async (_, ms) => {
    expect(await lifeOfAFleet((clock) => clock.step(ms))).toEqual(await quiet);
  });

  test.each(steps)('alerts, their delays and quiet periods: %s', async (_, ms) => {
    const life = async (step: number) => {
      const { clock, told, online, lose, onAir } = await openAlerts(Date.UTC(2040, 0, 1));
      const seen: unknown[] = [];
      const pass = async (for_: number) => {
        for (let left = for_; left > 0; left -= 5000) {
          await clock.advance(5000);
          seen.push([clock.now(), ...told]);
        }
      };
      const ids = ['a', 'b', 'c', 'd'];
      for (const id of ids) online(id, 'hall', '10.0.0.1');
      await pass(10 * MINUTE);
      for (const id of ids.slice(1)) lose(id);
      onAir('a', 'no');
      await pass(3 * MINUTE);
      clock.step(step);
      await pass(3 * MINUTE);
      clock.step(step);
      for (const id of ids) online(id, 'hall', '10.0.0.1');
      onAir('a', 'yes');
      await pass(MINUTE / 2);
      clock.step(step);
      await pass(3 * MINUTE);
      return seen;
    };
    const undisturbed = await life(0);
    expect(JSON.stringify(undisturbed)).toContain('resolved site_incident');
    expect(JSON.stringify(undisturbed)).toContain('resolved device_not_on_air');
    expect(await life(ms)).toEqual(undisturbed);
  });

  test.each(steps)('rates: %s', async (_, ms) => {
    const clock = simulatedClock(Date.UTC(2040, 0, 1));
    const bucket = new TokenBucket(clock, 1, 5);
    const guesses = new GuessLimit(clock);
    const guess = () => {
      try {
        return guesses.attempt('a', 'wrong', () => {
          throw new Error('wrong');
        });
      } catch (error) {
        return (error as Error).message;
      }
    };
    for (let i = 0; i < 5; i++) bucket.take();
    for (let i = 0; i < 20; i++) guess();
    clock.step(ms);
    expect(bucket.take()).toBe(false);
    expect(guess()).toMatch(/try again later/);
    await clock.advance(2000);
    expect([bucket.take(), bucket.take(), bucket.take()]).toEqual([true, true, false]);
    await clock.advance(MINUTE);
    expect(guess()).toBe('wrong');
  });

  test.each(steps)('the heartbeat of an idle stream: %s', async (_, ms) => {
    const clock = simulatedClock(Date.UTC(2040, 0, 1));
    let messages = 0;
    const devices = { all: () => [].values(), get: () => undefined };
    const publish = () => void messages++;
    const stream = new Stream({ devices, publish, clock, metrics: noMetrics() });
    repeat(clock, 100, () => stream.flush());
    const subscriber = {
      id: 's',
      join: () => {},
      leave: () => {},
      update: () => {},
      resync: () => {},
      backlog: () => 0,
      cut: () => {},
    };
    stream.subscribe(subscriber, { scope: { all: true }, encoding: 'json' });
    await clock.advance(2500);
    clock.step(ms);
    await clock.advance(10_000);
    expect(messages).toBeGreaterThanOrEqual(5);
    expect(messages).toBeLessThanOrEqual(7);
  });
});

describe('R10 leases', () => {
  /** Two instances at a registry whose clock may be set. */
  function cluster() {
    const clock = simulatedClock(Date.UTC(2040, 0, 1));
    const registryClock = simulatedClock(Date.UTC(2040, 0, 1));
    const lastHeard = new Map<string, number>();
    const join = async (me: string) => {
      const beat = async (): Promise<Pulse> => {
        const now = registryClock.wall();
        const isNew = !lastHeard.has(me);
        lastHeard.set(me, now);
        return { now, lastHeard: new Map(lastHeard), isNew };
      };
      const gone: string[] = [];
      const log = pino({ level: 'silent' });
      const listeners = { changed: (some: readonly string[]) => void gone.push(...some), lapsed: async () => {} };
      const membership = new Membership(me, { registry: { heartbeat: beat } as Registry, clock, log, listeners });
      await membership.start();
      return { membership, gone };
    };
    const pass = async (ms: number) => {
      for (let left = ms; left > 0; left -= 500) {
        await Promise.all([clock.advance(500), registryClock.advance(500)]);
      }
    };
    return { clock, registryClock, join, pass };
  }

  test.each(steps)('of an instance whose clock is set: %s', async (_, ms) => {
    const { clock, join, pass } = cluster();
    const { membership } = await join('a:1');
    await pass(8000);
    clock.step(ms);
    expect(membership.checkLease()).toBeUndefined();
    await pass(8000);
    expect(membership.checkLease()).toBeUndefined();
  });

  test.each(steps)(
    'at a registry whose clock is set, no instance is lost, and dead ones are found: %s',
    async (_, ms) => {
      const { registryClock, join, pass } = cluster();
      const [a, b] = [await join('a:1'), await join('b:1')];
      await pass(10_000);
      registryClock.step(ms);
      await pass(10_000);
      expect([a.gone, b.gone]).toEqual([[], []]);
      expect(a.membership.isSettled).toBe(true);
      b.membership.stop();
      registryClock.step(ms);
      await pass(20_000);
      expect(a.gone).toEqual(['b:1']);
    },
  );
});

describe('R10 state restored from timestamps', () => {
  test.each(steps)('no wait grows longer when the clock was set while the server was down: %s', async (_, ms) => {
    const clock = simulatedClock(Date.UTC(2040, 0, 1));
    const player = fakePlayer({ id: 'd1', clock });
    const world = await openWorld({ clock, players: [player], settings: { streamIntervalMs: 10_000 } });
    player.connect(world.harness);
    await clock.advance(1000);
    player.lose(0);
    await clock.advance(30_000);
    await world.send({ deviceId: 'd1', command: 'vlc:play', ttlMs: 60_000 });
    await clock.advance(10_000);
    await world.restart();
    world.harness.kill();
    clock.step(ms);
    await world.restart();
    await clock.advance(61_000);
    const [ending] = [...world.told.values()].flat();
    expect(ending).toMatchObject({ status: 'undelivered' });
    expect(ending?.durationMs).toBeGreaterThanOrEqual(0);
    expect(world.harness.fleet.get('d1')?.document.connection.status).toBe('offline');
    expect(world.harness.ledger.unnotified(asker.tokenId)).toEqual([]);
  });

  test('a timestamp in the future counts as now', () => {
    const clock = simulatedClock(Date.UTC(2040, 0, 1));
    expect(momentOf(clock, '2039-12-31T23:59:00Z')).toBe(clock.now() - MINUTE);
    expect(momentOf(clock, '2040-01-01T01:00:00Z')).toBe(clock.now());
    clock.step(HOUR);
    expect(momentOf(clock, '2040-01-01T01:00:00Z')).toBe(clock.now());
    expect(momentOf(clock, '2040-01-01T00:59:00Z')).toBe(clock.now() - MINUTE);
  });

  test('retention trusts a step forward only after it has lasted a day', () => {
    const clock = simulatedClock(Date.UTC(2040, 0, 1));
    const wall = cautiousWall(clock);
    wall();
    clock.step(10 * YEAR);
    for (let i = 0; i < 23; i++) expect(wall()).toBe(clock.now());
    expect(wall()).toBe(clock.wall());
    clock.step(-10 * YEAR);
    expect(wall()).toBe(clock.wall());
  });
});

describe('R10 the machine’s clock', () => {
  const machine = (wallAtStart: number) => {
    const it = { uptime: 5000, wall: wallAtStart };
    return {
      it,
      clock: createClock(
        () => it.uptime,
        () => it.wall,
      ),
    };
  };

  test.each([
    ['2040', Date.UTC(2040, 0, 1)],
    ['1970', 12_345],
  ])('starts in %s: timestamps follow the wall clock, and time advances', (_, at) => {
    const { it, clock } = machine(at);
    const begun = clock.now();
    expect(clock.wall()).toBe(at);
    it.uptime += 1500.7;
    it.wall += 1501;
    expect(clock.now() - begun).toBe(1500);
    // A millisecond is no step: one moment has one timestamp.
    expect(clock.wall()).toBe(at + 1500);
    it.wall -= HOUR;
    expect(clock.now() - begun).toBe(1500);
    expect(clock.wall()).toBe(at + 1501 - HOUR);
    expect(clock.wall(begun)).toBe(at + 1 - HOUR);
  });

  test('no moment before its start is before 1970', () => {
    const { clock } = machine(0);
    expect(clock.now() - 50 * YEAR).toBeGreaterThan(0);
  });
});
