import type { Collection, StateStore } from '../../ports/state-store.ts';

export interface MemoryStateStore extends StateStore {
  /** The store as the next process would find it: only committed data, with `cleanStart` only after `close`. */
  crash(): MemoryStateStore;
}

/** For tests. Stores JSON, as real stores do, so that nothing comes to depend on shared objects. */
export function createMemoryStateStore(): MemoryStateStore {
  return storeOver(new Map(), { cleanStart: true, mayHaveLost: false });
}

type Records = Map<Collection, Map<string, string>>;

type Past = Pick<StateStore, 'cleanStart' | 'mayHaveLost'>;

function storeOver(written: Records, past: Past): MemoryStateStore {
  let hasRecovered = past.cleanStart;
  let open: [Collection, string, unknown][] = [];
  let closed = false;

  const write = () => {
    for (const [collection, key, value] of open) {
      const records = written.get(collection) ?? new Map<string, string>();
      written.set(collection, records);
      if (value === undefined) records.delete(key);
      else records.set(key, JSON.stringify(value));
    }
    open = [];
  };

  return {
    ...past,
    healthy: true,
    backlog: 0,
    dropped: 0,
    async load<T>(collection: Collection): Promise<Map<string, T>> {
      return new Map([...(written.get(collection) ?? [])].map(([key, json]) => [key, JSON.parse(json) as T]));
    },
    async find<T>(collection: Collection, name: string): Promise<T[]> {
      const records = [...(written.get(collection) ?? [])];
      return records.flatMap(([key, json]) => {
        const record = JSON.parse(json);
        return key === name || (collection === 'commands' && record.batch === name) ? (record as T) : [];
      });
    },
    async pick<T>(collection: Collection, keys: readonly string[]): Promise<Map<string, T>> {
      const newer = new Map(open.flatMap(([name, key, value]) => (name === collection ? [[key, value]] : [])));
      const stored = written.get(collection);
      return new Map(
        keys.flatMap((key) => {
          const json = stored?.get(key);
          const record = newer.has(key) ? newer.get(key) : json === undefined ? undefined : JSON.parse(json);
          return record === undefined ? [] : [[key, record as T]];
        }),
      );
    },
    put(collection, key, value) {
      if (closed) return;
      if (open.push([collection, key, value]) === 1) queueMicrotask(write);
    },
    async committed() {
      if (closed) throw new Error('The store is closed.');
      await undefined;
    },
    async close() {
      write();
      closed = true;
    },
    recovered() {
      hasRecovered = true;
    },
    crash() {
      const kept: Records = new Map([...written].map(([collection, records]) => [collection, new Map(records)]));
      return storeOver(kept, { cleanStart: closed && hasRecovered, mayHaveLost: past.mayHaveLost || !closed });
    },
  };
}
