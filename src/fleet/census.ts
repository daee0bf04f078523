import { onAirStatuses } from '../../machines/on-air.ts';
import type { Gauges } from '../ports/metrics.ts';
import type { DeviceDocument } from '../protocol/document.ts';
import type { Fleet } from './fleet.ts';

type Census = Pick<
  Gauges,
  'devices' | 'reports' | 'onAir' | 'neverSeen' | 'silent' | 'groups' | 'appVersions' | 'actors'
>;

const connectionStatuses = ['online', 'reconnecting', 'offline'] as const;

/** Counts the devices of this instance. Not cached: Prometheus asks rarely. */
export function census(fleet: Fleet): Census {
  const documents = function* (): Generator<DeviceDocument> {
    for (const { document } of fleet.all()) yield document;
  };
  const count = <K extends string>(keys: readonly K[], keyOf: (document: DeviceDocument) => K) => {
    const counts = zeros(keys);
    for (const document of documents()) counts[keyOf(document)]++;
    return counts;
  };
  const countIf = (isCounted: (document: DeviceDocument) => boolean) => {
    let counted = 0;
    for (const document of documents()) if (isCounted(document)) counted++;
    return counted;
  };
  return {
    devices: () => count(connectionStatuses, ({ connection }) => connection.status),
    reports: () => count(['unknown', 'live', 'stale'] as const, ({ report }) => report.status),
    onAir: () => count(onAirStatuses, ({ onAir }) => onAir.status),
    neverSeen: () => countIf(({ connection }) => connection.lastSeenAt === null),
    silent: () => countIf(({ connection, report }) => connection.status === 'online' && report.status === 'stale'),
    groups() {
      const groups = new Map<string, ReturnType<typeof zeros<(typeof connectionStatuses)[number]>>>();
      for (const { group, connection } of documents()) {
        const name = group ?? '';
        const counts = groups.get(name) ?? zeros(connectionStatuses);
        counts[connection.status]++;
        groups.set(name, counts);
      }
      return groups;
    },
    appVersions() {
      const versions = new Map<string, number>();
      for (const { appVersion } of documents())
        versions.set(appVersion ?? '', (versions.get(appVersion ?? '') ?? 0) + 1);
      return versions;
    },
    actors: () => [...fleet.hosts].filter((host) => host.actor.isAwake).length,
  };
}

function zeros<K extends string>(keys: readonly K[]): Record<K, number> {
  return Object.fromEntries(keys.map((key) => [key, 0])) as Record<K, number>;
}
