import { randomBytes } from 'node:crypto';
import type { Clock } from '../ports/clock.ts';
import type { RolloutRights } from '../ports/rollouts.ts';
import type { StateStore } from '../ports/state-store.ts';
import type { RolloutAct } from '../protocol/rollouts.ts';

/** A request that another instance sends to the owner of a rollout. */
export interface Order {
  rolloutId: string;
  act: RolloutAct;
  by: RolloutRights;
}

/** The requests to owners of rollouts, in the shared database. */
export class Orders {
  readonly #store: StateStore;
  readonly #clock: Pick<Clock, 'wall'>;

  constructor(store: StateStore, clock: Pick<Clock, 'wall'>) {
    this.#store = store;
    this.#clock = clock;
  }

  /** Returns its key. Each order has its own, so that removing one never removes a newer one. */
  place(order: Order): string {
    const at = Math.max(0, this.#clock.wall()).toString(36).padStart(9, '0');
    const key = `${order.rolloutId}:${at}${randomBytes(4).toString('hex')}`;
    this.#store.put('rollout-orders', key, order);
    return key;
  }

  /** Oldest first, without those removed before. Rejects if a removal cannot be written now. */
  async all(): Promise<[key: string, order: Order][]> {
    await this.#store.committed();
    const all = await this.#store.load<Order>('rollout-orders');
    return [...all].sort(([a], [b]) => (a < b ? -1 : 1));
  }

  remove(key: string): void {
    this.#store.put('rollout-orders', key, undefined);
  }
}
