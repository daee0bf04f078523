import type { Part } from './cast.ts';
import type { Quirk } from './quirks.ts';

/** The two in the field, and players that are built with our own library. */
export const generations = ['first', 'second', 'library'] as const;
export type Generation = (typeof generations)[number];

export interface SimulatorOptions {
  /** The server, e.g. `http://localhost:3001`. */
  url: string;
  /** The fleet's enrolment token. */
  token: string;
  devices: number;
  /** `mixed`: a third each. */
  generation: Generation | 'mixed';
  /**
   * Reports a second, of all players together that report by themselves (not the second generation); 0: only when
   * asked. Undefined: as their monitors do, each once in `measureEveryMs`.
   */
  rate?: number | undefined;
  /** The interval of the players' monitors. */
  measureEveryMs: number;
  groups: readonly string[];
  /** Ids are `<prefix>-0001` and so on. */
  prefix: string;
  /** The same seed gives the same players, who take the same chances. */
  seed: number;
  /** Quirks of fielded players that these do not have. */
  without: readonly Quirk[];
  /** Chance that a command is carried out, but not answered: 0 to 1. A player of the library always answers. */
  silent: number;
  /** Chance that a command is not even carried out (nor answered): 0 to 1. Not by a player of the library. */
  ignore: number;
  /** Milliseconds between a command and its answer. */
  slow: number;
  /** Chance that a player loses its connection within a minute: 0 to 1. A player of the library keeps its own. */
  drop: number;
  /** A player's clock is wrong by up to so many milliseconds, either way. */
  drift: number;
  /** Library players send a screenshot as soon as they are registered. */
  pictures?: boolean;
  /** Who takes part, instead of `devices` players by number. */
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

/** Counts since the start, but for `connected`. */
export interface SimulatorStats {
  devices: number;
  /** Registered right now. */
  connected: number;
  reports: number;
  commands: number;
  answered: number;
  /** `player:error` messages, and connections that failed. */
  errors: number;
  /** Players that were refused for good, and do not try again. */
  refused: number;
  /** Players that tried to reconnect as often as they do, and do not try again. */
  gaveUp: number;
  /** The last error. */
  lastError: string | null;
}
