import type { Clock } from '../ports/clock.ts';
import type { Incarnations } from '../ports/incarnations.ts';
import { repeat } from '../ports/repeat.ts';
import type { Membership } from './membership.ts';

const REAP_EVERY_MS = 60_000;
/**
 * Longer than an instance takes from opening the database until others hear it, and from leaving until it has closed
 * the database.
 */
const GRACE_MS = 120_000;

/** Finds instances that died without closing the database, and removes what they left in it. */
export class Reaper {
  readonly #incarnations: Incarnations;
  readonly #membership: Membership;
  readonly #clock: Clock;
  /** For instances that were heard here: the time after which they certainly no longer have the database open. */
  readonly #goneFrom = new Map<string, number>();
  #stop = () => {};

  constructor(incarnations: Incarnations, membership: Membership, clock: Clock) {
    this.#incarnations = incarnations;
    this.#membership = membership;
    this.#clock = clock;
  }

  start(): void {
    this.#stop = repeat(this.#clock, REAP_EVERY_MS, () => this.reap());
  }

  stop(): void {
    this.#stop();
  }

  gone(instance: string, hasLeft: boolean): void {
    this.#goneFrom.set(instance, this.#clock.now() + (hasLeft ? GRACE_MS : 0));
  }

  /** Call after the devices of dead instances have new owners. A failed write is repeated next time. */
  reap(): void {
    if (!this.#membership.isSettled) return;
    const now = this.#clock.now();
    this.#incarnations
      .removeGone((instance, since) => {
        if (this.#membership.isAlive(instance)) return 'alive';
        const goneFrom = this.#goneFrom.get(instance);
        const isGone = goneFrom === undefined ? this.#clock.wall(now) >= since + GRACE_MS : now >= goneFrom;
        if (isGone) return 'gone';
        return goneFrom === undefined ? 'unknown' : 'alive';
      })
      .then(
        () => {
          for (const [instance, from] of this.#goneFrom) if (from <= now) this.#goneFrom.delete(instance);
        },
        () => {},
      );
  }
}
