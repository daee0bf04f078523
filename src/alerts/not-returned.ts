import { isLostByServerStop } from '../protocol/connection.ts';
import type { DeviceDocument } from '../protocol/document.ts';
import type { Moments } from './moments.ts';

/** Fielded players try for at most 100 s to reconnect, and then never again (SPEC R8); and some time to spare. */
export const GIVE_UP_MS = 110_000;

/** One for all devices: what is wrong is the same with each. */
export const FLEET = 'fleet';

/**
 * The ids of those that were there when the server stopped, and by now will not come back by themselves. Whoever is
 * listed once stays so over further restarts, until it is back.
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
    // In a cluster one instance stops long after another one started.
    const awaitedSince = Math.max(at.startedAt, at.momentOf.of(id, connection.lastSeenAt ?? connection.since));
    if (known.has(id) || at.now - awaitedSince >= at.waitMs) found.push(id);
  }
  return found.sort();
}

/** For people: what happened, and the remedy. */
export const notReturnedSummary = (count: number): string =>
  `${count} ${count === 1 ? 'device' : 'devices'} did not return after the server was away: their players gave up, restart them on site`;
