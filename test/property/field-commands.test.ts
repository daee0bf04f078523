import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type IntentName, intentNames } from '../../machines/intents.ts';
import type { CommandName } from '../../src/protocol/commands.ts';
import { commandNames } from '../../src/protocol/commands.ts';
import { VigiaError } from '../../src/protocol/errors.ts';
import { type FieldPlayer, fieldPlayer, type Generation, MAX_BUSY_MS } from '../support/field-player.ts';
import { seeded } from '../support/seeded.ts';
import { simulatedClock } from '../support/simulated-clock.ts';
import { untruths } from '../support/truths.ts';
import { asker, openWorld, type World } from '../support/world.ts';

/** The whole: `RUNS=10000 npx vitest run test/property/field-commands.test.ts`. */
const numRuns = Number(process.env.RUNS ?? 300);
const HOUR = 3600_000;
const MAX_LATENCY_MS = 80;

interface Kind {
  generation: Generation;
  monitorMs: number | null;
  offsetMs: number;
  driftPpm: number;
}

/** From this step on, VLC takes up to this long for each request, and messages get lost. */
interface Fate {
  busyMs: number;
  loses: 'commands' | 'responses' | 'nothing';
}

type Step =
  | {
      do: 'send';
      command: CommandName | IntentName;
      force?: boolean;
      ttlMs?: number;
      timeoutMs: number;
      retries: number;
      fate: Fate;
    }
  | { do: 'cancel'; nth: number }
  | { do: 'connect' | 'watch' | 'unwatch' }
  | { do: 'lose'; noticedAfterMs: number; backAfterMs: number }
  | { do: 'losing states'; on: boolean }
  | { do: 'vlc'; vlc: FieldPlayer['vlc'] }
  | { do: 'clock'; offsetMs: number }
  | { do: 'wait'; ms: number }
  | { do: 'kill'; effects: number }
  | { do: 'restart'; clean: boolean };

const ms = (max: number) => fc.nat({ max });
const name = <T extends string>(it: T) => fc.constant(it);
const offsetMs = fc.oneof(fc.constant(0), fc.integer({ min: -HOUR, max: HOUR }));
const kinds: fc.Arbitrary<Kind> = fc.record({
  generation: fc.constantFrom<Generation>('first', 'second', 'second', 'library'),
  monitorMs: fc.constantFrom(2000, 2000, 5000, 15_000, 30_000, null),
  offsetMs,
  driftPpm: fc.integer({ min: -200, max: 200 }),
});
const sending: fc.Arbitrary<Step> = fc
  .record({
    do: name('send'),
    command: fc.oneof(
      { weight: 3, arbitrary: fc.constantFrom<CommandName>('vlc:pause', 'vlc:fullscreen') },
      { weight: 3, arbitrary: fc.constantFrom(...intentNames) },
      fc.constantFrom(...commandNames),
    ),
    force: fc.boolean(),
    ttlMs: fc.constantFrom(undefined, 3000, 60_000),
    timeoutMs: fc.constantFrom(1000, 3000, 10_000),
    retries: fc.nat({ max: 2 }),
    fate: fc.record<Fate>({
      busyMs: fc.constantFrom(0, 3000, MAX_BUSY_MS),
      loses: fc.constantFrom('commands', 'responses', 'nothing'),
    }),
  })
  .map(({ ttlMs, ...it }) => (ttlMs === undefined ? it : { ...it, ttlMs }));
const player: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constantFrom('connect', 'watch', 'watch', 'unwatch') }),
  fc.record({ do: name('lose'), noticedAfterMs: ms(4000), backAfterMs: ms(20_000) }),
  fc.record({ do: name('losing states'), on: fc.constantFrom(true, false, false) }),
  fc.record({ do: name('vlc'), vlc: fc.constantFrom<FieldPlayer['vlc']>('well', 'well', 'hung', 'gone') }),
  fc.record({ do: name('clock'), offsetMs }),
);
const server: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: name('cancel'), nth: fc.nat({ max: 3 }) }),
  fc.record({ do: name('kill'), effects: fc.integer({ min: 1, max: 12 }) }),
  fc.record({ do: name('restart'), clean: fc.boolean() }),
);
const waiting: fc.Arbitrary<Step> = fc.record({
  do: name('wait'),
  ms: fc.oneof(ms(3000), ms(3000), ms(15_000), ms(60_000)),
});

