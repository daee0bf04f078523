import type { Part } from './cast.ts';
import type { Quirk } from './quirks.ts';

/** The two fielded generations, and players built with our own library. */
export const generations = ['first', 'second', 'library'] as const;
export type Generation = (typeof generations)[number];

export interface SimulatorOptions {
  /** Base URL of the server, e.g. `http://localhost:3001`. */
  url: string;
  /** The fleet's registration token. */
  token: string;
  devices: number;
  /** `mixed`: a third of each. */
  generation: Generation | 'mixed';
  /**
   * Reports per second, of all players together that report on their own (not the second generation). 0: only on
   * request. Undefined: once in `measureEveryMs` for each player, as real monitors do.
   */
  rate?: number | undefined;
  /** The measuring interval of the players' monitors. */
  measureEveryMs: number;
  groups: readonly string[];
  /** Ids are `<prefix>-0001` and so on. */
  prefix: string;
  /** The same seed creates the same players with the same random events. */
  seed: number;
  /** Faults of fielded players to leave out. */
  without: readonly Quirk[];
  /** Probability (0 to 1) that a command is executed but not answered. Library players always answer. */
  silent: number;
  /** Probability (0 to 1) that a command is neither executed nor answered. Not for library players. */
  ignore: number;
  /** Delay of answers, in ms. */
  slow: number;
  /** Probability (0 to 1) that a player loses its connection within a minute. Not for library players. */
  drop: number;
  /** Maximum error of a player's clock in either direction, in ms. */
  drift: number;
  /** Library players send a screenshot once they are registered. */
  pictures?: boolean;
  /** The players to simulate, instead of `devices` numbered ones. */
  cast?: readonly Part[];
}

export const defaultOptions = {
  generation: 'mixed',
  measureEveryMs: 30_000,
  groups: ['lobby', 'canteen', 'window'],
  prefix: 'sim',
  seed: 1,
  without: [],
  silent: 0,
  ignore: 0,
  slow: 0,
  drop: 0,
  drift: 0,
} as const satisfies Partial<SimulatorOptions>;

/** Totals since the start, except for `connected`. */
export interface SimulatorStats {
  devices: number;
  /** Currently registered. */
  connected: number;
  reports: number;
  commands: number;
  answered: number;
  /** `player:error` messages and failed connections. */
  errors: number;
  /** Players that were refused permanently and do not retry. */
  refused: number;
  /** Players that used up their reconnection attempts. */
  gaveUp: number;
  /** The last error. */
  lastError: string | null;
}
