import { VigiaError } from '../protocol/errors.ts';
import { Handshake } from '../protocol/player.ts';
import { ID } from '../protocol/schema.ts';
import type { DeviceTokens } from './device-tokens.ts';
import type { FleetTokens } from './fleet-tokens.ts';

export type PlayerRefusal = 'missing' | 'wrong' | 'needs_own_token';

/** `unauthorized`, with a reason for the metrics. */
export class PlayerAuthError extends VigiaError {
  readonly reason: PlayerRefusal;

  constructor(reason: PlayerRefusal, message?: string) {
    super('unauthorized', message);
    this.reason = reason;
  }
}

export interface PlayerAuthOptions {
  deviceTokens: Pick<DeviceTokens, 'verify' | 'noteUse' | 'wasUsed'>;
  fleetTokens: Pick<FleetTokens, 'stateOf'>;
  /**
   * `shared`: the fleet token or the device's own; after the first use of its own, only that. `provisioned`: only its
   * own.
   */
  deviceAuth: 'shared' | 'provisioned';
}

/** `deviceId` is undefined if the fleet token came without an id; then the registration names it. */
export interface SignedIn {
  deviceId: string | undefined;
  /** Authenticated with the device's own token. */
  isOwn?: true;
  /** Authenticated with a fleet token that is no longer configured. */
  isPrevious?: true;
}

/**
 * Authenticates both generations of players (SPEC P1): `{ token }` with the id in the query, or `{ deviceId, authToken
 * }`. The returned function throws PlayerAuthError.
 */
export function createPlayerAuth({ deviceTokens, fleetTokens, deviceAuth }: PlayerAuthOptions) {
  return (handshake: Handshake, queryDeviceId: string | undefined): SignedIn => {
    const { deviceId, token } = claimOf(handshake, queryDeviceId);
    if (token === undefined) throw new PlayerAuthError('missing');

    // Device tokens are stored per device, so they can be checked only with an id.
    if (deviceId !== undefined && deviceTokens.verify(deviceId, token)) {
      deviceTokens.noteUse(deviceId);
      return { deviceId, isOwn: true };
    }
    const state = fleetTokens.stateOf(token);
    if (!state) throw new PlayerAuthError('wrong');
    if (deviceId !== undefined && deviceTokens.wasUsed(deviceId)) throw needsOwnToken();
    if (deviceAuth === 'shared') return state === 'previous' ? { deviceId, isPrevious: true } : { deviceId };
    throw new PlayerAuthError('needs_own_token', "Here a device needs its own token; the fleet's is not enough.");
  };
}

/** The device and the token that a player names. An invalid query value counts as no id: it is no reason to refuse. */
export function claimOf(handshake: Handshake, queryDeviceId: string | undefined) {
  return {
    deviceId: handshake.deviceId ?? ID.safeParse(queryDeviceId).data,
    token: handshake.token ?? handshake.authToken,
  };
}

export const needsOwnToken = () =>
  new PlayerAuthError('needs_own_token', "This device has a token of its own; the fleet's opens it no more.");

/** Whether this device could authenticate with this token; undefined if not. */
export function signInAs(
  authenticate: ReturnType<typeof createPlayerAuth>,
  deviceId: string,
  token: string | undefined,
): SignedIn | undefined {
  try {
    const signedIn = authenticate(Handshake.parse({ deviceId, token }), undefined);
    return signedIn.deviceId === deviceId ? signedIn : undefined;
  } catch {
    return undefined;
  }
}
