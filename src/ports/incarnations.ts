/**
 * Tracks which processes have the database open. A process that ends without closing it may have lost its last writes.
 * A key without a record may then still have had published values.
 */
export interface Incarnations {
  /** Whether the database was closed properly the last time. */
  readonly cleanStart: boolean;
  /** Whether it was ever closed improperly, as far as is known, or was restored from a backup. */
  readonly mayHaveLost: boolean;
  /** Checks all registered processes and removes those that are `gone`. An `unknown` process may be alive or gone. */
  removeGone(statusOf: (instance: string, since: number) => 'alive' | 'gone' | 'unknown'): Promise<void>;
  /** Registers this process again, in case others removed it as gone. */
  register(): Promise<void>;
  /** All that an earlier process may have lost is accounted for: versions have advanced past it. */
  recovered(): void;
  /** Records that this process closes properly. After an improper stop only if it has `recovered`, so that the next one does. */
  end(): Promise<void>;
}
