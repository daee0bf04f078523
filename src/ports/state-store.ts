/**
 * Stores what must survive the process: small JSON records in named collections.
 *
 * `put` never blocks: it adds to the open batch. `committed` resolves once everything put before it survives a crash of
 * this process, so that callers publish only durable facts. Both preserve the order of calls.
 */
export interface StateStore {
  /**
   * All records of a collection, in no particular order. Limited to pending and recent commands and those whose result
   * is not acknowledged, open alerts, pending deliveries, and open and recent rollouts. If other processes write to the same
   * database, their records are included as of the time of the call.
   */
  load<T>(collection: Collection): Promise<Map<string, T>>;
  /**
   * Reads from storage what may be too old to be in memory: the record with this key, or all commands of a bulk
   * request.
   */
  find<T>(collection: Collection, name: string): Promise<T[]>;
  /** The records with these keys, and what is put of them but not written yet. */
  pick<T>(collection: Pickable, keys: readonly string[]): Promise<Map<string, T>>;
  /** Replaces a record; `undefined` removes it. The value must not be modified afterwards. */
  put(collection: Collection, key: string, value: unknown): void;
  /** Resolves when everything put so far is written. Rejects if writing fails; the store then keeps retrying. */
  committed(): Promise<void>;
  /** Whether the store was closed properly the last time. If not, the last puts may be missing. */
  readonly cleanStart: boolean;
  /**
   * Call this after an improper stop, once everything that may be missing is accounted for. Otherwise the next start is
   * not clean either.
   */
  recovered(): void;
  /**
   * Whether the store was ever closed improperly (see `Incarnations`) or was restored from a backup. If so, a key without a
   * record may once have had one.
   */
  readonly mayHaveLost: boolean;
  /** False while writes fail or hang; `/readyz` reports it. */
  readonly healthy: boolean;
  /** Records waiting to be written. Only the last value of a key waits. */
  readonly backlog: number;
  /** Records dropped because the database rejected their content. */
  readonly dropped: number;
  /** Writes the backlog and marks the store as closed properly. */
  close(): Promise<void>;
}

/** Collections of which single records are read again and again. */
export type Pickable = 'device-tokens';

export type Collection =
  | 'devices'
  | 'commands'
  | 'tokens'
  | 'token-uses'
  | 'device-tokens'
  | 'fleet-tokens'
  | 'blocks'
  | 'policies'
  | 'desired'
  | 'alerts'
  | 'alert-acts'
  | 'alert-mutes'
  | 'alert-notifications'
  | 'channels'
  | 'webhooks'
  | 'webhook-health'
  | 'webhook-deliveries'
  | 'schedules'
  | 'schedule-runs'
  | 'rollouts'
  | 'rollout-orders'
  | 'rollout-targets'
  | 'views'
  | 'sessions'
  | 'session-uses'
  | 'pairings';
