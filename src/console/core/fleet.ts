import type { Admin, Change } from '../../client/admin.ts';
import { createSubscribers } from '../../client/subscribers.ts';
import type { VersionedDocument } from '../../protocol/document.ts';

export type Changes = ReadonlyMap<string, Change>;

/**
 * The live copy of the fleet for views. Changes are batched, at most once per animation frame, and delivered to the
 * views of the changed devices.
 */
export interface Fleet {
  readonly devices: ReadonlyMap<string, VersionedDocument>;
  onDevice(id: string, listener: () => void): () => void;
  /** The changes contain each device's state before and after the batch. */
  onFlush(listener: (changes: Changes) => void): () => void;
}

/** Hidden pages get no animation frames. */
const HIDDEN_MS = 500;

/** Where the documents and their changes come from. */
export type FleetSource = Pick<Admin, 'devices' | 'onChange'>;

export function createFleet(admin: FleetSource): Fleet {
  const byDevice = new Map<string, Set<() => void>>();
  const toAll = createSubscribers<Changes>();
  let gathered = new Map<string, Change>();

  function flush(): void {
    const changes = gathered;
    gathered = new Map();
    toAll.tell(changes);
    for (const id of changes.keys()) for (const listener of [...(byDevice.get(id) ?? [])]) listener();
  }

  function gather(changes: readonly Change[]): void {
    if (gathered.size === 0 && changes.length > 0) {
      if (document.hidden) setTimeout(flush, HIDDEN_MS);
      else requestAnimationFrame(flush);
    }
    for (const change of changes) {
      const first = gathered.get(change.deviceId);
      gathered.set(change.deviceId, first ? merge(first, change) : change);
    }
  }

  admin.onChange({ all: true }, gather);

  return {
    devices: admin.devices,
    onDevice(id, listener) {
      const listeners = byDevice.get(id) ?? new Set();
      byDevice.set(id, listeners.add(listener));
      return () => {
        listeners.delete(listener);
        if (listeners.size === 0 && byDevice.get(id) === listeners) byDevice.delete(id);
      };
    },
    onFlush: toAll.add,
  };
}

function merge(first: Change, { deviceId, after }: Change): Change {
  return { deviceId, ...(first.before && { before: first.before }), ...(after && { after }) };
}
