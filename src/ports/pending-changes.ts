interface Pending<V> {
  /** The newest value that is durable. */
  durable: V;
  /** How many changes wait, and the number of the last one. */
  waiting: number;
  last: number;
}

/**
 * Takes changes back that were refused because they could not be stored: otherwise the pending write would make them
 * later. Several changes of one key may wait at once; what is put back is always a value that is durable.
 */
export class PendingChanges<V> {
  readonly #pending = new Map<string, Pending<V>>();

  /**
   * Settles like `stored`, the write of a change that was put already.
   * @param undo called with the last durable value, unless a later change of this key was put meanwhile
   */
  async settle(
    key: string,
    { was, is, stored }: { was: V; is: V; stored: Promise<void> },
    undo: (was: V) => void,
  ): Promise<void> {
    const pending = this.#pending.get(key) ?? { durable: was, waiting: 0, last: 0 };
    this.#pending.set(key, pending);
    pending.waiting++;
    const number = ++pending.last;
    try {
      await stored;
      pending.durable = is;
    } catch (error) {
      if (number === pending.last) undo(pending.durable);
      throw error;
    } finally {
      if (--pending.waiting === 0) this.#pending.delete(key);
    }
  }

  /** The value was withdrawn: while changes of the key wait, this one counts as durable instead. */
  withdraw(key: string, instead: V): void {
    const pending = this.#pending.get(key);
    if (pending) pending.durable = instead;
  }

  /** While a change of the key waits: the last durable value. */
  durable(key: string): V | undefined {
    return this.#pending.get(key)?.durable;
  }
}
