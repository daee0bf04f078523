import { isLostByServerStop } from '../protocol/connection.ts';
import type { DeviceDocument } from '../protocol/document.ts';
import type { Moments } from './moments.ts';

/** Fielded players stop reconnecting after at most 100 s (SPEC R8); this adds a margin. */
export const GIVE_UP_MS = 110_000;

/** One alert covers the fleet: the cause is the same for every device. */
export const FLEET = 'fleet';

/**
 * Ids of the devices that were connected when the server stopped and will not return by themselves. A listed device
 * stays listed over further restarts until it is back.
 */
export function findNotReturned(
  documents: Iterable<DeviceDocument>,
  listed: readonly string[],
  at: { startedAt: number; waitMs: number; now: number; momentOf: Pick<Moments, 'of'> },
): string[] {
  const known = new Set(listed);
  const found: string[] = [];
  for (const { id, connection } of documents) {
    if (!isLostByServerStop(connection)) continue;
    // In a cluster, an instance may stop long after this one started.
    const awaitedSince = Math.max(at.startedAt, at.momentOf.of(id, connection.lastSeenAt ?? connection.since));
    if (known.has(id) || at.now - awaitedSince >= at.waitMs) found.push(id);
  }
  return found.sort();
}

/** The cause and the remedy, for users. */
export const notReturnedSummary = (count: number): string =>
  `${count} ${count === 1 ? 'device' : 'devices'} did not return after the server was away: their players gave up, restart them on site`;
