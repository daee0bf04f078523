import type { Logger } from 'pino';
import { initialTransition, type SnapshotFrom, transition } from 'xstate';
import { HEARTBEAT_MS, isLeaseOver, type MembershipEvent, membershipMachine } from '../../machines/membership.ts';
import type { Clock } from '../ports/clock.ts';
import type { Registry } from '../ports/registry.ts';

type Announcement = { gone: readonly string[]; haveLeft: boolean };

export interface MembershipListeners {
  /** Instances are gone (`haveLeft`: after a clean shutdown), or membership is settled. */
  changed(gone: readonly string[], haveLeft: boolean): void;
  /**
   * At the start and after an interruption of the heartbeats: reads missed changes. The lease begins when it resolves.
   */
  lapsed(): Promise<void>;
}

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

  async start(): Promise<void> {
    await this.#beat();
    this.#arm();
  }

  stop(): void {
    this.#clock.clearTimeout(this.#timer);
  }

  /** The NODE_IDs of all instances that are alive, including this one. */
  get nodes(): string[] {
    return [...new Set([this.me, ...this.#state.context.alive].map((instance) => instance.split(':')[0] as string))];
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
