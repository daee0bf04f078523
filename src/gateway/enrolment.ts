import type { Clock } from '../ports/clock.ts';
import { VigiaError } from '../protocol/errors.ts';
import { TokenBucket } from './rate.ts';

const MAX_ADDRESSES = 10_000;
/** So long after the last refusal the fleet counts as full: an alert is told of it. */
const LATELY_MS = 300_000;

export interface EnrolmentDeps {
  clock: Clock;
  settings: { maxDevices: number; enrolRate: number; enrolBurst: number };
  devices: { get(id: string): unknown; readonly size: number };
  log: { warn(facts: object, message: string): void };
}

/** Whether a device that was never seen may be taken in (SPEC L9). */
export class Enrolment {
  readonly #deps: EnrolmentDeps;
  /** In the order of their last use. */
  readonly #addresses = new Map<string, TokenBucket>();
  #refusedAt = Number.NEGATIVE_INFINITY;
  #loggedAt = Number.NEGATIVE_INFINITY;

  constructor(deps: EnrolmentDeps) {
    this.#deps = deps;
  }

  /** @throws VigiaError `fleet_full` */
  check(deviceId: string, address: string): void {
    const { devices, settings } = this.#deps;
    if (devices.get(deviceId) !== undefined) return;
    if (devices.size >= settings.maxDevices)
      this.#refuse(deviceId, address, `There are ${devices.size} devices already.`);
    if (!this.#bucketOf(blockOf(address)).take()) {
      this.#refuse(deviceId, address, 'Too many new devices come from this address at a time.');
    }
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

  #bucketOf(block: string): TokenBucket {
    const { clock, settings } = this.#deps;
    const bucket = this.#addresses.get(block) ?? new TokenBucket(clock, settings.enrolRate, settings.enrolBurst);
    this.#addresses.delete(block);
    this.#addresses.set(block, bucket);
    if (this.#addresses.size > MAX_ADDRESSES) {
      for (const oldest of this.#addresses.keys()) {
        this.#addresses.delete(oldest);
        break;
      }
    }
    return bucket;
  }
}

/** Of IPv6 the network: one subscriber has all addresses of a /64. */
function blockOf(address: string): string {
  if (!address.includes(':') || address.includes('.')) return address;
  const [head = '', tail] = address.split('::');
  const groups = head.split(':').filter(Boolean);
  if (tail !== undefined) {
    const last = tail.split(':').filter(Boolean);
    while (groups.length + last.length < 8) groups.push('0');
    groups.push(...last);
  }
  return groups
    .slice(0, 4)
    .map((it) => Number.parseInt(it, 16).toString(16))
    .join(':');
}
