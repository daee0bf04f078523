import type { ListedDevice } from '../../core/device-list.ts';
import type { DeviceWithToken } from '../../core/player-config.ts';
import type { Rest } from '../../core/rest.ts';

export interface Enrolled extends DeviceWithToken {
  name: string;
  group: string;
}

export interface Failed {
  device: ListedDevice;
  error: unknown;
}

/** Each waits for the database; a few at once share a transaction. */
const AT_ONCE = 8;

/** Creates the devices, in the order of the list. */
export async function enrol(
  rest: Rest,
  devices: readonly ListedDevice[],
  progress: (done: number) => void,
): Promise<{ made: Enrolled[]; failed: Failed[] }> {
  const results: (Enrolled | Failed)[] = [];
  let next = 0;
  let done = 0;
  async function work(): Promise<void> {
    for (let i = next++; i < devices.length; i = next++) {
      const device = devices[i] as ListedDevice;
      const { id, name, group, labels } = device;
      const wanted = { ...(id && { id }), ...(name && { name }), ...(group && { group }), labels };
      try {
        const { id: given, token } = await rest.post<DeviceWithToken>('/devices', wanted);
        results[i] = { id: given, token, name, group };
      } catch (error) {
        results[i] = { device, error };
      }
      progress(++done);
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  const isMade = (it: Enrolled | Failed): it is Enrolled => 'token' in it;
  return { made: results.filter(isMade), failed: results.filter((it): it is Failed => !isMade(it)) };
}
