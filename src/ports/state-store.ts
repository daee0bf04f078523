/**
 * What must outlive the process: small JSON records in named collections.
 *
 * `put` never waits: it adds to the open group of writes. `committed` resolves once everything put before it is safe
 * from a crash of this process, so that callers can tell the world only what will still be true after it.
 * Both keep their order.
 */
export interface StateStore {
  /**
   * Every record of a collection (of commands: the pending, the lately ended, and those whose asker is still to be told; of
   * alerts: those that are not settled; of deliveries: those that are pending), in no particular order. Again where other processes write, too: what is stored by
   * then.
   */
  load<T>(collection: Collection): Promise<Map<string, T>>;
  /**
   * What goes by that name, read from where it lies: the record of that key, or, of commands, those of a request for many.
   * For what is too old to be held in memory.
   */
  find<T>(collection: Collection, name: string): Promise<T[]>;
  /** Replaces a record; `undefined` removes it. The value must not be changed afterwards. */
  put(collection: Collection, key: string, value: unknown): void;
  /** Resolves when all that was put so far is written; rejects when it could not be. It is then tried again. */
  committed(): Promise<void>;
  /** Was the store closed properly the last time? If not, what was put in the last moments may be missing. */
  readonly cleanStart: boolean;
  /** Was it ever not closed properly (see `Lives`), or is it a restored backup? Then a key that it holds nothing of may have had a record. */
  readonly mayHaveLost: boolean;
  /** False while writes fail, or do not end; the instance then says so on `/readyz`. */
  readonly healthy: boolean;
  /** Records that wait to be written. Of a key only the last value waits. */
  readonly backlog: number;
  /** Records that were given up: the database refuses what they hold. */
  readonly dropped: number;
  /** Writes what is left and marks the store as properly closed. */
  close(): Promise<void>;
}

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
  | 'webhooks'
  | 'webhook-health'
  | 'webhook-deliveries';
