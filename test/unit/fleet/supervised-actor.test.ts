import { expect, test } from 'vitest';
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
    expect([seen.restarts, host.actor.isAwake]).toEqual([i, true]);
    await clock.advance(15_000);
  }
  await clock.advance(20_000);
  await fail();
  expect(host.actor.isAwake, 'the first of the four was longer ago').toBe(true);
  expect(seen.gaveUp).toEqual([]);
});

test('R9 after four it rests for a minute, unless it is needed', async () => {
  const { clock, harness, host, seen, fail } = await open();
  for (let i = 0; i < 4; i++) {
    await clock.advance(12_000);
    await fail();
  }
  expect(seen).toEqual({ restarts: 4, gaveUp: ['d'] });
  expect([host.actor.isAwake, host.actor.needsEveryReport]).toEqual([false, false]);
  expect([...harness.fleet.needingEveryReport]).toEqual([]);
  await clock.advance(59_000);
  expect(host.actor.isAwake).toBe(false);
  await clock.advance(2000);
  expect(host.actor.isAwake).toBe(true);
});

test('R9 a failure outside of its turns fails it once; one that sleeps cannot fail', async () => {
  const { harness, host, seen } = await open();
  const faulty = () => {
    throw new Error('the socket is broken');
  };
  host.callPlayer(faulty);
  expect([seen.restarts, host.actor.isAwake]).toEqual([1, false]);
  host.callPlayer(faulty);
  expect(seen.restarts).toBe(1);
  harness.fleet.stop();
  expect(host.actor.isAwake).toBe(false);
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
