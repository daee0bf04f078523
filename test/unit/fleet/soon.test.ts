import { describe, expect, test } from 'vitest';
import type { CommandName } from '../../../src/protocol/commands.ts';
import { newest } from '../../support/field-states.ts';
import { type Connection, PlayerLine } from '../../support/player-line.ts';
import { type SimulatedClock, simulatedClock } from '../../support/simulated-clock.ts';
import { openWorld } from '../../support/world.ts';

/** What a player needs for an answer, and how old its sections are when it sends them. */
interface Pace {
  latencyMs: number;
  measuringMs: number;
  ageMs: number;
}

/** A player that measures on every request, and answers commands at once. Its clock is wrong. */
function freshPlayer(clock: SimulatedClock, { latencyMs, measuringMs, ageMs }: Pace) {
  let status: 'playing' | 'paused' = 'playing';
  let fullscreen = true;
  const received: CommandName[] = [];
  let asked = 0;
  const time = (ageMs = 0) => new Date(clock.now() - 3600_000 - ageMs).toISOString();
  const state = () => ({
    ...newest,
    timestamp: time(),
    system: { ...newest.system, timestamp: time(ageMs) },
    storage: { ...newest.storage, timestamp: time(ageMs / 2) },
    vlc: { ...newest.vlc, playing: status === 'playing', paused: status === 'paused', stopped: false, fullscreen },
  });
  const line = new PlayerLine({
    id: 'd1',
    clock,
    latency: () => latencyMs,
    asked: (over: Connection) => {
      asked++;
      clock.setTimeout(() => line.say(over, (host) => host.report(state())), measuringMs);
    },
    commanded: (over, commandId, command) => {
      received.push(command);
      if (command === 'vlc:pause') status = status === 'playing' ? 'paused' : 'playing';
      if (command === 'vlc:fullscreen') fullscreen = !fullscreen;
      line.say(over, (host) => host.respond(commandId, { status: 'success' }));
    },
  });
  return {
    id: 'd1',
    received,
    get asked() {
      return asked;
    },
    connect: line.connect.bind(line),
  };
}

async function open(pace: Pace) {
  const clock = simulatedClock();
  const player = freshPlayer(clock, pace);
  const world = await openWorld({ clock, players: [] });
  player.connect(world.harness);
  await clock.advance(5000);
  let sent = 0;
  const send = async (command: string, waitMs: number) => {
    const commandId = `c${++sent}`;
    await world.send({ deviceId: 'd1', commandId, command });
    await clock.advance(waitMs);
    return world.told.get(commandId)?.[0];
  };
  return { clock, player, send, world };
}

const paces: Pace[] = [
  ...[0, 40, 117].map((ageMs) => ({ latencyMs: 6, measuringMs: 0, ageMs })),
  { latencyMs: 80, measuringMs: 30, ageMs: 117 },
  { latencyMs: 10, measuringMs: 250, ageMs: 20 },
  { latencyMs: 10, measuringMs: 250, ageMs: 240 },
];

describe.each(paces)(
  'C8 a player that measures on request ($latencyMs ms away, $measuringMs ms, $ageMs ms old)',
  (pace) => {
    const roundTripMs = 4 * pace.latencyMs + pace.measuringMs;

    test.each([0, 20, 100, 300, 499, 600, 1500])(
      'an intent %i ms after a command is decided by a measurement',
      async (gapMs) => {
        const { player, send, world } = await open(pace);
        await send('vlc:pause', roundTripMs + gapMs);
        expect(world.told.get('c1')?.[0]?.status).toBe('success');
        const before = player.asked;
        expect(await send('pause', 1000)).toMatchObject({ status: 'success', alreadySo: true });
        expect(player.asked - before, 'requests').toBeLessThanOrEqual(3);
        expect(player.received).toEqual(['vlc:pause']);
      },
    );

    test('an intent that waits for the command before it is decided by a measurement', async () => {
      const { player, send } = await open(pace);
      void send('vlc:pause', 0);
      expect(await send('play', 3000)).toMatchObject({ status: 'success', attempts: 1 });
      expect(player.received).toEqual(['vlc:pause', 'vlc:play']);
      expect(await send('fullscreen:on', 3000)).toMatchObject({ status: 'success', alreadySo: true });
    });

    test('C1 a toggle after a command is sent with a baseline', async () => {
      const { clock, send, world } = await open(pace);
      await send('vlc:fullscreen', roundTripMs + 100);
      const begun = clock.now();
      await send('vlc:fullscreen', 0);
      const baseline = () => world.harness.ledger.pendingOf('d1')[0]?.progress;
      while (baseline()?.status === 'queued' && clock.now() - begun < 2000) await clock.advance(1);
      expect(baseline()).toMatchObject({ status: 'sent', baseline: { fullscreen: false } });
      expect(clock.now() - begun).toBeLessThan(1000);
    });
  },
);
