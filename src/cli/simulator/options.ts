/** The two in the field, and players that are built with our own library. */
export const generations = ['1', '2', 'library'] as const;
export type Generation = (typeof generations)[number];
export type FieldedGeneration = Exclude<Generation, 'library'>;

export interface SimulatorOptions {
  /** The server, e.g. `http://localhost:3001`. */
  url: string;
  /** The fleet's enrolment token. */
  token: string;
  devices: number;
  /** `mixed`: a third each. */
  generation: Generation | 'mixed';
  /** Reports a second, of all players together that report by themselves (not the second generation); 0: only when asked. */
  rate: number;
  groups: readonly string[];
  /** Ids are `<prefix>-0001` and so on. */
  prefix: string;
  /** The same seed gives the same players, who take the same chances. */
  seed: number;
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
  /** Each shows a screenshot as soon as it is there, unasked. */
  pictures?: boolean;
}

/** Players without faults, which report every ten seconds. */
export const defaultOptions = {
  generation: 'mixed',
  groups: ['lobby', 'canteen', 'window'],
  prefix: 'sim',
  seed: 1,
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
  /** The last of them. */
  lastError: string | null;
}
