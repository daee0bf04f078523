import type { Clock } from '../ports/clock.ts';
import type { Rpc } from './calls.ts';
import type { Membership } from './membership.ts';
import type { Replicas } from './replicas.ts';

export interface VersionConflictsDeps {
  replicas: Replicas;
  membership: Membership;
  rpc: Rpc;
  clock: Clock;
  /** Reads the current owners of these devices from the registry. */
  read(ids: readonly string[]): Promise<unknown>;
}

const COLLECT_MS = 50;
const RETRY_MS = 1000;
const MAX_DEVICES = 200;

/** `diverged`: the device was held here, so the owner may have published other content with the same versions. */
interface VersionConflict {
  id: string;
  version: number;
  diverged: boolean;
}

/**
 * Collects devices of which this instance published a newer version than their owner knows, and reports them to the
 * owner. This happens if two instances held a device while they were cut off from each other, or if Redis lost data.
 * Versions never go back, so the owner advances past the reported version.
 */
export class VersionConflicts {
  readonly #deps: VersionConflictsDeps;
  readonly #conflicts = new Map<string, VersionConflict>();
  #timer: unknown;

  constructor(deps: VersionConflictsDeps) {
    this.#deps = deps;
  }

  stop(): void {
    this.#deps.clock.clearTimeout(this.#timer);
    this.#conflicts.clear();
  }

  note(conflict: VersionConflict): void {
    const known = this.#conflicts.get(conflict.id);
    this.#conflicts.set(conflict.id, { ...conflict, diverged: conflict.diverged || known?.diverged === true });
    if (this.#conflicts.size === 1) this.#arm(COLLECT_MS);
  }

  #arm(ms: number): void {
    const { clock } = this.#deps;
    clock.clearTimeout(this.#timer);
    this.#timer = clock.setTimeout(() => void this.#reportAll(), ms);
  }

  async #reportAll(): Promise<void> {
    const { replicas, membership } = this.#deps;
    const byOwner = new Map<string, VersionConflict[]>();
    for (const conflict of this.#conflicts.values()) {
      // An instance that takes the device later detects the conflict itself, by comparing versions.
      const owner = replicas.get(conflict.id)?.owner ?? '';
      if (owner !== membership.me && membership.isAlive(owner))
        byOwner.set(owner, [...(byOwner.get(owner) ?? []), conflict]);
    }
    this.#conflicts.clear();
    await Promise.all([...byOwner].map(([owner, all]) => this.#report(owner, all)));
  }

  async #report(owner: string, all: readonly VersionConflict[]): Promise<void> {
    for (let i = 0; i < all.length; i += MAX_DEVICES) {
      const batch = all.slice(i, i + MAX_DEVICES);
      const told = batch.map(({ id, version, diverged }) => ({ id, version, isOtherwise: diverged }));
      const answer = this.#deps.rpc.call(owner, 'ahead', { told });
      const moved = await answer.then(
        (it) => new Set(it.moved),
        () => new Set(batch.map(({ id }) => id)),
      );
      if (moved.size === 0) continue;
      await this.#deps.read([...moved]).catch(() => {});
      for (const it of batch) if (moved.has(it.id)) this.note(it);
      this.#arm(RETRY_MS);
    }
  }
}
