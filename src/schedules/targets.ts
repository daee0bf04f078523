import { timeZone } from '../../machines/reading.ts';
import type { LocalTime } from '../ports/local-time.ts';
import type { Policy } from '../protocol/alerts.ts';
import type { DeviceDocument, VersionedDocument } from '../protocol/document.ts';
import { matcherOf } from '../protocol/filter/match.ts';
import { parseFilter } from '../protocol/filter/parse.ts';
import type { ScheduleTarget } from '../protocol/schedules.ts';

/** Selects the devices of a schedule and their time zone. */
export interface Meant {
  target: ScheduleTarget;
  timeZone?: string | undefined;
  /** If set, only devices of these groups. */
  groups?: readonly string[] | undefined;
}

interface Deps {
  devices: { all(): Iterable<VersionedDocument>; get(id: string): VersionedDocument | undefined };
  policies: { of(document: DeviceDocument): Policy };
  local: LocalTime;
}

/** Finds the current target devices of a schedule. */
export class Targets {
  readonly #deps: Deps;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  /** @param now wall-clock time, ms since the epoch */
  *of({ target, timeZone, groups }: Meant, now: number): Generator<{ document: DeviceDocument; zone: string }> {
    const isMeant = testOf(target, now);
    const allowed = groups && new Set(groups);
    for (const { document } of this.#candidates(target)) {
      if (allowed && (document.group === null || !allowed.has(document.group))) continue;
      if (isMeant(document)) yield { document, zone: timeZone ?? this.#zoneOf(document) };
    }
  }

  /** The number of devices per time zone. */
  zones(meant: Meant, now: number): Map<string, number> {
    const zones = new Map<string, number>();
    for (const { zone } of this.of(meant, now)) zones.set(zone, (zones.get(zone) ?? 0) + 1);
    return zones;
  }

  /** The time zones of the whole fleet. */
  fleetZones(): Set<string> {
    const zones = new Set<string>();
    for (const { document } of this.#deps.devices.all()) zones.add(this.#zoneOf(document));
    return zones;
  }

  *#candidates(target: ScheduleTarget): Iterable<VersionedDocument> {
    const { devices } = this.#deps;
    if (!('deviceIds' in target)) return yield* devices.all();
    for (const id of new Set(target.deviceIds)) {
      const known = devices.get(id);
      if (known) yield known;
    }
  }

  /** As for hours (SPEC W6): the time zone of the policy, else that of the device. */
  #zoneOf(document: DeviceDocument): string {
    const { policies, local } = this.#deps;
    const zone = policies.of(document).timeZone ?? timeZone(document.state);
    return local.isZone(zone) ? zone : 'UTC';
  }
}

function testOf(target: ScheduleTarget, now: number): (document: DeviceDocument) => boolean {
  if ('groups' in target) {
    const groups = new Set(target.groups);
    return ({ group }) => group !== null && groups.has(group);
  }
  if ('filter' in target) {
    const matches = matcherOf(parseFilter(target.filter));
    return (document) => matches(document, now);
  }
  return () => true;
}
