import type { Context } from 'hono';
import type { Devices } from '../fleet/api.ts';
import { addressBlock } from '../ports/address.ts';
import type { Connection } from '../protocol/document.ts';
import { VigiaError } from '../protocol/errors.ts';
import type { DeviceBlocks } from './blocks.ts';
import { addressOf, type Gate, type HttpEnv, tokenOf } from './secured.ts';

/** What requests of players need. */
export interface FromDeviceDeps extends Pick<Gate, 'metrics' | 'audit' | 'guesses'> {
  devices: Pick<Devices, 'get' | 'lookUp'>;
  blocks: Pick<DeviceBlocks, 'get'>;
}

/** Checks a device's credentials. `isOwn`: the token is the device's own, not the fleet's. */
export type AuthenticateDevice = (deviceId: string, token: string | undefined) => { isOwn?: true } | undefined;

/**
 * Whether this may come from the device. As on sockets (SPEC P4): with the fleet's token, only while the device is
 * connected, and from its address.
 * @throws VigiaError `blocked`, `device_unknown`, `not_registered`
 */
export async function checkSender(
  c: Context<HttpEnv>,
  id: string,
  { devices, blocks }: FromDeviceDeps,
  authenticate: AuthenticateDevice,
): Promise<void> {
  if (blocks.get(id)) throw new VigiaError('blocked');
  await devices.lookUp?.([id]);
  const device = devices.get(id);
  if (!device) throw new VigiaError('device_unknown');
  if (!authenticate(id, tokenOf(c))?.isOwn && !comesFrom(device.document.connection, addressOf(c))) {
    throw new VigiaError('not_registered', NOT_FROM_THERE);
  }
}

const comesFrom = ({ status, address }: Connection, from: string): boolean =>
  status === 'online' && address !== null && addressBlock(address) === addressBlock(from);

const NOT_FROM_THERE =
  "With the fleet's token this is taken only while the device is connected, and from its address; use the device's own.";
