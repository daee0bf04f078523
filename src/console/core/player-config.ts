import { strToU8, type Zippable, zipSync } from 'fflate';
import { serverUrl } from './base.ts';
import { fileNames } from './file-names.ts';

export interface DeviceWithToken {
  id: string;
  token: string;
}

/** What a player needs to connect, as JSON: also the content of the QR code. */
export const jsonConfig = ({ id, token }: DeviceWithToken, space?: number): string =>
  JSON.stringify({ url: serverUrl, deviceId: id, token }, null, space);

export const environmentConfig = ({ id, token }: DeviceWithToken): string =>
  `VIGIA_URL=${serverUrl}\nDEVICE_ID=${id}\nDEVICE_TOKEN=${token}`;

/** One ZIP file with the configuration of each device, in both forms. */
export function zippedConfigs(devices: readonly DeviceWithToken[]): Uint8Array<ArrayBuffer> {
  const files: Zippable = {};
  const names = fileNames(devices.map(({ id }) => id));
  for (const [i, device] of devices.entries()) {
    const name = names[i] as string;
    files[`${name}.env`] = strToU8(`${environmentConfig(device)}\n`);
    files[`${name}.json`] = strToU8(`${jsonConfig(device, 2)}\n`);
  }
  return zipSync(files) as Uint8Array<ArrayBuffer>;
}
