import { callSafely } from './errors.ts';

/** A set of listeners. The same function may be added several times; each addition is removed separately. */
export function createSubscribers<T>(): { add(listener: (it: T) => void): () => void; tell(it: T): void } {
  const all = new Set<(it: T) => void>();
  return {
    add(listener) {
      const own = (it: T) => listener(it);
      all.add(own);
      return () => void all.delete(own);
    },
    tell(it) {
      for (const listener of [...all]) callSafely(() => listener(it));
    },
  };
}
