import type { Clock } from '../ports/clock.ts';
import type { Calls, Switchboard } from './calls.ts';
import type { Membership } from './membership.ts';
import type { Replicas } from './replicas.ts';

export interface AheadDeps {
  replicas: Replicas;
  membership: Membership;
  switchboard: Switchboard;
  clock: Clock;
  /** Reads the current owners of these devices from the registry. */
  read(ids: readonly string[]): Promise<void>;
}

const GATHER_MS = 50;
const RETRY_MS = 1000;
const MAX_DEVICES = 200;

/** `diverged`: the device was held here, so the owner may have published other content with the same versions. */
interface Told {
  id: string;
  version: number;
  diverged: boolean;
}

/**
 * Collects devices of which this instance published a newer version than their owner knows, and reports them to the
 * owner. This happens if two instances held a device while they were cut off from each other, or if Redis lost data.
 * Versions never go back, so the owner advances past the reported version.
 */
export class Ahead {
  readonly #deps: AheadDeps;
  readonly #told = new Map<string, Told>();
  #timer: unknown;

  constructor(deps: AheadDeps) {
    this.#deps = deps;
  }

  stop(): void {
    this.#deps.clock.clearTimeout(this.#timer);
    this.#told.clear();
  }

  note(told: Told): void {
    const known = this.#told.get(told.id);
    this.#told.set(told.id, { ...told, diverged: told.diverged || known?.diverged === true });
    if (this.#told.size === 1) this.#arm(GATHER_MS);
  }

  #arm(ms: number): void {
    const { clock } = this.#deps;
    clock.clearTimeout(this.#timer);
    this.#timer = clock.setTimeout(() => void this.#tellAll(), ms);
  }

  async #tellAll(): Promise<void> {
    const { replicas, membership } = this.#deps;
    const byOwner = new Map<string, Told[]>();
    for (const told of this.#told.values()) {
      // An instance that takes the device later detects the conflict itself, by comparing versions.
      const owner = replicas.get(told.id)?.owner ?? '';
      if (owner !== membership.me && membership.isAlive(owner))
        byOwner.set(owner, [...(byOwner.get(owner) ?? []), told]);
    }
    this.#told.clear();
    await Promise.all([...byOwner].map(([owner, all]) => this.#tell(owner, all)));
  }

  async #tell(owner: string, all: readonly Told[]): Promise<void> {
    for (let i = 0; i < all.length; i += MAX_DEVICES) {
      const told = all.slice(i, i + MAX_DEVICES);
      const reported = told.map(({ id, version, diverged }) => ({ id, version, isOtherwise: diverged }));
      const answer = this.#deps.switchboard.ask(owner, 'ahead', { told: reported });
      const moved = await answer.then(
        (it) => new Set(it.moved),
        () => new Set(told.map(({ id }) => id)),
      );
      if (moved.size === 0) continue;
      await this.#deps.read([...moved]).catch(() => {});
      for (const it of told) if (moved.has(it.id)) this.note(it);
      this.#arm(RETRY_MS);
    }
  }
}
