import { addressBlock } from '../ports/address.ts';
import type { Clock } from '../ports/clock.ts';
import { TokenBuckets } from '../ports/rate.ts';
import { VigiaError } from '../protocol/errors.ts';

const MAX_ADDRESSES = 10_000;
/** How long the fleet counts as full after the last refusal, for the alert. */
const LATELY_MS = 300_000;

export interface EnrolmentDeps {
  clock: Clock;
  settings: { enrolRate: number; enrolBurst: number };
  devices: { get(id: string): unknown; readonly size: number; admits(id: string): boolean };
  log: { warn(facts: object, message: string): void };
}

/** Decides whether an unknown device may be added (SPEC L9). */
export class Enrolment {
  readonly #deps: EnrolmentDeps;
  readonly #addresses: TokenBuckets;
  #refusedAt = Number.NEGATIVE_INFINITY;
  #loggedAt = Number.NEGATIVE_INFINITY;

  constructor(deps: EnrolmentDeps) {
    this.#deps = deps;
    const { clock, settings } = deps;
    this.#addresses = new TokenBuckets(clock, settings.enrolRate, settings.enrolBurst, MAX_ADDRESSES);
  }

  /** @throws VigiaError `fleet_full` */
  check(deviceId: string, address: string): void {
    const { devices } = this.#deps;
    if (devices.get(deviceId) !== undefined) return;
    // The address limit comes first, so that a refused device uses no place.
    if (!this.#addresses.of(addressBlock(address)).take()) {
      this.#refuse(deviceId, address, 'Too many new devices come from this address at a time.');
    }
    if (!devices.admits(deviceId)) this.#refuse(deviceId, address, `There are ${devices.size} devices already.`);
  }

  get refusedLately(): boolean {
    return this.#deps.clock.now() - this.#refusedAt < LATELY_MS;
  }

  #refuse(deviceId: string, address: string, message: string): never {
    const now = this.#deps.clock.now();
    this.#refusedAt = now;
    if (now - this.#loggedAt >= 1000) {
      this.#loggedAt = now;
      this.#deps.log.warn({ deviceId, address, code: 'fleet_full' }, `new device refused: ${message}`);
    }
    throw new VigiaError('fleet_full', message);
  }
}
