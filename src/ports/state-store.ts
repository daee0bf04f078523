/**
 * What must outlive the process: small JSON records in named collections.
 *
 * `put` never waits: it adds to the open group of writes. `committed` resolves once everything put before it is safe
 * from a crash of this process, so that callers can tell the world only what will still be true after it.
 * Both keep their order.
 */
export interface StateStore {
  /** Every record of a collection, in no particular order. Called once, before the first `put`. */
  load<T>(collection: Collection): Promise<Map<string, T>>;
  /** Replaces a record; `undefined` removes it. The value must not be changed afterwards. */
  put(collection: Collection, key: string, value: unknown): void;
  /** Resolves when all that was put so far is written; rejects when it could not be. */
  committed(): Promise<void>;
  /** Was the store closed properly the last time? If not, what was put in the last moments may be missing. */
  readonly cleanStart: boolean;
  /** False while writes fail; the instance then says so on `/readyz`. */
  readonly healthy: boolean;
  /** Writes what is left and marks the store as properly closed. */
  close(): Promise<void>;
}

export type Collection = 'devices' | 'commands' | 'tokens' | 'device-tokens';
