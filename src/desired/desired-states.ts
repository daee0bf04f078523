import { checkWritable, durable } from '../ports/durable.ts';
import { PendingChanges } from '../ports/pending-changes.ts';
import type { StateStore } from '../ports/state-store.ts';
import { WriteCount } from '../ports/write-count.ts';
import type { DesiredSource, SetDesired } from '../protocol/desired.ts';
import type { DeviceDocument } from '../protocol/document.ts';
import { VigiaError } from '../protocol/errors.ts';

/** Applies to all devices, to a group, or to one device. */
export type Scope = 'all' | `group:${string}` | `device:${string}`;

const MAX_STATES = 20_000;

/** The desired states that operators have set. */
export class DesiredStates {
  readonly #store: StateStore;
  #states = new Map<Scope, SetDesired>();
  readonly #pending = new PendingChanges<SetDesired | undefined>();
  readonly #writes = new WriteCount();
  readonly #changed: (scope?: Scope) => void;

  /** @param changed called with the changed scope; undefined if any may have changed */
  constructor(store: StateStore, changed: (scope?: Scope) => void) {
    this.#store = store;
    this.#changed = changed;
  }

  /** Loads the stored states; in a cluster, other instances write them, too. */
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

  /** The desired state of a device: the most specific one, not merged with others. */
  of({ id, group }: Pick<DeviceDocument, 'id' | 'group'>): { target: SetDesired; source: DesiredSource } | undefined {
    // Fast path for fleets without desired states.
    if (this.#states.size === 0) return undefined;
    const own = this.#states.get(`device:${id}`);
    if (own) return { target: own, source: 'device' };
    const ofGroup = group === null ? undefined : this.#states.get(`group:${group}`);
    if (ofGroup) return { target: ofGroup, source: 'group' };
    const ofAll = this.#states.get('all');
    return ofAll && { target: ofAll, source: 'all' };
  }

  /**
   * Resolves once the state is durable; undefined removes it. It applies from then on: before, no command is sent for it.
   * @throws VigiaError `conflict` (too many), `unavailable`; the previous state applies then
   */
  async set(scope: Scope, state: SetDesired | undefined): Promise<void> {
    if (state && !this.#states.has(scope) && this.#states.size >= MAX_STATES) {
      throw new VigiaError('conflict', `There are ${MAX_STATES} desired states already.`);
    }
    checkWritable(this.#store);
    this.#put(scope, state);
    const change = { was: this.#states.get(scope), is: state, stored: durable(this.#store) };
    await this.#pending.settle(scope, change, (previous) => this.#put(scope, previous));
    this.#writes.written();
    if (state) this.#states.set(scope, state);
    else this.#states.delete(scope);
    this.#changed(scope);
  }

  #put(scope: Scope, state: SetDesired | undefined): void {
    this.#writes.written();
    this.#store.put('desired', scope, state);
  }
}
