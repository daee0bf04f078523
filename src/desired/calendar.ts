import { timeZone } from '../../machines/reading.ts';
import type { LocalTime } from '../ports/local-time.ts';
import type { Hours, Policy } from '../protocol/alerts.ts';
import type { DeviceDocument } from '../protocol/document.ts';

/** Times are wall-clock times in ms. */
export interface Situation {
  isActive: boolean;
  isMaintained: boolean;
  /** When this may change; undefined if it never does by itself. */
  nextAt: number | undefined;
}

/** Decides by hours and maintenance windows, in each device's own time zone, whether its desired state applies. */
export function createCalendar(policies: { of(document: DeviceDocument): Policy }, local: LocalTime) {
  return (document: DeviceDocument, during: Hours | undefined, wall: number): Situation => {
    const policy = policies.of(document);
    const windows = (policy.maintenance ?? []).map(({ from, to }) => [Date.parse(from), Date.parse(to)] as const);
    const edges = windows.flat().filter((at) => at > wall);
    let isActive = true;
    if (during) {
      const zone = policy.timeZone ?? zoneOf(document, local);
      isActive = local.isWithin(during, zone, wall);
      edges.push(local.nextLookAt(during, zone, wall));
    }
    const isMaintained = windows.some(([from, to]) => from <= wall && wall < to);
    return { isActive, isMaintained, nextAt: edges.length > 0 ? Math.min(...edges) : undefined };
  };
}

function zoneOf({ state }: DeviceDocument, local: LocalTime): string {
  const zone = timeZone(state);
  return local.isZone(zone) ? zone : 'UTC';
}
