import { FilterError } from '../protocol/filter/filter.ts';
import { isTimed, matcherOf } from '../protocol/filter/match.ts';
import { parseFilter } from '../protocol/filter/parse.ts';
import type { Admin } from './admin.ts';
import type { DeviceDocument } from './device.ts';

/** The ids of the devices that match a filter, as a store for views. */
export interface FleetList {
  /** The same array as long as it has the same ids. */
  get(): readonly string[];
  subscribe(changed: () => void): () => void;
}

/** Filters with ages (`seen>1h`) change with time alone. */
const LOOK_EVERY_MS = 5000;
const NONE: readonly string[] = [];

export function createFleetList(admin: Pick<Admin, 'devices' | 'onChange'> | undefined, text: string): FleetList {
  const filter = parse(text);
  if (!admin || filter instanceof FilterError) return { get: () => NONE, subscribe: () => () => {} };
  const matcher = matcherOf(filter);
  const matches = (document: DeviceDocument) => matcher(document, Date.now());
  const members = new Set<string>();
  let ids = NONE;

  /** Returns whether the list has changed. */
  function take(id: string, document: DeviceDocument | undefined): boolean {
    const isMember = document !== undefined && matches(document);
    if (members.has(id) === isMember) return false;
    if (isMember) members.add(id);
    else members.delete(id);
    return true;
  }

  function takeAll(): boolean {
    let changed = false;
    for (const id of [...members]) if (!admin?.devices.has(id)) changed = take(id, undefined) || changed;
    for (const [id, { document }] of admin?.devices ?? []) changed = take(id, document) || changed;
    if (changed) ids = [...members].sort();
    return changed;
  }

  takeAll();
  return {
    get: () => ids,
    subscribe(changed) {
      // Changes since the store was created.
      takeAll();
      const forget = admin.onChange({ all: true }, (changes) => {
        let isNew = false;
        for (const { deviceId, after } of changes) isNew = take(deviceId, after?.document) || isNew;
        if (!isNew) return;
        ids = [...members].sort();
        changed();
      });
      const timer = isTimed(filter) ? setInterval(() => takeAll() && changed(), LOOK_EVERY_MS) : undefined;
      return () => {
        forget();
        clearInterval(timer);
      };
    },
  };
}

/** What is wrong with a filter, and at which character; undefined if it is valid. */
export function checkFilter(text: string): { message: string; offset: number } | undefined {
  const parsed = parse(text);
  return parsed instanceof FilterError ? { message: parsed.message, offset: parsed.offset } : undefined;
}

function parse(text: string) {
  try {
    return parseFilter(text);
  } catch (error) {
    if (error instanceof FilterError) return error;
    throw error;
  }
}
