import type { Logger } from 'pino';
import { initialTransition, type SnapshotFrom, transition } from 'xstate';
import { HEARTBEAT_MS, isLeaseOver, type MembershipEvent, membershipMachine } from '../../machines/membership.ts';
import type { Clock } from '../ports/clock.ts';
import type { Pulse, Registry } from '../ports/registry.ts';

type Announcement = { gone: readonly string[]; haveLeft: boolean };

export interface MembershipListeners {
  /** Instances are gone (`haveLeft`: after a clean shutdown), or membership is settled. */
  changed(gone: readonly string[], haveLeft: boolean): void;
  /**
   * At the start and after an interruption of the heartbeats: reads missed changes. The lease begins when it resolves.
   */
  lapsed(): Promise<void>;
}

/** Two instances have the same NODE_ID. */
export class NodeIdError extends Error {
  override name = 'NodeIdError';
}

/** Without a heartbeat for this long, an instance with our NODE_ID has crashed. */
const SILENCE_MS = 3 * HEARTBEAT_MS;

/** `<NODE_ID>:<random>` */
const nodeOf = (instance: string) => instance.split(':')[0] as string;

/** Runs the membership machine: writes heartbeats to the registry and reports instances that are gone. */
export class Membership {
  readonly me: string;
  readonly isShared = true;
  readonly #registry: Registry;
  readonly #clock: Clock;
  readonly #log: Logger;
  #state: SnapshotFrom<typeof membershipMachine>;
  #beating: Promise<void> | undefined;
  #renewal: Promise<void> | undefined;
  #timer: unknown;
  readonly #listeners: MembershipListeners;

  constructor(me: string, deps: { registry: Registry; clock: Clock; log: Logger; listeners: MembershipListeners }) {
    this.me = me;
    this.#listeners = deps.listeners;
    this.#registry = deps.registry;
    this.#clock = deps.clock;
    this.#log = deps.log;
    [this.#state] = initialTransition(membershipMachine, { me });
  }

  /** @throws NodeIdError if an instance with this NODE_ID is running */
  async start(): Promise<void> {
    await this.#claimName();
    await this.#beat();
    this.#arm();
  }

  /**
   * Players would be routed to the wrong one of two instances with the same name. One that crashed still seems to run,
   * until it has missed some heartbeats. Of several that start at the same time, all but the first by name give up; that
   * one waits for it, and an instance that runs does not give up.
   */
  async #claimName(): Promise<void> {
    const namesakes = ({ lastHeard }: Pulse) =>
      [...lastHeard].filter(([it]) => it !== this.me && nodeOf(it) === nodeOf(this.me));
    const mayLive = (pulse: Pulse) => namesakes(pulse).some(([, at]) => pulse.now - at < SILENCE_MS);
    const first = await this.#pulse();
    if (!first) return;
    const until = this.#clock.now() + SILENCE_MS;
    let alive: string[] = [];
    let isOver = false;
    for (let last = first; mayLive(last) && !isOver; ) {
      await new Promise<void>((resolve) => void this.#clock.setTimeout(() => resolve(), HEARTBEAT_MS / 2));
      const next = await this.#pulse();
      isOver = this.#clock.now() >= until;
      // While the registry is away, those that were seen count.
      if (next) {
        last = next;
        alive = namesakes(next).flatMap(([it, at]) => (first.lastHeard.get(it) === at ? [] : [it]));
      }
      if (alive.length === 0 || (!isOver && alive.every((it) => it > this.me))) continue;
      await this.#registry.leave().catch(() => {});
      throw new NodeIdError(
        `NODE_ID=${nodeOf(this.me)} is in use: another instance of this cluster runs with it. Each needs its own.`,
      );
    }
  }

  /** Undefined while the registry is unavailable. */
  #pulse(): Promise<Pulse | undefined> {
    return this.#registry.heartbeat().catch(() => undefined);
  }

  stop(): void {
    this.#clock.clearTimeout(this.#timer);
  }

  /** The NODE_IDs of all instances that are alive, including this one. */
  get nodes(): string[] {
    return [...new Set([this.me, ...this.#state.context.alive].map(nodeOf))];
  }

  /** Whether it was heard recently. Before membership is settled, an instance that was not heard may still be alive. */
  isHeard(instance: string): boolean {
    return this.#state.context.alive.has(instance);
  }

  /** An instance counts as alive until it is certainly dead. */
  isAlive(instance: string): boolean {
    if (instance === '') return false;
    const { alive, left } = this.#state.context;
    return instance === this.me || alive.has(instance) || !(this.isSettled || left.has(instance));
  }

  /** A message of this instance arrived. */
  heard(instance: string): void {
    // Messages arrive many times a second.
    if (!this.isHeard(instance)) this.#send({ type: 'HEARD', instance });
  }

  left(instance: string): void {
    this.#send({ type: 'LEFT', instance });
  }

  /** Whether this instance has listened long enough to know which instances are dead. */
  get isSettled(): boolean {
    return this.#state.matches({ peers: 'settled' });
  }

  /**
   * See `LeaseCheck`. If this instance was frozen or cut off for longer than the lease, it first reads what it still
   * owns.
   */
  checkLease(): Promise<void> | undefined {
    if (!this.#mustRenew()) return undefined;
    this.#renewal ??= this.#renew().finally(() => {
      this.#renewal = undefined;
    });
    return this.#renewal;
  }

  #mustRenew(): boolean {
    const at = this.#clock.now();
    // Called for every report: the machine gets an event only if the lease is over.
    if (!isLeaseOver(this.#state.context, at)) return false;
    this.#send({ type: 'ACTING', at });
    return this.#state.matches({ lease: 'expired' });
  }

  async #renew(): Promise<void> {
    await this.#beating;
    // The first heartbeat may fail only because it timed out while this process was frozen.
    for (let i = 0; i < 2 && this.#mustRenew(); i++) await this.#beat();
    if (this.#mustRenew()) this.#send({ type: 'UNREACHABLE' });
  }

  #arm(): void {
    this.#timer = this.#clock.setTimeout(() => {
      void this.#beat();
      this.#arm();
    }, HEARTBEAT_MS);
  }

  #beat(): Promise<void> {
    this.#beating ??= this.#heartbeat().finally(() => {
      this.#beating = undefined;
    });
    return this.#beating;
  }

  async #heartbeat(): Promise<void> {
    const begunAt = this.#clock.now();
    try {
      this.#send({ type: 'HEARTBEAT', beat: await this.#registry.heartbeat() });
      if (this.#state.matches({ knowledge: 'lapsed' })) await this.#listeners.lapsed();
      this.#send({ type: 'CONFIRMED', begunAt });
    } catch {
      this.#send({ type: 'HEARTBEAT_FAILED', tookMs: this.#clock.now() - begunAt });
    }
  }

  #send(event: MembershipEvent): void {
    const [next, actions] = transition(membershipMachine, this.#state, event);
    this.#state = next;
    for (const { params } of actions) this.#announce(params as unknown as Announcement);
  }

  #announce({ gone, haveLeft }: Announcement): void {
    for (const instance of gone) {
      if (haveLeft) this.#log.info({ instance }, 'an instance has left');
      else this.#log.warn({ instance }, 'an instance is gone');
    }
    this.#listeners.changed(gone, haveLeft);
  }
}
