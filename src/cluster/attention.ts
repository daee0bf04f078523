import type { Fleet } from '../fleet/fleet.ts';
import { Watchers } from '../fleet/watchers.ts';
import type { Clock } from '../ports/clock.ts';
import { repeat } from '../ports/repeat.ts';
import type { Switchboard } from './calls.ts';
import type { Membership } from './membership.ts';
import type { Replicas } from './replicas.ts';

/** A device, and how often it is to be asked, ms. */
export type Watched = readonly [id: string, intervalMs: number];

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
  #stop = () => {};

  constructor(deps: AttentionDeps) {
    this.#deps = deps;
  }

  start(): void {
    this.#stop = repeat(this.#deps.clock, REPEAT_MS, () => this.#tell());
  }

  stop(): void {
    this.#stop();
    this.#deps.clock.clearTimeout(this.#soon);
  }

  watch(id: string, by: string, wanted?: number): number {
    const intervalMs = this.#deps.fleet.watch(id, by, wanted);
    if (this.#here.set(id, by, intervalMs)) this.#tellSoon();
    return intervalMs;
  }

  unwatch(id: string, by: string): void {
    if (this.#here.delete(id, by)) this.#tellSoon();
    this.#deps.fleet.unwatch(id, by);
  }

  /** Another instance says what it watches of ours: all of it. */
  take(from: string, watched: readonly Watched[]): void {
    const { fleet } = this.#deps;
    const now = new Set(watched.map(([id]) => id));
    for (const id of this.#there.get(from) ?? []) if (!now.has(id)) fleet.unwatch(id, watcher(from));
    for (const [id, intervalMs] of watched) fleet.watch(id, watcher(from), intervalMs);
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
    const lists = new Map<string, Watched[]>([...this.#told].map((instance) => [instance, []]));
    for (const [id, intervalMs] of this.#here.all()) {
      const owner = replicas.get(id)?.owner;
      if (!owner || owner === membership.me || !membership.isAlive(owner)) continue;
      const list = lists.get(owner);
      if (list) list.push([id, intervalMs]);
      else lists.set(owner, [[id, intervalMs]]);
    }
    for (const [instance, watched] of lists) {
      switchboard.say(instance, { note: 'watching', watched });
      if (watched.length > 0) this.#told.add(instance);
      else this.#told.delete(instance);
    }
  }
}

const watcher = (instance: string) => `instance ${instance}`;
