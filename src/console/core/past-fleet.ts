import { createSubscribers } from '../../client/subscribers.ts';
import type { DeviceDocument, VersionedDocument } from '../../protocol/document.ts';
import type { Clock } from './clock.tsx';
import { createFleet, type Fleet, type FleetSource } from './fleet.ts';
import type { Rest } from './rest.ts';

interface Page {
  devices: readonly { deviceId: string; version: number; document: DeviceDocument }[];
  cursor?: string;
  note?: string;
}

/** `loading`: the number of devices that have arrived. */
export interface PastStatus {
  loading?: number;
  error?: unknown;
  /** Changes of late are missing. */
  note?: string | undefined;
}

/** The fleet as it was at a time. */
export interface PastFleet {
  fleet: Fleet;
  /** Stands at the time that is shown. */
  clock: Clock;
  status(): PastStatus;
  onStatus(listener: () => void): () => void;
  /** Loads the documents of that time. A later call replaces an earlier one. */
  show(at: number): void;
  clear(): void;
}

const PAGE = 200;
const RETRY_MS = 5000;

export function createPastFleet(rest: Rest): PastFleet {
  const devices = new Map<string, VersionedDocument>();
  const listeners = new Set<Parameters<FleetSource['onChange']>[1]>();
  const statusListeners = createSubscribers<void>();
  const ticks = createSubscribers<void>();
  let shownAt = 0;
  let status: PastStatus = {};
  let running = new AbortController();
  let retry: ReturnType<typeof setTimeout> | undefined;

  function become(next: PastStatus): void {
    status = next;
    statusListeners.tell();
  }

  function put(page: ReadonlyMap<string, VersionedDocument>, isWhole: boolean): void {
    const gone = isWhole ? [...devices.keys()].filter((id) => !page.has(id)) : [];
    const changes = [...page.keys(), ...gone].map((deviceId) => {
      const before = devices.get(deviceId);
      const after = page.get(deviceId);
      if (after) devices.set(deviceId, after);
      else devices.delete(deviceId);
      return { deviceId, ...(before && { before }), ...(after && { after }) };
    });
    for (const listener of listeners) listener(changes);
  }

  function stop(): void {
    running.abort();
    clearTimeout(retry);
  }

  function moveTo(at: number): void {
    shownAt = at;
    ticks.tell();
  }

  async function load(at: number, { signal }: AbortController): Promise<void> {
    // The first screens appear at once; later times replace the whole picture, so that two never mix.
    const isFirst = devices.size === 0;
    if (isFirst) moveTo(at);
    const all = new Map<string, VersionedDocument>();
    let note: string | undefined;
    try {
      for (let cursor: string | undefined; ; ) {
        become({ loading: all.size });
        const page = await rest.get<Page>(
          '/fleet/state',
          { at: new Date(at).toISOString(), limit: PAGE, cursor },
          signal,
        );
        if (signal.aborted) return;
        const some = new Map(page.devices.map(({ deviceId, ...it }) => [deviceId, it]));
        for (const [id, it] of some) all.set(id, it);
        if (isFirst) put(some, false);
        note = page.note;
        cursor = page.cursor;
        if (cursor === undefined) break;
      }
      if (!isFirst) moveTo(at);
      put(all, true);
      become({ note });
    } catch (error) {
      if (signal.aborted) return;
      become({ error });
      retry = setTimeout(() => show(at), RETRY_MS);
    }
  }

  function show(at: number): void {
    stop();
    running = new AbortController();
    void load(at, running);
  }

  return {
    fleet: createFleet({
      devices,
      onChange(_scope, listener) {
        listeners.add(listener);
        return () => void listeners.delete(listener);
      },
    }),
    clock: { now: () => shownAt, set() {}, onTick: ticks.add },
    status: () => status,
    onStatus: statusListeners.add,
    show,
    clear() {
      stop();
      put(new Map(), true);
      become({});
    },
  };
}
