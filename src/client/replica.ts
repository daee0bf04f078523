import type { Update } from '../protocol/document.ts';
import type { Part, StreamMessage, Subscribed } from '../protocol/stream.ts';
import type { DeviceDocument, VersionedDocument } from './device.ts';
import { applyPatch } from './patch.ts';

/** A change of one device. Without `before`, the device is new; without `after`, it was removed. */
export interface Change {
  deviceId: string;
  before?: VersionedDocument;
  after?: VersionedDocument;
}

/** `fault`: messages are missing or do not fit; a new subscription repairs the copy. */
export interface Outcome {
  changes: Change[];
  fault?: true;
}

export interface Replica {
  readonly devices: ReadonlyMap<string, VersionedDocument>;
  /** Cursor of the last message that was applied; undefined: the next subscription must request whole documents. */
  readonly cursor: string | undefined;
  subscribed(answer: Subscribed): Outcome;
  /** Adds further documents of the same subscription. */
  add(part: Part): Outcome;
  received(message: StreamMessage): Outcome;
}

/**
 * A copy of the server's documents, updated from the stream alone (A1, S3). Documents are immutable and are replaced.
 */
export function createReplica(): Replica {
  const devices = new Map<string, VersionedDocument>();
  let place: string | undefined;
  /**
   * The devices received so far in a subscription that is not complete. All others are from an earlier subscription.
   */
  let arrived: Set<string> | undefined;

  function add({ devices: documents, more }: Part): Outcome {
    const changes: Change[] = [];
    for (const it of documents as readonly VersionedDocument[]) {
      const { id } = it.document;
      arrived?.add(id);
      const before = devices.get(id);
      // A version identifies one content (D1): the same version is the same document, so views need not update.
      if (before?.version === it.version) continue;
      devices.set(id, it);
      changes.push({ deviceId: id, ...(before ? { before } : {}), after: it });
    }
    if (more > 0) return { changes };
    for (const [deviceId, before] of devices) {
      if (!arrived || arrived.has(deviceId)) continue;
      devices.delete(deviceId);
      changes.push({ deviceId, before });
    }
    arrived = undefined;
    return { changes };
  }

  function take(updates: readonly Update[], next: string): Outcome {
    const changes = new Map<string, Change>();
    let fault = false;
    for (const update of updates) {
      if (arrived && !arrived.has(update.deviceId)) {
        // The document will still arrive, with this patch already applied.
        if ('patch' in update) continue;
        arrived.add(update.deviceId);
      }
      const before = devices.get(update.deviceId);
      const after = afterOf(update, before);
      if (after === 'broken') {
        fault = true;
        break;
      }
      if (after) devices.set(update.deviceId, after);
      else devices.delete(update.deviceId);
      const first = changes.get(update.deviceId);
      const was = first ? first.before : before;
      changes.set(update.deviceId, {
        deviceId: update.deviceId,
        ...(was ? { before: was } : {}),
        ...(after ? { after } : {}),
      });
    }
    // After a fault, the copy has no position in the stream; only whole documents repair it.
    place = fault ? undefined : next;
    const seen = [...changes.values()].filter((it) => it.before || it.after);
    return fault ? { changes: seen, fault } : { changes: seen };
  }

  return {
    devices,
    get cursor() {
      return arrived ? undefined : place;
    },
    subscribed(answer) {
      if (answer.resumed) return take(answer.updates, answer.cursor);
      place = answer.cursor;
      arrived = new Set();
      return add(answer);
    },
    add,
    received({ cursor: next, updates }) {
      if (place === undefined || stepBetween(place, next) !== (updates.length > 0 ? 1 : 0)) {
        return { changes: [], fault: true };
      }
      return take(updates, next);
    },
  };
}

function afterOf(update: Update, before: VersionedDocument | undefined): VersionedDocument | undefined | 'broken' {
  const { version } = update;
  if ('deleted' in update) return undefined;
  if ('document' in update) return { version, document: update.document as DeviceDocument };
  if (!before || version !== before.version + 1) return 'broken';
  try {
    return { version, document: applyPatch(before.document, update.patch) };
  } catch {
    return 'broken';
  }
}

/** Number of messages between two cursors; undefined if they belong to different streams. */
function stepBetween(from: string, to: string): number | undefined {
  const [stream, last] = split(from);
  const [sameStream, now] = split(to);
  return stream === sameStream ? now - last : undefined;
}

function split(cursor: string): [string, number] {
  const dot = cursor.lastIndexOf('.');
  return [cursor.slice(0, dot), Number(cursor.slice(dot + 1))];
}
