import type { StateStore } from './state-store.ts';

/**
 * For what is held in memory and stored, where others write to the store, too: what is read is taken in only if nothing was
 * written here meanwhile, for that is newer.
 */
export class WriteCount {
  #writes = 0;

  /** Something was put. */
  written(): void {
    this.#writes++;
  }

  /** What is stored, with all that was written here. */
  async read<T>(store: Pick<StateStore, 'committed'>, load: () => Promise<T>): Promise<T> {
    for (;;) {
      const writes = this.#writes;
      await store.committed();
      const stored = await load();
      if (writes === this.#writes) return stored;
    }
  }
}
