import type { Clock } from '../ports/clock.ts';

/** Other instances' new devices are known after this time (SPEC K2). */
const REPLICATION_MS = 2000;

export interface DeviceQuotaDeps {
  clock: Pick<Clock, 'now'>;
  maxDevices: number;
  instances(): number;
  devices: { get(id: string): unknown; readonly size: number };
}

/**
 * Decides whether a new device fits within MAX_DEVICES. Devices that other instances admit at this moment are not known
 * yet, so each of them counts as if it admitted as many as this one. The limit is exceeded by at most one device per
 * other instance (SPEC L9).
 */
export class DeviceQuota {
  readonly #deps: DeviceQuotaDeps;
  /** Devices admitted here recently, with the time, oldest first. */
  readonly #recent = new Map<string, number>();

  constructor(deps: DeviceQuotaDeps) {
    this.#deps = deps;
  }

  reserve(id: string): boolean {
    const { clock, devices, maxDevices } = this.#deps;
    const now = clock.now();
    for (const [one, at] of this.#recent) {
      if (now - at < REPLICATION_MS) break;
      this.#recent.delete(one);
    }
    if (this.#recent.has(id)) return true;
    const ours = this.#recent.size * this.#deps.instances();
    // The exact count is needed only near the limit.
    const isFree = devices.size + ours < maxDevices || devices.size - this.#arrived + ours < maxDevices;
    if (isFree) this.#recent.set(id, now);
    return isFree;
  }

  get #arrived(): number {
    let arrived = 0;
    for (const id of this.#recent.keys()) if (this.#deps.devices.get(id) !== undefined) arrived++;
    return arrived;
  }
}
