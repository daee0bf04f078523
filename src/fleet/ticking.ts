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

const EVERY = '*';

export type Ticking = (before: JsonObject, after: JsonObject) => boolean;

/** Makes the comparison that tells news from ticks: true if the two states differ in nothing else. No allocations. */
export function createTicking(paths: readonly string[]): Ticking {
  const topLevel = new Set<string>();
  const everywhere = new Set<string>();
  const bySection = new Map<string, Set<string>>();
  for (const path of paths) {
    const slash = path.indexOf('/');
    if (slash < 0) topLevel.add(path);
    else if (path.slice(0, slash) === EVERY) everywhere.add(path.slice(slash + 1));
    else {
      const section = path.slice(0, slash);
      const keys = bySection.get(section) ?? new Set(everywhere);
      keys.add(path.slice(slash + 1));
      bySection.set(section, keys);
    }
  }
  for (const keys of bySection.values()) for (const key of everywhere) keys.add(key);

  return (before, after) => {
    let count = 0;
    for (const key in after) {
      count++;
      if (topLevel.has(key) && key in before) continue;
      if (!same(before[key], after[key], bySection.get(key) ?? everywhere)) return false;
    }
    for (const _ in before) count--;
    return count === 0;
  };
}

function same(a: Json | undefined, b: Json | undefined, ticking: ReadonlySet<string>): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a)) {
    if (!Array.isArray(b) || a.length !== b.length) return false;
    for (let i = 0; i < a.length; i++) if (!same(a[i], b[i], ticking)) return false;
    return true;
  }
  if (Array.isArray(b)) return false;
  let count = 0;
  for (const key in b) {
    count++;
    const was = a[key];
    if (was === undefined) return false;
    if (was !== b[key] && !ticking.has(key) && !same(was, b[key], ticking)) return false;
  }
  for (const _ in a) count--;
  return count === 0;
}
