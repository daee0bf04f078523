import { type Counts, targetOutcomes } from '../../machines/rollout.ts';
import type { DeviceDocument } from '../protocol/document.ts';
import type { NewRollout, Rollout, TargetOutcome } from '../protocol/rollouts.ts';

/** The groups of the devices; null if some have none. */
export function groupsOf(devices: readonly DeviceDocument[]): string[] | null {
  const groups = new Set(devices.map(({ group }) => group));
  return groups.has(null) ? null : ([...groups] as string[]);
}

export function documentOf(
  id: string,
  wanted: NewRollout,
  params: Rollout['params'],
  createdBy: string,
  at: string,
  total: number,
): Rollout {
  const { name, command, filter, deviceIds, group, timeoutMs, force } = wanted;
  const { canary, rate, maxErrorShare, maxTimeoutShare, watchMs, waitForOfflineMs, retries } = wanted;
  const counts = Object.fromEntries(
    targetOutcomes.map((it): [TargetOutcome, number] => [it, it === 'waiting' ? total : 0]),
  ) as Counts;
  const chosen = deviceIds ? 'devices' : group === undefined ? 'all' : `group:${JSON.stringify(group)}`;
  return {
    id,
    ...(name !== undefined && { name }),
    command,
    params,
    createdBy,
    createdAt: at,
    status: 'canary',
    since: at,
    targets: filter ?? chosen,
    settings: {
      canary,
      rate,
      maxErrorShare,
      maxTimeoutShare,
      watchMs,
      waitForOfflineMs,
      retries,
      ...(timeoutMs !== undefined && { timeoutMs }),
      ...(force && { force }),
    },
    total,
    counts,
  };
}
