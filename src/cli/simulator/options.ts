export type Generation = '1' | '2';

export interface SimulatorOptions {
  /** The server, e.g. `http://localhost:3001`. */
  url: string;
  /** The fleet's enrolment token. */
  token: string;
  devices: number;
  generation: Generation | 'mixed';
  /** Reports a second, of all players of the first generation together; 0: they report only when asked. */
  rate: number;
  groups: readonly string[];
  /** Ids are `<prefix>-0001` and so on. */
  prefix: string;
  /** The same seed gives the same players, who take the same chances. */
  seed: number;
  /** Chance that a command is carried out, but not answered: 0 to 1. */
  silent: number;
  /** Chance that a command is not even carried out (nor answered): 0 to 1. */
  ignore: number;
  /** Milliseconds between a command and its answer. */
  slow: number;
  /** Chance that a player loses its connection within a minute: 0 to 1. */
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
