import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SUSPEND_MS } from '../../machines/keeper.ts';
import type { DesiredState } from '../../src/protocol/desired.ts';
import {
  type FieldPlayer,
  type FieldPlayerOptions,
  fieldPlayer,
  type Generation,
  MAX_BUSY_MS,
  type Truth,
} from '../support/field-player.ts';
import { seeded } from '../support/seeded.ts';
import { simulatedClock } from '../support/simulated-clock.ts';
import { disagreements, openWorld, type World } from '../support/world.ts';

/** The whole: `RUNS=10000 npx vitest run test/property/desired.test.ts`. */
const numRuns = Number(process.env.RUNS ?? 150);
const HOUR = 3600_000;
const MINUTE = 60_000;

type Kind = Pick<FieldPlayerOptions, 'generation' | 'monitorMs' | 'offsetMs' | 'driftPpm'>;

const isAs = ({ playback, fullscreen }: DesiredState, { status, ...is }: Truth): boolean => {
  const plays = playback === 'paused' ? status !== 'playing' : status === playback;
  return plays && (fullscreen === undefined || status === 'stopped' || is.fullscreen === fullscreen);
};

async function openScene(kind: Kind, seed: number) {
  const clock = simulatedClock();
  const below = seeded(seed);
  const player = fieldPlayer({ id: 'd1', clock, latency: () => 1 + below(80), below, ...kind });
  const world = await openWorld({ clock, players: [player], settings: { streamIntervalMs: 1000 }, writeMs: 5 });
  player.connect(world.harness);
  await clock.advance(300);
  const want = async (state: DesiredState | undefined) => {
    const setAt = new Date(clock.wall()).toISOString();
    await world.answer(world.harness.desired.set('device:d1', state && { ...state, setAt, setBy: 'ana' }));
  };
  const desired = () => world.harness.fleet.get('d1')?.document.desired;
  const restart = async (clean?: boolean) => {
    await world.restart(clean);
    clock.setTimeout(() => {
      if (!player.isConnected && !world.harness.remains) player.connect(world.harness);
    }, 1000);
  };
  return { clock, world, player, want, desired, restart };
}

const kinds: fc.Arbitrary<Kind> = fc.record({
  generation: fc.constantFrom<Generation>('first', 'second', 'second', 'library'),
  monitorMs: fc.constantFrom(2000, 5000, 15_000, 30_000),
  offsetMs: fc.oneof(fc.constant(0), fc.integer({ min: -HOUR, max: HOUR })),
  driftPpm: fc.integer({ min: -200, max: 200 }),
});
const wanted: fc.Arbitrary<DesiredState> = fc.oneof(
  fc.record({ playback: fc.constant('stopped' as const) }),
  fc.record(
    { playback: fc.constantFrom('playing' as const, 'paused' as const), fullscreen: fc.boolean() },
    { requiredKeys: ['playback'] },
  ),
);

type Step =
  | { do: 'want'; state: DesiredState | undefined }
  | { do: 'touch'; truth: Partial<Truth> }
  | { do: 'crash' | 'lose'; backAfterMs: number }
  | { do: 'vlc'; vlc: FieldPlayer['vlc'] }
  | { do: 'loses'; loses: FieldPlayer['loses'] }
  | { do: 'busy'; ms: number }
  | { do: 'clock'; offsetMs: number }
  | { do: 'command' }
  | { do: 'kill'; effects: number }
  | { do: 'restart'; clean: boolean }
  | { do: 'wait'; ms: number };

const ms = (max: number) => fc.nat({ max });
const name = <T extends string>(it: T) => fc.constant(it);
const status = fc.constantFrom<Truth['status']>('playing', 'paused', 'stopped');
const steps: fc.Arbitrary<Step> = fc.oneof(
  { weight: 2, arbitrary: fc.record({ do: name('want'), state: fc.option(wanted, { nil: undefined, freq: 4 }) }) },
  { weight: 3, arbitrary: fc.record({ do: name('touch'), truth: fc.record({ status, fullscreen: fc.boolean() }) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('crash', 'lose'), backAfterMs: ms(30_000) }) },
  fc.record({ do: name('vlc'), vlc: fc.constantFrom<FieldPlayer['vlc']>('well', 'well', 'hung', 'gone') }),
  fc.record({
    do: name('loses'),
    loses: fc.record({ commands: fc.boolean(), responses: fc.boolean(), states: fc.constant(false) }),
  }),
  fc.record({ do: name('busy'), ms: fc.constantFrom(0, 3000, MAX_BUSY_MS) }),
  fc.record({ do: name('clock'), offsetMs: fc.integer({ min: -HOUR, max: HOUR }) }),
  fc.record({ do: name('command') }),
  fc.record({ do: name('kill'), effects: fc.integer({ min: 1, max: 12 }) }),
  fc.record({ do: name('restart'), clean: fc.boolean() }),
  { weight: 5, arbitrary: fc.record({ do: name('wait'), ms: fc.oneof(ms(3000), ms(15_000), ms(90_000)) }) },
);

