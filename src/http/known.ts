import type { Devices } from '../fleet/api.ts';
import type { History } from '../ports/history.ts';

export interface KnownDevices {
  devices: Pick<Devices, 'get'>;
  history: Pick<History, 'changes'>;
}

/** Is there such a device, or was there one, as far back as the history goes? */
export async function isKnown({ devices, history }: KnownDevices, deviceId: string): Promise<boolean> {
  return devices.get(deviceId) !== undefined || (await history.changes({ deviceId, limit: 1 })).changes.length > 0;
}
