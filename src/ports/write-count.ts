import type { StateStore } from './state-store.ts';

/**
 * For data that is cached in memory while other processes write to the same store. A read is repeated if this process
 * wrote meanwhile, because its result would be outdated.
 */
export class WriteCount {
  #writes = 0;

  /** Call after each put. */
  written(): void {
    this.#writes++;
  }

  /** The stored data, including all writes of this process. */
  async read<T>(store: Pick<StateStore, 'committed'>, load: () => Promise<T>): Promise<T> {
    for (;;) {
      const writes = this.#writes;
      await store.committed();
      const stored = await load();
      if (writes === this.#writes) return stored;
    }
  }
}
