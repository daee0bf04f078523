import type { Update, VersionedDocument } from '../protocol/document.ts';
import type { Part, StreamMessage, Subscribed } from '../protocol/stream.ts';
import { applyPatch } from './patch.ts';

/** What became of one device: new without `before`, gone without `after`. */
export interface Change {
  deviceId: string;
  before?: VersionedDocument;
  after?: VersionedDocument;
}

/** `fault`: messages are missing, or do not fit; a new subscription heals it. */
export interface Outcome {
  changes: Change[];
  fault?: true;
}

export interface Replica {
  readonly devices: ReadonlyMap<string, VersionedDocument>;
  /** Of the last message that fitted; none: only whole documents help. */
  readonly cursor: string | undefined;
  subscribed(answer: Subscribed): Outcome;
  /** More documents of the same subscription. */
  add(part: Part): Outcome;
  received(message: StreamMessage): Outcome;
}

/** A copy of the server's documents, kept by the stream alone (A1, S3). Its documents are never changed, only replaced. */
export function createReplica(): Replica {
  const devices = new Map<string, VersionedDocument>();
  let place: string | undefined;
  /** While documents are to come yet: of which devices they came. The others are of a subscription before. */
  let arrived: Set<string> | undefined;

  function add({ devices: documents, more }: Part): Outcome {
    const changes: Change[] = [];
    for (const it of documents) {
      const { id } = it.document;
      arrived?.add(id);
      const before = devices.get(id);
      // A version is given once (D1): the same one is the same document, and views need not draw it again.
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
        // Its document is to come yet, with this patch in it.
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
    // A copy that went wrong has no place in the stream any more: only whole documents heal it.
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
  if ('document' in update) return { version, document: update.document };
  if (!before || version !== before.version + 1) return 'broken';
  try {
    return { version, document: applyPatch(before.document, update.patch) };
  } catch {
    return 'broken';
  }
}

/** How many messages further; undefined where the two are of different streams. */
function stepBetween(from: string, to: string): number | undefined {
  const [stream, last] = split(from);
  const [sameStream, now] = split(to);
  return stream === sameStream ? now - last : undefined;
}

function split(cursor: string): [string, number] {
  const dot = cursor.lastIndexOf('.');
  return [cursor.slice(0, dot), Number(cursor.slice(dot + 1))];
}