async function take(scene: Awaited<ReturnType<typeof openScene>>, step: Step, touches: number[]): Promise<void> {
  const { world, player, clock, restart, want } = scene;
  if (world.harness.remains) await restart();
  const comeBack = (afterMs: number) =>
    clock.setTimeout(() => {
      if (!player.isConnected && !world.harness.remains) player.connect(world.harness);
    }, afterMs);
  switch (step.do) {
    case 'want':
      return want(step.state);
    case 'touch':
      touches.push(clock.now());
      return player.touch(step.truth);
    case 'crash':
      // Playback starts over with it.
      touches.push(clock.now());
      player.touch({ status: 'stopped' });
      player.lose(1000);
      return void comeBack(step.backAfterMs);
    case 'lose':
      player.lose(1000);
      return void comeBack(step.backAfterMs);
    case 'vlc':
      player.vlc = step.vlc;
      return;
    case 'loses':
      player.loses = step.loses;
      return;
    case 'busy':
      player.busyMs = step.ms;
      return;
    case 'clock':
      return player.setClock(step.offsetMs);
    case 'command':
      touches.push(clock.now());
      return world.send({ deviceId: player.id, command: 'vlc:pause', retries: 0, timeoutMs: 3000 }).catch(() => {});
    case 'kill':
      return world.harness.killAfter(step.effects);
    case 'restart':
      return restart(step.clean);
    case 'wait':
      return clock.advance(step.ms);
  }
}

/** Keeper commands that changed a screen in its desired state without another recent command. */
function flaps(world: World, player: FieldPlayer, touches: readonly number[]): string[] {
  const entries = world.harness.ledger.ofDevice(player.id).filter(({ asker }) => asker.tokenId === 'keeper');
  const ids = new Map(entries.map((it) => [it.record.commandId, it]));
  return player.received.flatMap(({ commandId, command, at, effect, effectAt }) => {
    const entry = ids.get(commandId);
    if (!entry || !effect) return [];
    const since = Date.parse(entry.record.requestedAt) - 2 * MINUTE;
    if (touches.some((it) => since <= it && it <= effectAt)) return [];
    const [before, after] = [player.truthAt(effectAt - 1), player.truthAt(effectAt)];
    const isSame = before.status === after.status && before.fullscreen === after.fullscreen;
    return isSame ? [`${command} at ${at} of a screen that was so`] : [];
  });
}

async function live(kind: Kind, first: DesiredState, steps: readonly Step[], last: DesiredState, seed: number) {
  const scene = await openScene(kind, seed);
  const { clock, world, player, want, restart, desired } = scene;
  const touches: number[] = [];
  await want(first);
  for (const step of steps) await take(scene, step, touches);

  // All faults end, and there is time for everything to settle.
  if (world.harness.remains) await restart();
  world.harness.killAfter(Number.POSITIVE_INFINITY);
  player.loses = { commands: false, responses: false, states: false };
  player.vlc = 'well';
  player.busyMs = 0;
  await clock.advance(2 * MINUTE);
  // A clock that was set back proves nothing until it has caught up, or a session begins.
  if (player.isConnected) player.lose(0);
  player.connect(world.harness);
  await want(last);
  await clock.advance(10 * MINUTE);

  // An old player that was stopped reports only that it does not play.
  expect(desired()).toMatchObject({ status: 'converged' });
  expect(isAs(last, player.truthAt(clock.now()))).toBe(true);
  const { length } = player.received;
  await clock.advance(20 * MINUTE);
  expect(player.received.slice(length)).toEqual([]);
  expect(flaps(world, player, touches)).toEqual([]);
  expect(disagreements(world)).toEqual([]);
  await world.harness.stop();
}

test(
  'G2, G3, G6 whatever happens to players, server and clocks: reachable players reach the desired state, and nothing flaps',
  () =>
    fc.assert(
      fc.asyncProperty(kinds, wanted, fc.array(steps, { maxLength: 25, size: 'max' }), wanted, fc.integer(), live),
      { numRuns },
    ),
  Math.max(120_000, numRuns * 1000),
);

