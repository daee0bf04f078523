import { useEffect, useMemo, useState, useSyncExternalStore } from 'react';
import { createSubscribers } from '../../client/subscribers.ts';
import type { DeviceDocument } from '../../protocol/document.ts';
import { searchFor } from '../../protocol/search.ts';
import type { Fleet } from './fleet.ts';
import { useSession } from './session.tsx';
import { type Standing, standingOf, standings } from './standing.ts';

/** Which devices, as pages have it in their address. Empty: all. */
export interface Filter {
  q: string;
  standings: readonly Standing[];
  group: string;
  /** `key=value` */
  label: string;
}

export const sorts = ['trouble', 'name', 'group', 'since'] as const;
export type Sort = (typeof sorts)[number];

export function filterOf(params: URLSearchParams): Filter {
  const status = (params.get('status') ?? '').split(',');
  return {
    q: params.get('q') ?? '',
    standings: standings.filter((it) => status.includes(it)),
    group: params.get('group') ?? '',
    label: params.get('label') ?? '',
  };
}

export const isEmptyFilter = (it: Filter) => it.q === '' && it.standings.length === 0 && !it.group && !it.label;

/** What a list needs of a device, made once for each of its documents. */
interface Entry {
  id: string;
  document: DeviceDocument;
  standing: Standing;
  rank: number;
  since: number;
  name: string;
  group: string;
  labels: Readonly<Record<string, string>>;
}

/** Order and choice follow the fleet at this pace: rows that move all the time cannot be read. */
const PACE_MS = 1000;
/** A fleet that is still coming is not read yet. */
const ARRIVAL_PACE_MS = 250;

interface Listing {
  get(): readonly string[];
  subscribe(listener: () => void): () => void;
  ask(filter: Filter, sort: Sort): void;
  stop(): void;
}

function createListing(fleet: Fleet, firstFilter: Filter, firstSort: Sort): Listing {
  const entries = new Map<string, Entry>();
  const listeners = createSubscribers<void>();
  let fits = matcher(firstFilter);
  let compare = orders[firstSort];
  let ids: readonly string[] = [];
  let timer: ReturnType<typeof setTimeout> | undefined;
  let madeAt = 0;

  function make(): void {
    clearTimeout(timer);
    timer = undefined;
    madeAt = performance.now();
    const found: Entry[] = [];
    for (const entry of entries.values()) if (fits(entry)) found.push(entry);
    const next = found.sort(compare).map((it) => it.id);
    if (next.length === ids.length && next.every((id, i) => id === ids[i])) return;
    ids = next;
    listeners.tell();
  }

  for (const { document } of fleet.devices.values()) entries.set(document.id, entryOf(document));
  make();

  const stop = fleet.onFlush((changes) => {
    let matters = false;
    let isGrowing = false;
    for (const { deviceId, after } of changes.values()) {
      const before = entries.get(deviceId);
      const entry = after && entryOf(after.document);
      if (entry) entries.set(deviceId, entry);
      else entries.delete(deviceId);
      isGrowing ||= !before;
      matters ||= before && entry ? fits(before) !== fits(entry) || compare(before, entry) !== 0 : before !== entry;
    }
    if (!matters || timer) return;
    const wait = Math.max(0, (isGrowing ? ARRIVAL_PACE_MS : PACE_MS) - (performance.now() - madeAt));
    // The first devices are not waited for.
    if (ids.length === 0) make();
    else timer = setTimeout(make, wait);
  });

  return {
    get: () => ids,
    subscribe: listeners.add,
    ask(filter, sort) {
      fits = matcher(filter);
      compare = orders[sort];
      make();
    },
    stop() {
      clearTimeout(timer);
      stop();
    },
  };
}

/** The ids of the devices that fit, in order; live. */
export function useListing(filter: Filter, sort: Sort): readonly string[] {
  const { fleet } = useSession();
  const [listing, setListing] = useState<Listing>();
  const key = JSON.stringify([filter, sort]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: `key` stands for both
  const asked = useMemo(() => ({ filter, sort }), [key]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: later questions are asked of the same listing
  useEffect(() => {
    const made = createListing(fleet, asked.filter, asked.sort);
    setListing(made);
    return made.stop;
  }, [fleet]);
  useEffect(() => listing?.ask(asked.filter, asked.sort), [listing, asked]);
  return useSyncExternalStore(listing?.subscribe ?? never, listing?.get ?? none);
}

const never = () => () => {};
const nothing: readonly string[] = [];
const none = () => nothing;

function entryOf(document: DeviceDocument): Entry {
  const { id, name, group, labels, connection, onAir } = document;
  const standing = standingOf(document);
  const isLost = connection.status !== 'online';
  return {
    id,
    document,
    standing,
    rank: standings.indexOf(standing),
    since: Date.parse(isLost ? connection.since : onAir.since),
    name: sortable(name ?? id),
    group: sortable(group ?? ''),
    labels: { ...labels, '': group ?? '' },
  };
}

/** Numbers in names sort by their value: `Lobby 2` before `Lobby 10`. */
const sortable = (text: string) => text.toLowerCase().replace(/\d+/g, (digits) => digits.padStart(8, '0'));

function matcher({ q, standings: wanted, group, label }: Filter): (entry: Entry) => boolean {
  const finds = searchFor(q);
  const [key, value] = cut(label);
  return (entry) =>
    (wanted.length === 0 || wanted.includes(entry.standing)) &&
    (group === '' || entry.labels[''] === group) &&
    (label === '' || entry.labels[key] === value) &&
    finds(entry.document);
}

function cut(label: string): [string, string] {
  const at = label.indexOf('=');
  return [label.slice(0, at), label.slice(at + 1)];
}

const by = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
const byName = (a: Entry, b: Entry) => by(a.name, b.name) || by(a.id, b.id);
const orders: Readonly<Record<Sort, (a: Entry, b: Entry) => number>> = {
  trouble: (a, b) => a.rank - b.rank || byName(a, b),
  name: byName,
  group: (a, b) => by(a.group, b.group) || byName(a, b),
  since: (a, b) => b.since - a.since || byName(a, b),
};
