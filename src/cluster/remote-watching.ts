import type { Fleet } from '../fleet/fleet.ts';
import { Watchers } from '../fleet/watchers.ts';
import type { Clock } from '../ports/clock.ts';
import { repeat } from '../ports/repeat.ts';
import type { Rpc } from './calls.ts';
import type { Replicas } from './replicas.ts';

/** A device and its requested polling interval (ms). */
export type Watched = readonly [id: string, intervalMs: number];

const COLLECT_MS = 20;
/** Repeated, because devices change owners and messages get lost. */
const REPEAT_MS = 3000;

export interface RemoteWatchingDeps {
  fleet: Fleet;
  replicas: Replicas;
  rpc: Rpc;
  clock: Clock;
}

/** Tells each owner which of its devices are watched here, as one complete list per owner. */
export class RemoteWatching {
  readonly #local = new Watchers();
  /** By instance: the devices held here that it watches. */
  readonly #remote = new Map<string, ReadonlySet<string>>();
  readonly #notified = new Set<string>();
  readonly #deps: RemoteWatchingDeps;
  #soon: unknown;
  #stop = () => {};

  constructor(deps: RemoteWatchingDeps) {
    this.#deps = deps;
  }

  start(): void {
    this.#stop = repeat(this.#deps.clock, REPEAT_MS, () => this.#notify());
  }

  stop(): void {
    this.#stop();
    this.#deps.clock.clearTimeout(this.#soon);
  }

  watch(id: string, by: string, wanted?: number): number {
    const intervalMs = this.#deps.fleet.watch(id, by, wanted);
    if (this.#local.set(id, by, intervalMs)) this.#notifySoon();
    return intervalMs;
  }

  unwatch(id: string, by: string): void {
    if (this.#local.delete(id, by)) this.#notifySoon();
    this.#deps.fleet.unwatch(id, by);
  }

  /** The complete list of devices held here that another instance watches. */
  take(from: string, watched: readonly Watched[]): void {
    const { fleet } = this.#deps;
    const now = new Set(watched.map(([id]) => id));
    for (const id of this.#remote.get(from) ?? []) if (!now.has(id)) fleet.unwatch(id, watcher(from));
    for (const [id, intervalMs] of watched) fleet.watch(id, watcher(from), intervalMs);
    this.#remote.set(from, now);
  }

  forget(instance: string): void {
    this.take(instance, []);
    this.#remote.delete(instance);
    this.#notified.delete(instance);
  }

  #notifySoon(): void {
    this.#soon ??= this.#deps.clock.setTimeout(() => {
      this.#soon = undefined;
      this.#notify();
    }, COLLECT_MS);
  }

  #notify(): void {
    const { replicas, rpc } = this.#deps;
    const lists = new Map<string, Watched[]>([...this.#notified].map((instance) => [instance, []]));
    for (const [id, intervalMs] of this.#local.all()) {
      const owner = replicas.get(id)?.owner;
      if (!owner) continue;
      const list = lists.get(owner);
      if (list) list.push([id, intervalMs]);
      else lists.set(owner, [[id, intervalMs]]);
    }
    for (const [instance, watched] of lists) {
      rpc.notify(instance, { note: 'watching', watched });
      if (watched.length > 0) this.#notified.add(instance);
      else this.#notified.delete(instance);
    }
  }
}

const watcher = (instance: string) => `instance ${instance}`;
