import { checkWritable, durable } from '../ports/durable.ts';
import type { StateStore } from '../ports/state-store.ts';
import { WriteCount } from '../ports/write-count.ts';
import type { DesiredSource, SetDesired } from '../protocol/desired.ts';
import type { DeviceDocument } from '../protocol/document.ts';
import { VigiaError } from '../protocol/errors.ts';

/** Whose: everybody's, a group's, or a device's own. */
export type Scope = 'all' | `group:${string}` | `device:${string}`;

const MAX_STATES = 20_000;

/** What operators want of devices. */
export class DesiredStates {
  readonly #store: StateStore;
  #states = new Map<Scope, SetDesired>();
  readonly #writes = new WriteCount();
  #changed: (scope?: Scope) => void = () => {};

  constructor(store: StateStore) {
    this.#store = store;
  }

  /** @param listener told whose it is that differs; undefined: anybody's */
  onChange(listener: (scope?: Scope) => void): void {
    this.#changed = listener;
  }

  /** Takes in what is stored: in a cluster others write, too. */
  async load(): Promise<void> {
    const stored = await this.#writes.read(this.#store, () => this.#store.load<SetDesired>('desired'));
    const states = stored as Map<Scope, SetDesired>;
    const isSame =
      states.size === this.#states.size &&
      [...states].every(([scope, { setAt }]) => this.#states.get(scope)?.setAt === setAt);
    if (isSame) return;
    this.#states = states;
    this.#changed();
  }

  get(scope: Scope): SetDesired | undefined {
    return this.#states.get(scope);
  }

  /** What counts for a device: the most specific one, whole. */
  of({ id, group }: Pick<DeviceDocument, 'id' | 'group'>): { wish: SetDesired; source: DesiredSource } | undefined {
    // A fleet of which nothing is wanted pays nothing.
    if (this.#states.size === 0) return undefined;
    const own = this.#states.get(`device:${id}`);
    if (own) return { wish: own, source: 'device' };
    const ofGroup = group === null ? undefined : this.#states.get(`group:${group}`);
    if (ofGroup) return { wish: ofGroup, source: 'group' };
    const ofAll = this.#states.get('all');
    return ofAll && { wish: ofAll, source: 'all' };
  }

  /** Resolves once it is safe. Undefined: it is removed. @throws VigiaError `conflict` (too many), `unavailable` */
  async set(scope: Scope, state: SetDesired | undefined): Promise<void> {
    if (state && !this.#states.has(scope) && this.#states.size >= MAX_STATES) {
      throw new VigiaError('conflict', `There are ${MAX_STATES} desired states already.`);
    }
    checkWritable(this.#store);
    this.#writes.written();
    if (state) this.#states.set(scope, state);
    else this.#states.delete(scope);
    this.#store.put('desired', scope, state);
    try {
      await durable(this.#store);
    } finally {
      // Where it is not safe yet it counts all the same, and is written later.
      this.#changed(scope);
    }
  }
}
