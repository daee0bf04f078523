import { createSubscribers } from '../../client/subscribers.ts';
import type { DeviceDocument, VersionedDocument } from '../../protocol/document.ts';
import type { Fleet } from './fleet.ts';
import { type ScreenStatus, screenStatuses, screenStatusOf } from './screen-status.ts';

/** Counts over the fleet, updated incrementally. */
export interface Census {
  devices: number;
  screenStatuses: Readonly<Record<ScreenStatus, number>>;
  pending: number;
  /** Sorted, with the number of devices; devices without a group are not included. */
  groups: readonly (readonly [string, number])[];
  /** `key=value`, sorted. */
  labels: readonly string[];
}

export interface CensusStore {
  get(): Census;
  subscribe(listener: () => void): () => void;
}

export function createCensus(fleet: Fleet): CensusStore {
  const counts = Object.fromEntries(screenStatuses.map((it) => [it, 0])) as Record<ScreenStatus, number>;
  const groups = new Map<string, number>();
  const labels = new Map<string, number>();
  const listeners = createSubscribers<void>();
  let pending = 0;
  let current: Census | undefined;

  function add(document: DeviceDocument, sign: 1 | -1): void {
    counts[screenStatusOf(document)] += sign;
    pending += sign * Object.keys(document.commands).length;
    if (document.group !== null) count(groups, document.group, sign);
    for (const [key, value] of Object.entries(document.labels)) count(labels, `${key}=${value}`, sign);
  }

  function change(before: VersionedDocument | undefined, after: VersionedDocument | undefined): void {
    if (before) add(before.document, -1);
    if (after) add(after.document, 1);
  }

  for (const it of fleet.devices.values()) change(undefined, it);
  fleet.onFlush((changes) => {
    for (const { before, after } of changes.values()) change(before, after);
    const next = take();
    if (current && isSame(current, next)) return;
    current = next;
    listeners.tell();
  });

  function take(): Census {
    return {
      devices: fleet.devices.size,
      screenStatuses: { ...counts },
      pending,
      groups: [...groups].sort(([a], [b]) => a.localeCompare(b, undefined, { numeric: true })),
      labels: [...labels.keys()].sort(),
    };
  }

  return {
    get() {
      current ??= take();
      return current;
    },
    subscribe: listeners.add,
  };
}

function count(map: Map<string, number>, key: string, sign: 1 | -1): void {
  const next = (map.get(key) ?? 0) + sign;
  if (next > 0) map.set(key, next);
  else map.delete(key);
}

const isSame = (a: Census, b: Census) =>
  a.devices === b.devices &&
  a.pending === b.pending &&
  screenStatuses.every((it) => a.screenStatuses[it] === b.screenStatuses[it]) &&
  a.groups.length === b.groups.length &&
  a.groups.every(([name, size], i) => b.groups[i]?.[0] === name && b.groups[i]?.[1] === size) &&
  a.labels.join() === b.labels.join();
