import type { Clock } from '../ports/clock.ts';
import type { Lives } from '../ports/lives.ts';
import { repeat } from '../ports/repeat.ts';
import type { Membership } from './membership.ts';

const LOOK_MS = 60_000;
/** Longer than an instance takes from opening the database until the others hear it, or from leaving until it is closed. */
const PATIENCE_MS = 120_000;

/** Looks which of those that have not closed the database are gone. */
export class Vigil {
  readonly #lives: Lives;
  readonly #membership: Membership;
  readonly #clock: Clock;
  /** Of those that were heard here: from when on it is certain that they close nothing any more. */
  readonly #goneFrom = new Map<string, number>();
  #stop = () => {};

  constructor(lives: Lives, membership: Membership, clock: Clock) {
    this.#lives = lives;
    this.#membership = membership;
    this.#clock = clock;
  }

  start(): void {
    this.#stop = repeat(this.#clock, LOOK_MS, () => this.look());
  }

  stop(): void {
    this.#stop();
  }

  gone(instance: string, hasLeft: boolean): void {
    this.#goneFrom.set(instance, this.#clock.now() + (hasLeft ? PATIENCE_MS : 0));
  }

  /** To be called once what the gone had held is in other hands. What cannot be written is looked for again. */
  look(): void {
    if (!this.#membership.isSettled) return;
    const now = this.#clock.now();
    this.#lives
      .look((instance, since) => {
        if (this.#membership.isAlive(instance)) return 'alive';
        const goneFrom = this.#goneFrom.get(instance);
        const isGone = goneFrom === undefined ? this.#clock.wall(now) >= since + PATIENCE_MS : now >= goneFrom;
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
