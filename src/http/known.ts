import type { Devices } from '../fleet/api.ts';
import type { History } from '../ports/history.ts';
import { VigiaError } from '../protocol/errors.ts';
import type { DeviceBlocks } from './blocks.ts';

export interface KnownDevices {
  devices: Pick<Devices, 'get'>;
  history: Pick<History, 'changes'>;
}

/** True if the device exists, or existed within the history's retention period. */
export async function isKnown({ devices, history }: KnownDevices, deviceId: string): Promise<boolean> {
  return devices.get(deviceId) !== undefined || (await history.changes({ deviceId, limit: 1 })).changes.length > 0;
}

/**
 * A token with groups must not gain access to the history or the block of a former device by creating it in one of its
 * groups.
 * @throws VigiaError `conflict`
 */
export async function mustBeUnused(known: KnownDevices, blocks: Pick<DeviceBlocks, 'get'>, id: string): Promise<void> {
  if (blocks.get(id) === undefined && !(await isKnown(known, id))) return;
  throw new VigiaError('conflict', 'There is, or was, a device with this id: it takes a token for the whole fleet.');
}
