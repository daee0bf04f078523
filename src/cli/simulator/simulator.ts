import { castOf } from './cast.ts';
import { createFirstGeneration } from './first-generation.ts';
import { createLibraryPlayer } from './library.ts';
import type { SimulatorOptions, SimulatorStats } from './options.ts';
import type { Fleet, SimulatedPlayer } from './player.ts';
import { createRandom } from './random.ts';
import { startScheduler } from './scheduler.ts';
import { createScreen } from './screen.ts';
import { createSecondGeneration } from './second-generation.ts';

export interface Simulator {
  /** Disconnects all players; resolves once they are disconnected. */
  stop(): Promise<void>;
  stats(): SimulatorStats;
}

/** Thousands of simultaneous connections would be an attack, not a fleet. */
const CONNECTS_PER_SECOND = 250;
/** After this time, open connections are left to the end of the process. */
const CLOSE_WAIT_MS = 2000;
const MINUTE_MS = 60_000;

/** Starts the simulated players. Never fails: players keep retrying, and `stats` reports the errors. */
export function startSimulator(options: SimulatorOptions): Simulator {
  const scheduler = startScheduler();
  const counts: Fleet['counts'] = {
    connected: 0,
    reports: 0,
    commands: 0,
    answered: 0,
    errors: 0,
    refused: 0,
    gaveUp: 0,
    lastError: null,
  };
  const fleet: Fleet = { options, scheduler, counts, has: (quirk) => !options.without.includes(quirk) };
  const players = createPlayers(fleet);
  for (const [i, player] of players.entries()) scheduler.after((i * 1000) / CONNECTS_PER_SECOND, player.connect);
  reportInTurn(
    fleet,
    players.filter(({ report }) => report),
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

const create = {
  first: createFirstGeneration,
  second: createSecondGeneration,
  library: createLibraryPlayer,
} as const;

function createPlayers(fleet: Fleet): SimulatedPlayer[] {
  const { options } = fleet;
  return (options.cast ?? castOf(options)).map((part, i) => {
    // A random generator for each player, so that events of one do not influence another.
    const random = createRandom(Math.imul(options.seed, 0x9e3779b1) + i);
    return create[part.generation](fleet, createScreen(part, i + 1, options.drift, random), random);
  });
}

/** Players report one after the other, at the fleet's rate, without a timer for each. */
function reportInTurn({ options, scheduler }: Fleet, players: readonly SimulatedPlayer[]): void {
  const rate = options.rate ?? (players.length * 1000) / options.measureEveryMs;
  if (rate === 0 || players.length === 0) return;
  let due = 0;
  let next = 0;
  scheduler.onTick((elapsedMs) => {
    // After a stall, catches up at most one second.
    due = Math.min(due + (elapsedMs * rate) / 1000, rate + 1);
    for (; due >= 1; due--) {
      players[next]?.report?.();
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

/** A probability of 1 within a minute would mean a permanent loss; this is one loss every nine seconds. */
const MAX_CHANCE = 0.999;
