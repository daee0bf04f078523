import { checkWritable, durable } from '../ports/durable.ts';
import { PendingChanges } from '../ports/pending-changes.ts';
import type { StateStore } from '../ports/state-store.ts';
import { WriteCount } from '../ports/write-count.ts';
import type { Policy } from '../protocol/alerts.ts';
import type { DeviceDocument } from '../protocol/document.ts';
import { VigiaError } from '../protocol/errors.ts';

/** Applies to all devices, to a group, or to one device. */
export type Scope = 'default' | `group:${string}` | `device:${string}`;

const MAX_POLICIES = 10_000;

/** The operators' alert policies. */
export class Policies {
  readonly #store: StateStore;
  #policies = new Map<Scope, Policy>();
  readonly #changes = new PendingChanges<Policy | undefined>();
  readonly #writes = new WriteCount();

  constructor(store: StateStore) {
    this.#store = store;
  }

  /** Loads the stored policies: other instances may have changed them. */
  async load(): Promise<void> {
    const policies = await this.#writes.read(this.#store, () => this.#store.load<Policy>('policies'));
    this.#policies = policies as Map<Scope, Policy>;
  }

  get(scope: Scope): Policy | undefined {
    return this.#policies.get(scope);
  }

  /** All policies, ordered by scope. */
  all(): { scope: Scope; policy: Policy }[] {
    const all = [...this.#policies].map(([scope, policy]) => ({ scope, policy }));
    return all.sort((a, b) => (a.scope < b.scope ? -1 : 1));
  }

  /** The policy of a device: per field, the most specific scope wins. */
  of({ id, group }: DeviceDocument): Policy {
    const general = this.#policies.get('default');
    const ofGroup = group === null ? undefined : this.#policies.get(`group:${group}`);
    const own = this.#policies.get(`device:${id}`);
    return ofGroup || own ? { ...general, ...ofGroup, ...own } : (general ?? NONE);
  }

  /**
   * Resolves once the policy is durable; undefined removes it.
   * @throws VigiaError `conflict` (too many), `unavailable`; the previous policy applies then
   */
  async set(scope: Scope, policy: Policy | undefined): Promise<void> {
    if (policy && !this.#policies.has(scope) && this.#policies.size >= MAX_POLICIES) {
      throw new VigiaError('conflict', `There are ${MAX_POLICIES} policies already.`);
    }
    checkWritable(this.#store);
    const was = this.#policies.get(scope);
    this.#put(scope, policy);
    const change = { was, is: policy, stored: durable(this.#store) };
    await this.#changes.settle(scope, change, (previous) => this.#put(scope, previous));
  }

  #put(scope: Scope, policy: Policy | undefined): void {
    this.#writes.written();
    if (policy) this.#policies.set(scope, policy);
    else this.#policies.delete(scope);
    this.#store.put('policies', scope, policy);
  }
}

const NONE: Policy = {};