async function take(world: World, player: FieldPlayer, step: Step): Promise<void> {
  if (world.harness.remains) await restart(world, player);
  const { harness, clock } = world;
  switch (step.do) {
    case 'send': {
      const { do: _, fate, ...rest } = step;
      player.busyMs = fate.busyMs;
      player.loses.commands = fate.loses === 'commands';
      player.loses.responses = fate.loses === 'responses';
      return refusable(world.send({ deviceId: player.id, ...rest }));
    }
    case 'cancel': {
      const known = world.accepted[world.accepted.length - 1 - step.nth];
      return known && void (await world.answer(harness.desk.cancel(known.commandId)));
    }
    case 'connect':
      return player.connect(harness);
    case 'watch':
      return harness.fleet.find(player.id)?.watch('somebody', harness.settings.watchIntervalMs);
    case 'unwatch':
      return harness.fleet.find(player.id)?.unwatch('somebody');
    case 'lose':
      player.lose(step.noticedAfterMs);
      return comeBack(world, player, step.backAfterMs);
    case 'losing states':
      player.loses.states = step.on;
      return;
    case 'vlc':
      player.vlc = step.vlc;
      return;
    case 'clock':
      return player.setClock(step.offsetMs);
    case 'wait':
      return clock.advance(step.ms);
    case 'kill':
      return harness.killAfter(step.effects);
    case 'restart':
      return restart(world, player, step.clean);
  }
}

async function restart(world: World, player: FieldPlayer, clean?: boolean): Promise<void> {
  await world.restart(clean);
  comeBack(world, player, 1000);
}

function comeBack(world: World, player: FieldPlayer, afterMs: number): void {
  world.clock.setTimeout(() => {
    if (!player.isConnected && !world.harness.remains) player.connect(world.harness);
  }, afterMs);
}

/** A refusal is a result, too: nothing was accepted. */
async function refusable(sent: Promise<void>): Promise<void> {
  try {
    await sent;
  } catch (error) {
    if (!(error instanceof VigiaError)) throw error;
  }
}

async function live(kind: Kind, steps: readonly Step[], seed: number, comesBack: boolean): Promise<void> {
  const clock = simulatedClock();
  const below = seeded(seed);
  const player = fieldPlayer({ id: 'd1', clock, latency: () => 1 + below(MAX_LATENCY_MS), below, ...kind });
  const world = await openWorld({ clock, players: [player], settings: { streamIntervalMs: 1000 }, writeMs: 5 });
  player.connect(world.harness);
  await clock.advance(300);
  for (const step of steps) await take(world, player, step);

  // All faults end, and there is time for everything to settle.
  if (world.harness.remains) await world.restart();
  world.harness.killAfter(Number.POSITIVE_INFINITY);
  player.loses = { commands: false, responses: false, states: false };
  player.vlc = 'well';
  player.busyMs = 0;
  if (!comesBack) player.lose(1000);
  else if (!player.isConnected) player.connect(world.harness);
  do await clock.advance(30_000);
  while (world.harness.ledger.pendingCount > 0 && clock.now() - Date.UTC(2025, 0, 1) < 24 * HOUR);
  // Late effects and pending notifications happen now.
  await clock.advance(MAX_BUSY_MS);
  world.harness.desk.notifyMissed(asker.tokenId);
  expect(untruths(world)).toEqual([]);
  await world.harness.stop();
}

type Life = [kind: Kind, steps: Step[], seed: number, comesBack: boolean];

const firstGeneration: Kind = { generation: 'first', monitorMs: 2000, offsetMs: 0, driftPpm: 0 };
const pause = (fate: Fate): Step => ({ do: 'send', command: 'vlc:pause', timeoutMs: 1000, retries: 0, fate });
const wait = (ms: number): Step => ({ do: 'wait', ms });
/** A toggle without a baseline ends as a timeout after two seconds, and takes effect up to eight seconds later. */
const silent: Step[] = [
  { do: 'losing states', on: true },
  pause({ busyMs: MAX_BUSY_MS, loses: 'responses' }),
  wait(2300),
  { do: 'losing states', on: false },
];
const lost = pause({ busyMs: 0, loses: 'commands' });
const seeds = [...Array(40).keys()].map((n) => n * 7919);
/** The effect of that toggle was attributed to the next one, which was lost: because of its baseline, and after a restart. */
const proofsOfAnother: Life[] = seeds.flatMap((seed, n): Life[] => [
  [firstGeneration, [...silent, wait(n * 50), lost, wait(60_000)], seed, true],
  [firstGeneration, [...silent, { do: 'restart', clean: true }, wait(3500 + n * 50), lost, wait(60_000)], seed, true],
]);

test(
  'C1, P3a no toggle of a fielded player takes effect twice, and no ending claims what was not measured',
  () =>
    fc.assert(
      fc.asyncProperty(
        kinds,
        fc.array(
          fc.oneof(
            { weight: 4, arbitrary: sending },
            { weight: 4, arbitrary: waiting },
            { weight: 3, arbitrary: player },
            { weight: 1, arbitrary: server },
          ),
          { maxLength: 30, size: 'max' },
        ),
        fc.integer(),
        fc.boolean(),
        live,
      ),
      { numRuns: numRuns + proofsOfAnother.length, examples: proofsOfAnother },
    ),
  Math.max(60_000, numRuns * 300),
);
