import type { Identity, SendCommand } from '../protocol/admin.ts';
import type { VersionedDocument } from '../protocol/document.ts';
import { VigiaError } from '../protocol/errors.ts';
import { matcherOf } from '../protocol/filter/match.ts';
import { readFilter } from '../protocol/filter/read.ts';
import { nearest } from './nearest.ts';

/**
 * The target devices of a command for many, limited to those that the token may see.
 * @throws VigiaError `device_unknown` if a group or a filter matches none; `invalid_payload` with the position of an
 * error in the filter
 */
export function targetsOf(
  { deviceIds, group, filter }: Pick<SendCommand, 'deviceIds' | 'group' | 'filter'>,
  { groups }: Pick<Identity, 'groups'>,
  devices: () => Iterable<VersionedDocument>,
  wall: number,
): string[] {
  if (deviceIds) return [...new Set(deviceIds)];
  const matches = filter === undefined ? undefined : matcherOf(readFilter('filter', filter));
  const ids: string[] = [];
  for (const { document } of devices()) {
    const isSeen = !groups || (document.group !== null && groups.includes(document.group));
    const isMeant = matches ? matches(document, wall) : group === undefined || document.group === group;
    if (isSeen && isMeant) ids.push(document.id);
  }
  if (ids.length > 0) return ids;
  if (group !== undefined) throw nobodyIn(group, groups, devices);
  if (matches) throw new VigiaError('device_unknown', 'No device matches this filter.');
  return ids;
}

/** @param seen the groups that the token may see. Undefined: all */
function nobodyIn(
  group: string,
  seen: readonly string[] | undefined,
  devices: () => Iterable<VersionedDocument>,
): VigiaError {
  const groups = () => [...devices()].flatMap(({ document }) => document.group ?? []);
  const alike = nearest(group, seen ?? groups()).map((it) => JSON.stringify(it));
  const hint = alike.length > 0 ? ` There is ${alike.join(', ')}.` : '';
  return new VigiaError('device_unknown', `No device is in the group ${JSON.stringify(group)}.${hint}`);
}
