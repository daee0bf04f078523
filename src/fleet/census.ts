import { type OnAirStatus, onAirStatuses } from '../../machines/on-air.ts';
import type { Census } from '../ports/metrics.ts';
import type { Fleet } from './fleet.ts';

/** Counts the devices of this instance. One pass, because a scrape of a large fleet must not delay anything. */
export function census(fleet: Pick<Fleet, 'hosts'>): Census {
  const devices = zeros(connectionStatuses);
  const reports = zeros(['unknown', 'live', 'stale'] as const);
  const onAir: Record<OnAirStatus, number> = zeros(onAirStatuses);
  const groups = new Map<string, ReturnType<typeof zeros<(typeof connectionStatuses)[number]>>>();
  const appVersions = new Map<string, number>();
  let neverSeen = 0;
  let silent = 0;
  let actors = 0;
  for (const { versioned, actor } of fleet.hosts) {
    const { document } = versioned;
    const { status, lastSeenAt } = document.connection;
    devices[status]++;
    reports[document.report.status]++;
    onAir[document.onAir.status]++;
    if (lastSeenAt === null) neverSeen++;
    if (status === 'online' && document.report.status === 'stale') silent++;
    if (actor.isAlive) actors++;
    const group = document.group ?? '';
    const ofGroup = groups.get(group) ?? zeros(connectionStatuses);
    ofGroup[status]++;
    groups.set(group, ofGroup);
    const version = document.appVersion ?? '';
    appVersions.set(version, (appVersions.get(version) ?? 0) + 1);
  }
  return { devices, reports, onAir, groups, appVersions, neverSeen, silent, actors };
}

const connectionStatuses = ['online', 'reconnecting', 'offline'] as const;

function zeros<K extends string>(keys: readonly K[]): Record<K, number> {
  return Object.fromEntries(keys.map((key) => [key, 0])) as Record<K, number>;
}
