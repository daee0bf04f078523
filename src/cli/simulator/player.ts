import type { Generation, SimulatorOptions } from './options.ts';
import type { Quirk } from './quirks.ts';
import type { Scheduler } from './scheduler.ts';
import type { Counts } from './tally.ts';

/** Shared by all players of a fleet. */
export interface Fleet {
  options: SimulatorOptions;
  scheduler: Scheduler;
  counts: Counts;
  has(quirk: Quirk): boolean;
}

/** A screen with its connection, controlled by the simulator. */
export interface SimulatedPlayer {
  readonly generation: Generation;
  readonly registered: boolean;
  connect(): void;
  /** Measures, and sends the state if the player is registered. Undefined: it does not report on its own. */
  report?(): void;
  /**
   * Loses its connection and reconnects as the client does. Undefined for library players, which control their
   * connection.
   */
  drop?(): void;
  /** Resolves when the connection is closed. */
  close(): Promise<void>;
}
