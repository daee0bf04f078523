import type { Devices } from '../fleet/api.ts';
import type { History } from '../ports/history.ts';

export interface KnownDevices {
  devices: Pick<Devices, 'get'>;
  history: Pick<History, 'changes'>;
}

/** True if the device exists, or existed within the history's retention period. */
export async function isKnown({ devices, history }: KnownDevices, deviceId: string): Promise<boolean> {
  return devices.get(deviceId) !== undefined || (await history.changes({ deviceId, limit: 1 })).changes.length > 0;
}
