import type { Json, JsonObject } from '../protocol/document.ts';

/**
 * What only ticks in a state (CONTRACT A5): `section/key` for a key at any depth of one section, `*` for every section,
 * a key alone for the top level. A change of nothing but these is no news; it waits for the next real one.
 */
export const DEFAULT_TICKING_PATHS: readonly string[] = [
  'timestamp',
  'uptime',
  '*/timestamp',
  '*/updatedAt',
  '*/uptime',
  'system/load',
  'system/loadavg',
  'system/loadAverage',
  'system/cpuUsage',
  'system/cpuLoad',
  'system/temperature',
  'system/free',
  'system/used',
  'system/available',
  'system/freeMemory',
  'system/usedMemory',
  'system/freemem',
  'system/memoryUsage',
  'system/rss',
  'app/memory',
  'app/memoryUsage',
  'app/rss',
  'app/heapUsed',
  'vlc/time',
  'vlc/position',
  'vlc/currentTime',
  'vlc/elapsed',
  'vlc/remaining',
];

const EVERY = '*/';

/** The values of a state's ticking keys, in the order in which a walk of that state meets them. */
export type Ticks = Json[];

/**
 * Tells news from ticks, and keeps ticks apart from the state that they belong to.
 *
 * A fleet's reports are nearly all ticks. Their few values are copied into an array that is used again and again, so
 * that the report itself is garbage at once, of the cheap kind; keeping whole states alive from one report to the next
 * was a third of the server's work.
 */
export class Ticking {
  readonly #topLevel = new Set<string>();
  readonly #everywhere = new Set<string>();
  readonly #bySection = new Map<string, Set<string>>();

  constructor(paths: readonly string[]) {
    for (const path of paths) {
      const slash = path.indexOf('/');
      if (slash < 0) this.#topLevel.add(path);
      else if (path.startsWith(EVERY)) this.#everywhere.add(path.slice(slash + 1));
      else {
        const section = path.slice(0, slash);
        const keys = this.#bySection.get(section) ?? new Set();
        this.#bySection.set(section, keys.add(path.slice(slash + 1)));
      }
    }
    for (const keys of this.#bySection.values()) for (const key of this.#everywhere) keys.add(key);
  }

  /** Do the two differ in nothing but ticks? If so, `ticks` holds those of `after`; if not, it holds nothing of use. */
  only(before: JsonObject, after: JsonObject, ticks: Ticks): boolean {
    const walk = { ticks, count: 0 };
    let keys = 0;
    for (const key in before) {
      keys++;
      const now = after[key];
      if (now === undefined) return false;
      if (this.#topLevel.has(key)) ticks[walk.count++] = now;
      else if (!same(before[key] as Json, now, this.keysOf(key), walk)) return false;
    }
    for (const _ in after) keys--;
    return keys === 0;
  }

  /** The state with these ticks; all that holds none of them is shared with it. */
  apply(state: JsonObject, ticks: Ticks): JsonObject {
    const walk = { ticks, count: 0 };
    const applied: JsonObject = {};
    for (const key in state) {
      applied[key] = this.#topLevel.has(key)
        ? (ticks[walk.count++] as Json)
        : renewed(state[key] as Json, this.keysOf(key), walk);
    }
    return applied;
  }

  /** All that tick somewhere. */
  get keys(): ReadonlySet<string> {
    return new Set([...this.#topLevel, ...this.#everywhere, ...[...this.#bySection.values()].flatMap((it) => [...it])]);
  }

  /** Does the value itself tick that has this key at the top? */
  isTopLevel(key: string): boolean {
    return this.#topLevel.has(key);
  }

  /** The keys that tick at any depth of this section. */
  keysOf(section: string): ReadonlySet<string> {
    return this.#bySection.get(section) ?? this.#everywhere;
  }
}

interface Walk {
  ticks: Ticks;
  count: number;
}

function same(a: Json, b: Json, ticking: ReadonlySet<string>, walk: Walk): boolean {
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return a === b;
  if (Array.isArray(a)) {
    if (!Array.isArray(b) || a.length !== b.length) return false;
    for (let i = 0; i < a.length; i++) if (!same(a[i] as Json, b[i] as Json, ticking, walk)) return false;
    return true;
  }
  if (Array.isArray(b)) return false;
  let keys = 0;
  for (const key in a) {
    keys++;
    const now = b[key];
    if (now === undefined) return false;
    if (ticking.has(key)) walk.ticks[walk.count++] = now;
    else {
      const was = a[key] as Json;
      // Most values are no objects, and a call for each would be most of the cost.
      if (typeof was === 'object' ? !same(was, now, ticking, walk) : was !== now) return false;
    }
  }
  for (const _ in b) keys--;
  return keys === 0;
}

function renewed(value: Json, ticking: ReadonlySet<string>, walk: Walk): Json {
  if (typeof value !== 'object' || value === null) return value;
  const from = walk.count;
  let copy: Json;
  if (Array.isArray(value)) copy = value.map((item) => renewed(item, ticking, walk));
  else {
    copy = {};
    for (const key in value) {
      copy[key] = ticking.has(key) ? (walk.ticks[walk.count++] as Json) : renewed(value[key] as Json, ticking, walk);
    }
  }
  return walk.count === from ? value : copy;
}
