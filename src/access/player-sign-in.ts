import type { Clock } from '../ports/clock.ts';
import { withTimeout } from '../ports/with-timeout.ts';
import { VigiaError } from '../protocol/errors.ts';
import type { Handshake } from '../protocol/player.ts';
import type { DeviceTokens } from './device-tokens.ts';
import type { FleetTokens } from './fleet-tokens.ts';
import { claimOf, needsOwnToken } from './player-auth.ts';

export interface PlayerSignInDeps {
  devices: DeviceTokens;
  fleet: FleetTokens;
  clock: Clock;
  /**
   * In a cluster: what other instances have stored. `device`: one device's own token; `fleetTokens`: all fleet tokens, at
   * most once a second.
   */
  reread?: { device(id: string): Promise<void>; fleetTokens(): Promise<void> } | undefined;
  log: { warn(about: object, message: string): void };
}

/** How long a sign-in waits for the database. After that, what is known here counts. */
const DATABASE_MS = 2000;
const FLEET_TOKENS_MS = 4000;

/**
 * The part of a player's sign-in that must wait (SPEC P1): what another instance did with a device's token a moment ago
 * counts here, and the first use of a device's own token is stored before the sign-in succeeds.
 */
export class PlayerSignIn {
  readonly #deps: PlayerSignInDeps;

  constructor(deps: PlayerSignInDeps) {
    this.#deps = deps;
  }

  /**
   * Call this after a check. Resolves with whether to check again, because more is known now. Undefined if the result of
   * the check is final.
   * @throws VigiaError `unavailable` if nobody knows whether the token is valid
   */
  settle(handshake: Handshake, queryDeviceId?: string): Promise<boolean> | undefined {
    const { devices, reread } = this.#deps;
    const { deviceId, token } = claimOf(handshake, queryDeviceId);
    if (token === undefined) return undefined;
    if (deviceId !== undefined && devices.verify(deviceId, token)) return this.#stored(deviceId);
    return reread && this.#reread(deviceId, token);
  }

  /**
   * Call this when a socket with the fleet token names its device only as it registers. Undefined if it may.
   * @throws VigiaError `unauthorized` if the device has used its own token
   */
  mayBe(deviceId: string): Promise<void> | undefined {
    const { devices, reread } = this.#deps;
    const check = () => {
      if (devices.wasUsed(deviceId)) throw needsOwnToken();
    };
    if (reread) return this.#rereadDevice(deviceId).then(check);
    check();
    return undefined;
  }

  /** The database keeps trying to store the use; a player with a valid token does not wait for it. */
  #stored(deviceId: string): Promise<boolean> | undefined {
    const storing = this.#deps.devices.storing(deviceId);
    return storing && withTimeout(this.#deps.clock, DATABASE_MS, storing, () => {}).then(() => false);
  }

  async #reread(deviceId: string | undefined, token: string): Promise<boolean> {
    const { devices, fleet } = this.#deps;
    const known = () => `${deviceId === undefined ? '' : devices.mark(deviceId)} ${fleet.stateOf(token)}`;
    const before = known();
    const isRead = deviceId === undefined || (await this.#rereadDevice(deviceId));
    const isOwn = deviceId !== undefined && devices.verify(deviceId, token);
    if (!isOwn && fleet.stateOf(token) === undefined) {
      if (!isRead) throw unavailable();
      await this.#rereadFleetTokens();
    }
    return known() !== before;
  }

  /** False if it cannot be read now: what is known here counts. */
  #rereadDevice(deviceId: string): Promise<boolean> {
    const { clock, reread, log } = this.#deps;
    const read = (reread?.device(deviceId) ?? Promise.resolve()).then(() => true);
    return withTimeout(clock, DATABASE_MS, read, (error) => {
      log.warn({ deviceId, err: error }, "whether the device's own token has changed cannot be read");
      return false;
    });
  }

  async #rereadFleetTokens(): Promise<void> {
    const { clock, reread, log } = this.#deps;
    const read = (reread?.fleetTokens() ?? Promise.resolve()).then(() => true);
    const isRead = await withTimeout(clock, FLEET_TOKENS_MS, read, (error) => {
      log.warn(
        { err: error },
        'whether an unknown token is a new PLAYER_TOKEN cannot be read; the player may come back',
      );
      return false;
    });
    if (!isRead) throw unavailable();
  }
}

const unavailable = () => new VigiaError('unavailable', 'Tokens cannot be checked now.');
