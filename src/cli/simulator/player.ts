import type { Generation, SimulatorOptions } from './options.ts';
import type { Quirk } from './quirks.ts';
import type { Scheduler } from './scheduler.ts';
import type { Counts } from './tally.ts';

/** What all players of a fleet share. */
export interface Fleet {
  options: SimulatorOptions;
  scheduler: Scheduler;
  counts: Counts;
  has(quirk: Quirk): boolean;
}

/** A screen with its connection, as the fleet steers it. */
export interface SimulatedPlayer {
  readonly generation: Generation;
  readonly registered: boolean;
  connect(): void;
  /** Measures, and sends its state if it is registered. Undefined: it never reports by itself. */
  report?(): void;
  /** Loses its connection, and comes back as the client does. The library lets nobody cut what it keeps up. */
  drop?(): void;
  /** Resolves when the connection is closed. */
  close(): Promise<void>;
}
