import { useEffect, useMemo, useState, useSyncExternalStore } from 'react';
import { createSubscribers } from '../../client/subscribers.ts';
import type { DeviceDocument } from '../../protocol/document.ts';
import { type Clock, useClock } from './clock.tsx';
import { type Filter, matcherFor } from './filter.ts';
import type { Fleet } from './fleet.ts';
import { type ScreenStatus, screenStatuses, screenStatusOf } from './screen-status.ts';
import { useSession } from './session.tsx';
import { whyOf } from './why.ts';

export const sorts = ['trouble', 'name', 'group', 'since'] as const;
export type Sort = (typeof sorts)[number];

/** The fields for sorting and filtering, computed once per document. */
interface Entry {
  id: string;
  document: DeviceDocument;
  screenStatus: ScreenStatus;
  rank: number;
  since: number;
  name: string;
  group: string;
}

/** Rows are reordered at most this often, so that they can be read. */
const PACE_MS = 1000;
/** Faster while the fleet is loading. */
const ARRIVAL_PACE_MS = 250;
/** Filters by age change their result with time alone. */
const AGING_PACE_MS = 5000;

interface Listing {
  get(): readonly string[];
  subscribe(listener: () => void): () => void;
  ask(filter: Filter, sort: Sort): void;
  stop(): void;
}

function createListing(fleet: Fleet, clock: Clock, firstFilter: Filter, firstSort: Sort): Listing {
  const entries = new Map<string, Entry>();
  const listeners = createSubscribers<void>();
  let matcher = matcherFor(firstFilter);
  let compare = orders[firstSort];
  let ids: readonly string[] = [];
  let timer: ReturnType<typeof setTimeout> | undefined;
  let madeAt = 0;

  const fits = ({ document, screenStatus }: Entry) => matcher.matches(document, screenStatus, clock.now());

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
    // Show the first devices at once.
    if (ids.length === 0) make();
    else timer = setTimeout(make, wait);
  });

  const aging = setInterval(() => matcher.isTimed && make(), AGING_PACE_MS);

  return {
    get: () => ids,
    subscribe: listeners.add,
    ask(filter, sort) {
      matcher = matcherFor(filter);
      compare = orders[sort];
      make();
    },
    stop() {
      clearTimeout(timer);
      clearInterval(aging);
      stop();
    },
  };
}

/** The ids of the matching devices, sorted; live. */
export function useListing(filter: Filter, sort: Sort): readonly string[] {
  const { fleet } = useSession();
  const clock = useClock();
  const [listing, setListing] = useState<Listing>();
  const key = JSON.stringify([filter, sort]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: `key` stands for both
  const asked = useMemo(() => ({ filter, sort }), [key]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: later questions are asked of the same listing
  useEffect(() => {
    const made = createListing(fleet, clock, asked.filter, asked.sort);
    setListing(made);
    return made.stop;
  }, [fleet, clock]);
  useEffect(() => listing?.ask(asked.filter, asked.sort), [listing, asked]);
  return useSyncExternalStore(listing?.subscribe ?? never, listing?.get ?? none);
}

const never = () => () => {};
const nothing: readonly string[] = [];
const none = () => nothing;

function entryOf(document: DeviceDocument): Entry {
  const { id, name, group } = document;
  const screenStatus = screenStatusOf(document);
  return {
    id,
    document,
    screenStatus,
    rank: screenStatuses.indexOf(screenStatus),
    since: Date.parse(whyOf(document).since),
    name: sortable(name ?? id),
    group: sortable(group ?? ''),
  };
}

/** Sorts numbers in names by value: `Lobby 2` before `Lobby 10`. */
const sortable = (text: string) => text.toLowerCase().replace(/\d+/g, (digits) => digits.padStart(8, '0'));

const by = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
const byName = (a: Entry, b: Entry) => by(a.name, b.name) || by(a.id, b.id);
const isCalm = ({ screenStatus }: Entry) => screenStatus === 'onAir' || screenStatus === 'awaiting';
const orders: Readonly<Record<Sort, (a: Entry, b: Entry) => number>> = {
  // Devices with problems by severity, then by duration. Without problems the duration does not matter.
  trouble: (a, b) => a.rank - b.rank || (isCalm(a) ? 0 : a.since - b.since) || byName(a, b),
  name: byName,
  group: (a, b) => by(a.group, b.group) || byName(a, b),
  since: (a, b) => b.since - a.since || byName(a, b),
};