describe('G2 a command is sent within 5 s of a measurement that differs, once', () => {
  test.each<[Generation, DesiredState, Partial<Truth>, string[]]>([
    ['second', { playback: 'playing' }, { status: 'paused' }, ['vlc:play']],
    ['second', { playback: 'paused' }, { status: 'playing' }, ['vlc:pause']],
    ['second', { playback: 'stopped' }, { status: 'playing' }, ['vlc:stop']],
    [
      'second',
      { playback: 'playing', fullscreen: true },
      { status: 'stopped', fullscreen: false },
      ['vlc:play', 'vlc:fullscreen'],
    ],
    ['first', { playback: 'playing' }, { status: 'stopped' }, ['vlc:play']],
    ['library', { playback: 'playing', fullscreen: false }, { fullscreen: true }, ['vlc:fullscreen']],
  ])('%s generation, wanted %j, becomes %j: %j', async (generation, state, truth, commands) => {
    const { clock, world, player, want, desired } = await openScene(
      { generation, monitorMs: 2000, offsetMs: 40 * MINUTE, driftPpm: 50 },
      7,
    );
    world.harness.fleet.watch('d1', 'somebody', 2000);
    // In the desired state before.
    player.touch({ status: state.playback, ...(state.fullscreen !== undefined && { fullscreen: state.fullscreen }) });
    await clock.advance(40_000);
    await want(state);
    await clock.advance(MINUTE);
    expect(desired()).toMatchObject({ status: 'converged', source: 'device' });
    expect(player.received).toEqual([]);
    player.touch(truth);
    const at = clock.now();
    await clock.advance(5 * MINUTE);
    expect(player.received.map(({ command }) => command)).toEqual(commands);
    // It is polled every 2 s, and its monitor measures every 2 s.
    expect((player.received[0]?.at ?? 0) - at).toBeLessThan(5000 + 5000);
    expect(desired()).toMatchObject({ status: 'converged', why: 'as wanted' });
    expect(world.harness.ledger.ofDevice('d1').map(({ record }) => record.requestedBy)).toEqual(
      commands.map(() => 'keeper'),
    );
    await world.harness.stop();
  });
});

const second: Kind = { generation: 'second', monitorMs: 2000, offsetMs: 0, driftPpm: 0 };

test('G3 a player that does not obey is given up, and tried again when it reconnects', async () => {
  const { clock, world, player, want, desired } = await openScene(second, 1);
  player.touch({ status: 'stopped' });
  player.vlc = 'hung';
  await want({ playback: 'playing', giveUpAfter: 3 });
  await clock.advance(10 * MINUTE);
  expect(desired()).toMatchObject({
    status: 'failing',
    why: 'gave up',
    tried: [{ intent: 'play', times: 3, ending: expect.stringMatching(/^timeout/) }],
  });
  expect(player.received).toHaveLength(3);
  player.vlc = 'well';
  player.lose(0);
  player.connect(world.harness);
  await clock.advance(MINUTE);
  expect(desired()).toMatchObject({ status: 'converged' });
  expect(player.received).toHaveLength(4);
  await world.harness.stop();
});

test('G4 a person’s command suspends the keeper for a quarter of an hour, also over a server crash', async () => {
  const { clock, world, player, want, desired, restart } = await openScene(second, 2);
  await want({ playback: 'playing' });
  await clock.advance(MINUTE);
  await world.send({ deviceId: 'd1', command: 'pause' });
  await clock.advance(1000);
  expect(desired()).toMatchObject({ status: 'suspended', why: 'command', by: 'ana', until: expect.any(String) });
  await restart();
  await clock.advance(SUSPEND_MS - 2 * MINUTE);
  expect(desired()).toMatchObject({ status: 'suspended', by: 'ana' });
  expect(player.received.map(({ command }) => command)).toEqual(['vlc:pause']);
  await clock.advance(3 * MINUTE);
  expect(player.received.map(({ command }) => command)).toEqual(['vlc:pause', 'vlc:play']);
  expect(desired()).toMatchObject({ status: 'converged' });
  await world.harness.stop();
});

test('G5 outside its hours nothing is enforced; within 5 s of their start the needed commands are sent', async () => {
  const { clock, player, want, desired, world } = await openScene(second, 3);
  player.touch({ status: 'stopped' });
  // It is 01:00 on a Wednesday in its time zone (Europe/Madrid), and midnight in UTC.
  await want({ playback: 'playing', during: { wed: [['02:00', '03:00']] } });
  await clock.advance(HOUR - MINUTE);
  expect(desired()).toMatchObject({ status: 'inactive', why: 'outside hours' });
  expect(player.received).toEqual([]);
  await clock.advance(MINUTE);
  await clock.advance(5000);
  expect(player.received.map(({ command }) => command)).toEqual(['vlc:play']);
  await clock.advance(HOUR);
  expect(desired()).toMatchObject({ status: 'inactive' });
  player.touch({ status: 'stopped' });
  await clock.advance(HOUR);
  expect(player.received).toHaveLength(1);
  await world.harness.stop();
});

test('G1 a device without a desired state has none in its document either', async () => {
  const { clock, want, desired, world } = await openScene(second, 4);
  expect(desired()).toBeUndefined();
  await want({ playback: 'playing' });
  await clock.advance(5000);
  expect(desired()).toBeDefined();
  await want(undefined);
  await clock.advance(5000);
  expect(desired()).toBeUndefined();
  await world.harness.stop();
});
