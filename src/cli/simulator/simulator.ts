import { createFieldedPlayer } from './fielded.ts';
import { createLibraryPlayer } from './library.ts';
import { type Generation, generations, type SimulatorOptions, type SimulatorStats } from './options.ts';
import { createScreen, type Fleet, type SimulatedPlayer } from './player.ts';
import { createRandom } from './random.ts';
import { startScheduler } from './scheduler.ts';
import { describe } from './state.ts';

export interface Simulator {
  /** Disconnects all players; resolves when they are gone. */
  stop(): Promise<void>;
  stats(): SimulatorStats;
}

/** Thousands at the same moment are an attack, not a fleet. */
const CONNECTS_PER_SECOND = 250;
/** Connections that do not close in time are left to the end of the process. */
const CLOSE_WAIT_MS = 2000;
const MINUTE_MS = 60_000;

/** Starts players that obey the player protocol. Fails never: players keep trying, and `stats` tells how it goes. */
export function startSimulator(options: SimulatorOptions): Simulator {
  const scheduler = startScheduler();
  const counts: Fleet['counts'] = {
    connected: 0,
    reports: 0,
    commands: 0,
    answered: 0,
    errors: 0,
    refused: 0,
    lastError: null,
  };
  const fleet: Fleet = { options, scheduler, counts };
  const players = createPlayers(fleet);
  for (const [i, player] of players.entries()) scheduler.after((i * 1000) / CONNECTS_PER_SECOND, player.connect);
  reportInTurn(
    fleet,
    players.filter(({ generation }) => generation !== '2'),
  );
  if (options.drop > 0) dropByChance(fleet, players);

  return {
    stats: () => ({ devices: players.length, ...counts }),
    stop: async () => {
      scheduler.stop();
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, CLOSE_WAIT_MS);
      });
      await Promise.race([Promise.all(players.map((player) => player.close())), late]);
      clearTimeout(timer);
    },
  };
}

function createPlayers(fleet: Fleet): SimulatedPlayer[] {
  const { devices, generation, groups, prefix, seed } = fleet.options;
  return Array.from({ length: devices }, (_, i) => {
    const group = groups[i % groups.length] ?? 'default';
    const name = `${group.charAt(0).toUpperCase()}${group.slice(1)} ${Math.floor(i / Math.max(1, groups.length)) + 1}`;
    // A generator of its own: what one player meets does not change the luck of another.
    const random = createRandom(Math.imul(seed, 0x9e3779b1) + i);
    const screen = createScreen(fleet.options, describe(random, { number: i + 1, prefix, group, name }), random);
    const own = generation === 'mixed' ? generationInTurn(i) : generation;
    return own === 'library' ? createLibraryPlayer(fleet, screen) : createFieldedPlayer(fleet, own, screen, random);
  });
}

/** A third each; the turn shifts with every round, or each of three groups would be of one kind only. */
const generationInTurn = (i: number): Generation => generations[(i + Math.floor(i / 3)) % 3] as Generation;

/** One after the other, at the fleet's rate: no timer for each player, and no two at the same moment. */
function reportInTurn({ options, scheduler }: Fleet, players: readonly SimulatedPlayer[]): void {
  if (options.rate === 0 || players.length === 0) return;
  let due = 0;
  let next = 0;
  scheduler.onTick((elapsedMs) => {
    // After a stall, at most one second is made up for.
    due = Math.min(due + (elapsedMs * options.rate) / 1000, options.rate + 1);
    for (; due >= 1; due--) {
      players[next]?.report();
      next = (next + 1) % players.length;
    }
  });
}

function dropByChance({ options, scheduler }: Fleet, players: readonly SimulatedPlayer[]): void {
  const random = createRandom(options.seed);
  const perMs = -Math.log(1 - Math.min(options.drop, MAX_CHANCE)) / MINUTE_MS;
  let waitMs = 0;
  scheduler.onTick((elapsedMs) => {
    waitMs += elapsedMs;
    if (waitMs < 500) return;
    const chance = 1 - Math.exp(-perMs * waitMs);
    waitMs = 0;
    for (const player of players) if (player.registered && random() < chance) player.drop?.();
  });
}

/** A chance of 1 within a minute would be at once and always; this is every nine seconds. */
const MAX_CHANCE = 0.999;
