import type { Admin, Change } from '../../client/admin.ts';
import { createSubscribers } from '../../client/subscribers.ts';
import type { VersionedDocument } from '../../protocol/document.ts';

export type Changes = ReadonlyMap<string, Change>;

/** The live copy for views: changes are gathered and told at most once a frame, each device's to who shows it. */
export interface Fleet {
  readonly devices: ReadonlyMap<string, VersionedDocument>;
  /** Some documents to show until the live copy is here. */
  preview(documents: readonly VersionedDocument[]): void;
  onDevice(id: string, listener: () => void): () => void;
  /** Of each device its state before the gathered changes and after them. */
  onFlush(listener: (changes: Changes) => void): () => void;
}

/** A page that nobody sees gets no frames. */
const HIDDEN_MS = 500;

export function createFleet(admin: Admin): Fleet {
  const byDevice = new Map<string, Set<() => void>>();
  const toAll = createSubscribers<Changes>();
  let gathered = new Map<string, Change>();
  let preview: Map<string, VersionedDocument> | undefined;

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

  admin.onChange({ all: true }, (changes) => {
    const shown = preview;
    preview = undefined;
    if (!shown) return gather(changes);
    // What was shown before is what each device was; what is not there any more has gone.
    for (const [deviceId, before] of shown) if (!admin.devices.has(deviceId)) gather([{ deviceId, before }]);
    gather(changes.map((it) => ({ ...it, ...beforeOf(shown.get(it.deviceId)) })));
  });

  return {
    get devices() {
      return preview ?? admin.devices;
    },
    preview(documents) {
      if (admin.devices.size > 0 || documents.length === 0) return;
      const shown = preview ?? new Map<string, VersionedDocument>();
      const changes = documents.map((after) => ({
        deviceId: after.document.id,
        after,
        ...beforeOf(shown.get(after.document.id)),
      }));
      preview = new Map([...shown, ...documents.map((it) => [it.document.id, it] as const)]);
      gather(changes);
    },
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

const beforeOf = (before: VersionedDocument | undefined) => (before ? { before } : {});

function merge(first: Change, { deviceId, after }: Change): Change {
  return { deviceId, ...(first.before && { before: first.before }), ...(after && { after }) };
}
