import { createHash } from 'node:crypto';
import { commandFor, decide, isIntent } from '../../machines/intents.ts';
import { observationOf } from '../../machines/observation.ts';
import { read } from '../../machines/reading.ts';
import type { StoredTarget } from '../ports/rollouts.ts';
import { isDeclarable } from '../protocol/declared-commands.ts';
import type { DeviceDocument, VersionedDocument } from '../protocol/document.ts';
import { VigiaError } from '../protocol/errors.ts';
import { matcherOf } from '../protocol/filter/match.ts';
import { readFilter } from '../protocol/filter/read.ts';
import type { NewRollout, RolloutPreview } from '../protocol/rollouts.ts';

export interface Fleet {
  all(): Iterable<VersionedDocument>;
  get(id: string): VersionedDocument | undefined;
}

const MAX_TARGETS = 20_000;
const SHOWN = 20;

/**
 * The devices that match now, of those that the caller may see.
 * @throws VigiaError `invalid_payload` for an invalid filter; `device_unknown`
 */
export function choose(
  { filter, deviceIds, group }: Pick<NewRollout, 'filter' | 'deviceIds' | 'group'>,
  fleet: Fleet,
  sees: (document: DeviceDocument) => boolean,
  now: number,
): DeviceDocument[] {
  if (deviceIds) {
    return [...new Set(deviceIds)].map((id) => {
      const document = fleet.get(id)?.document;
      if (document && sees(document)) return document;
      const path = `deviceIds.${deviceIds.indexOf(id)}`;
      throw new VigiaError('device_unknown', `There is no device "${id}".`, [
        { path, message: 'There is no such device.' },
      ]);
    });
  }
  const matches = filter === undefined ? undefined : matcherOf(readFilter('filter', filter));
  const chosen: DeviceDocument[] = [];
  for (const { document } of fleet.all()) {
    if (!sees(document) || (group !== undefined && document.group !== group)) continue;
    if (!matches || matches(document, now)) chosen.push(document);
  }
  if (chosen.length === 0) throw new VigiaError('device_unknown', 'No device is selected.');
  if (chosen.length > MAX_TARGETS) {
    throw new VigiaError('invalid_payload', undefined, [
      { path: 'filter', message: `more than ${MAX_TARGETS} devices are chosen` },
    ]);
  }
  return chosen;
}

/** A pseudo-random order, so that the canary is a sample. The same seed gives the same order. */
function shuffled(devices: readonly DeviceDocument[], seed: string): DeviceDocument[] {
  const keyed = devices.map((it) => ({ it, key: createHash('sha256').update(`${seed} ${it.id}`).digest('hex') }));
  return keyed.sort((a, b) => (a.key < b.key ? -1 : 1)).map(({ it }) => it);
}

export const targetsOf = (rolloutId: string, devices: readonly DeviceDocument[]): StoredTarget[] =>
  shuffled(devices, rolloutId).map(({ id }, position) => ({
    rolloutId,
    deviceId: id,
    commandId: `${rolloutId}:${id}`,
    outcome: 'waiting',
    position,
  }));

/** What the command would do to each device, by its current state. */
export function previewOf(devices: readonly DeviceDocument[], { command, force }: NewRollout): RolloutPreview {
  const preview: RolloutPreview = {
    total: devices.length,
    online: 0,
    send: 0,
    alreadySo: 0,
    unproven: 0,
    unknownCommand: 0,
    devices: devices
      .slice(0, SHOWN)
      .map(({ id, name, connection }) => ({ deviceId: id, name, status: connection.status })),
  };
  for (const device of devices) {
    if (device.connection.status !== 'online') continue;
    preview.online++;
    preview[whatOf(device, command, force)]++;
  }
  return preview;
}

function whatOf(
  { capabilities, report, state }: DeviceDocument,
  command: string,
  force: boolean | undefined,
): 'send' | 'alreadySo' | 'unproven' | 'unknownCommand' {
  if (isDeclarable(command)) {
    return capabilities.commands.some(({ name }) => name === command) ? 'send' : 'unknownCommand';
  }
  if (!isIntent(command)) return 'send';
  const seen = report.status === 'live' ? observationOf(read(state)) : null;
  const decision = decide({ intent: command, command: commandFor(command), force }, seen, true);
  return decision === 'already so' ? 'alreadySo' : decision === 'unproven' ? 'unproven' : 'send';
}
