import type { Fleet } from '../fleet/fleet.ts';
import { Watchers } from '../fleet/watchers.ts';
import type { Clock } from '../ports/clock.ts';
import type { Switchboard } from './calls.ts';
import type { Membership } from './membership.ts';
import type { Replicas } from './replicas.ts';

const GATHER_MS = 20;
/** Said again and again: a device may change hands, and a message get lost. */
const REPEAT_MS = 3000;

export interface AttentionDeps {
  fleet: Fleet;
  replicas: Replicas;
  membership: Membership;
  switchboard: Switchboard;
  clock: Clock;
}

/** Who watches what here is told to those who hold it, each all of theirs at once. */
export class RemoteAttention {
  readonly #here = new Watchers();
  /** What each other instance watches of ours. */
  readonly #there = new Map<string, ReadonlySet<string>>();
  readonly #told = new Set<string>();
  readonly #deps: AttentionDeps;
  #soon: unknown;
  #timer: unknown;

  constructor(deps: AttentionDeps) {
    this.#deps = deps;
  }

  start(): void {
    this.#timer = this.#deps.clock.setTimeout(() => {
      this.#tell();
      this.start();
    }, REPEAT_MS);
  }

  stop(): void {
    this.#deps.clock.clearTimeout(this.#timer);
    this.#deps.clock.clearTimeout(this.#soon);
  }

  watch(id: string, by: string): number {
    if (this.#here.add(id, by)) this.#tellSoon();
    return this.#deps.fleet.watch(id, by);
  }

  unwatch(id: string, by: string): void {
    if (this.#here.delete(id, by)) this.#tellSoon();
    this.#deps.fleet.unwatch(id, by);
  }

  /** Another instance says what it watches of ours: all of it. */
  take(from: string, ids: readonly string[]): void {
    const { fleet } = this.#deps;
    const now = new Set(ids);
    for (const id of this.#there.get(from) ?? []) if (!now.has(id)) fleet.unwatch(id, watcher(from));
    for (const id of now) fleet.watch(id, watcher(from));
    this.#there.set(from, now);
  }

  forget(instance: string): void {
    this.take(instance, []);
    this.#there.delete(instance);
    this.#told.delete(instance);
  }

  #tellSoon(): void {
    this.#soon ??= this.#deps.clock.setTimeout(() => {
      this.#soon = undefined;
      this.#tell();
    }, GATHER_MS);
  }

  #tell(): void {
    const { replicas, membership, switchboard } = this.#deps;
    const lists = new Map<string, string[]>([...this.#told].map((instance) => [instance, []]));
    for (const id of this.#here.ids) {
      const owner = replicas.get(id)?.owner;
      if (!owner || owner === membership.me || !membership.isAlive(owner)) continue;
      const list = lists.get(owner);
      if (list) list.push(id);
      else lists.set(owner, [id]);
    }
    for (const [instance, ids] of lists) {
      switchboard.say(instance, { note: 'watching', ids });
      if (ids.length > 0) this.#told.add(instance);
      else this.#told.delete(instance);
    }
  }
}

const watcher = (instance: string) => `instance ${instance}`;
