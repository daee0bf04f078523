import type { MemoryStateStore } from '../../src/adapters/memory/state-store.ts';
import type { StoredDevice } from '../../src/fleet/device-context.ts';
import type { LedgerEntry } from '../../src/fleet/ledger-entry.ts';
import type { Collection } from '../../src/ports/state-store.ts';

/** The database of a simulated cluster. */
export interface SharedStore {
  /** The store of one process. */
  open(): MemoryStateStore;
  read<T>(collection: Collection, key: string): T | undefined;
}

export function sharedStore(): SharedStore {
  const written = new Map<Collection, Map<string, string>>();
  const recordsOf = (collection: Collection) => {
    const records = written.get(collection) ?? new Map<string, string>();
    written.set(collection, records);
    return records;
  };
  const write = (collection: Collection, key: string, value: unknown) => {
    const records = recordsOf(collection);
    const known = records.get(key);
    if (value === undefined) records.delete(key);
    else if (known === undefined || isLater(collection, JSON.parse(known), value)) {
      records.set(key, JSON.stringify(value));
    }
  };

  function open(): MemoryStateStore {
    let waiting: [Collection, string, unknown][] = [];
    let isOpen = true;
    const writeAll = () => {
      for (const put of waiting) write(...put);
      waiting = [];
    };
    return {
      cleanStart: true,
      mayHaveLost: false,
      healthy: true,
      backlog: 0,
      dropped: 0,
      recovered() {},
      async load<T>(collection: Collection) {
        return new Map([...recordsOf(collection)].map(([key, json]) => [key, JSON.parse(json) as T]));
      },
      async find<T>(collection: Collection, name: string) {
        return [...recordsOf(collection)].flatMap(([key, json]) => {
          const record = JSON.parse(json);
          return key === name || (collection === 'commands' && record.batch === name) ? (record as T) : [];
        });
      },
      async pick<T>(collection: Collection, keys: readonly string[]) {
        const records = recordsOf(collection);
        return new Map(
          keys.flatMap((key) => {
            const json = records.get(key);
            return json === undefined ? [] : [[key, JSON.parse(json) as T]];
          }),
        );
      },
      put(...put) {
        if (isOpen && waiting.push(put) === 1) queueMicrotask(writeAll);
      },
      async committed() {
        await undefined;
      },
      async close() {
        writeAll();
        isOpen = false;
      },
      crash() {
        waiting = [];
        isOpen = false;
        return open();
      },
    };
  }

  return {
    open,
    read<T>(collection: Collection, key: string) {
      const json = recordsOf(collection).get(key);
      return json === undefined ? undefined : (JSON.parse(json) as T);
    },
  };
}

/** The rules of the tables: no version goes back, and the first ending of a command counts. */
function isLater(collection: Collection, known: unknown, value: unknown): boolean {
  if (collection === 'devices') return versionOf(value as StoredDevice) >= versionOf(known as StoredDevice);
  if (collection !== 'commands') return true;
  const [was, is] = [known as LedgerEntry, value as LedgerEntry];
  if (was.record.endedAt === undefined)
    return was.record.attempts === 0 || !['undelivered', 'cancelled'].includes(is.record.status);
  return was.record.endedAt === is.record.endedAt && was.record.status === is.record.status && (!was.told || is.told);
}

const versionOf = (device: StoredDevice) => ('removedAt' in device ? device.removedAt : device.version);
