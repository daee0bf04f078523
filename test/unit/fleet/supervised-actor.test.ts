import { describe, expect, test } from 'vitest';
import { fakePlayer } from '../../support/fake-player.ts';
import { openHarness } from '../../support/harness.ts';
import { simulatedClock } from '../../support/simulated-clock.ts';
import { asker } from '../../support/world.ts';

/** A device whose actor fails whenever `fail` sends it a command. */
async function open() {
  const clock = simulatedClock();
  const seen = { restarts: 0, gaveUp: [] as string[] };
  let isFaulty = false;
  let lease: Promise<void> | undefined;
  const harness = await openHarness({
    clock,
    lease: { checkLease: () => lease, isShared: false },
    metrics: {
      actorRestarted: () => void seen.restarts++,
      commandSent: () => {
        if (isFaulty) throw new Error('an effect failed');
      },
    },
    gaveUp: (id) => void seen.gaveUp.push(id),
  });
  const player = fakePlayer({ id: 'd', clock });
  player.connect(harness);
  await clock.advance(2500);
  const host = harness.fleet.enrol('d');
  const fail = async () => {
    isFaulty = true;
    await harness.desk.send({ deviceId: 'd', command: 'vlc:play', timeoutMs: 500, retries: 0, force: true }, asker);
    await clock.advance(10);
    isFaulty = false;
  };
  const holdLease = (it: Promise<void> | undefined) => {
    lease = it;
  };
  return { clock, harness, player, host, seen, fail, holdLease };
}

test('R9 an actor that fails three times in a minute is restarted at once each time', async () => {
  const { clock, host, seen, fail } = await open();
  for (let i = 1; i <= 3; i++) {
    await fail();
    expect([seen.restarts, host.actor.isAlive]).toEqual([i, true]);
    await clock.advance(15_000);
  }
  await clock.advance(20_000);
  await fail();
  expect(host.actor.isAlive, 'the first of the four was longer ago').toBe(true);
  expect(seen.gaveUp).toEqual([]);
});

test('R9 after four it pauses for a minute, unless it is needed', async () => {
  const { clock, harness, host, seen, fail } = await open();
  for (let i = 0; i < 4; i++) {
    await clock.advance(12_000);
    await fail();
  }
  expect(seen).toEqual({ restarts: 4, gaveUp: ['d'] });
  expect([host.actor.isAlive, host.actor.needsEveryReport]).toEqual([false, false]);
  expect([...harness.fleet.needingEveryReport]).toEqual([]);
  await clock.advance(59_000);
  expect(host.actor.isAlive).toBe(false);
  await clock.advance(2000);
  expect(host.actor.isAlive).toBe(true);
});

test('R9 a failure outside of its turns fails it once; one that sleeps cannot fail', async () => {
  const { harness, host, seen } = await open();
  const faulty = () => {
    throw new Error('the socket is broken');
  };
  host.callPlayer(faulty);
  expect([seen.restarts, host.actor.isAlive]).toEqual([1, false]);
  host.callPlayer(faulty);
  expect(seen.restarts).toBe(1);
  harness.fleet.stop();
  expect(host.actor.isAlive).toBe(false);
});

test('K6 while the lease is in doubt its timers wait', async () => {
  const { clock, player, host, holdLease } = await open();
  const shown = () => host.versioned.document.connection.status;
  player.lose(0);
  await clock.advance(10);
  expect(shown()).toBe('reconnecting');
  let isSure = () => {};
  holdLease(
    new Promise((resolve) => {
      isSure = resolve;
    }),
  );
  await clock.advance(60_000);
  expect(shown()).toBe('reconnecting');
  isSure();
  await clock.advance(10);
  expect(shown()).toBe('offline');
});

describe('an actor that waits for nothing', () => {
  const resting = async () => {
    const opened = await open();
    await opened.clock.advance(60_000);
    expect(opened.host.actor.isResting).toBe(true);
    return opened;
  };

  test('rests after a poll, and wakes for the next event without a change', async () => {
    const { clock, host } = await resting();
    const { document } = host.versioned;
    expect(host.hasRoom).toBe(true);
    expect([host.actor.isResting, host.actor.isAlive]).toEqual([false, true]);
    expect(host.versioned.document).toBe(document);
    await clock.advance(60_000);
    expect(host.actor.isResting).toBe(true);
  });

  test('executes the next command, and rests again once that has ended', async () => {
    const { clock, harness, host, player } = await resting();
    await harness.desk.send({ deviceId: 'd', command: 'vlc:play' }, asker);
    await clock.advance(1000);
    expect(player.received.map(({ command }) => command)).toEqual(['vlc:play']);
    await clock.advance(60_000);
    expect(harness.desk.list('d').map(({ status }) => status)).toEqual(['success']);
    expect(host.actor.isResting).toBe(true);
  });

  test('P5 does not rest while the device is away, whose grace period still ends', async () => {
    const { clock, host, player } = await resting();
    player.lose(0);
    await clock.advance(10);
    expect([host.versioned.document.connection.status, host.actor.isResting]).toEqual(['reconnecting', false]);
    await clock.advance(60_000);
    expect([host.versioned.document.connection.status, host.actor.isResting]).toEqual(['offline', false]);
  });

  test('P3a is woken when reports stop', async () => {
    const { clock, host, player } = await resting();
    player.loses.states = true;
    await clock.advance(120_000);
    expect([host.versioned.document.report.status, host.actor.isResting]).toEqual(['stale', false]);
  });

  test('R9 fails like any other', async () => {
    const { clock, host, seen } = await resting();
    host.callPlayer(() => {
      throw new Error('the socket is broken');
    });
    expect([seen.restarts, host.actor.isAlive]).toEqual([1, false]);
    await clock.advance(60_000);
    expect(host.versioned.document).toMatchObject({ connection: { status: 'online' }, report: { status: 'live' } });
  });

  test('is forgotten with its device', async () => {
    const { harness, host } = await resting();
    harness.fleet.stop();
    expect([host.actor.isResting, host.actor.isAlive]).toEqual([false, false]);
  });
});
