import type { Logger } from 'pino';
import { initialTransition, type SnapshotFrom, transition } from 'xstate';
import { HEARTBEAT_MS, isLeaseOver, type MembershipEvent, membershipMachine } from '../../machines/membership.ts';
import type { Clock } from '../ports/clock.ts';
import type { Registry } from '../ports/registry.ts';

type Announcement = { gone: readonly string[]; haveLeft: boolean };

/** Runs the membership machine: writes heartbeats to the registry, and tells its listeners who is gone. */
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
  #changed: (gone: readonly string[], haveLeft: boolean) => void = () => {};
  #lapsed: () => Promise<void> = async () => {};

  constructor(me: string, deps: { registry: Registry; clock: Clock; log: Logger }) {
    this.me = me;
    this.#registry = deps.registry;
    this.#clock = deps.clock;
    this.#log = deps.log;
    [this.#state] = initialTransition(membershipMachine, { me });
  }

  /** Instances are gone (`haveLeft`: and have said so), or it is certain by now that all others are there. */
  onChange(listener: (gone: readonly string[], haveLeft: boolean) => void): void {
    this.#changed = listener;
  }

  /** After a break of the heartbeats, or at the start: reads what may have been missed. The lease begins when it resolves. */
  onLapse(listener: () => Promise<void>): void {
    this.#lapsed = listener;
  }

  async start(): Promise<void> {
    await this.#beat();
    this.#arm();
  }

  stop(): void {
    this.#clock.clearTimeout(this.#timer);
  }

  /** The names (NODE_ID) of this instance and of the others that are alive. */
  get nodes(): string[] {
    return [...new Set([this.me, ...this.#state.context.alive].map((instance) => instance.split(':')[0] as string))];
  }

  /** Was it heard recently? Until membership is settled, one that was not may be alive all the same. */
  isHeard(instance: string): boolean {
    return this.#state.context.alive.has(instance);
  }

  /** Counts as alive until it is certain that it is not. */
  isAlive(instance: string): boolean {
    if (instance === '') return false;
    const { alive, left } = this.#state.context;
    return instance === this.me || alive.has(instance) || !(this.isSettled || left.has(instance));
  }

  /** A message of it arrived. */
  heard(instance: string): void {
    // One arrives many times a second.
    if (!this.isHeard(instance)) this.#send({ type: 'HEARD', instance });
  }

  left(instance: string): void {
    this.#send({ type: 'LEFT', instance });
  }

  /** Has this instance watched for long enough to tell who is dead? */
  get isSettled(): boolean {
    return this.#state.matches({ peers: 'settled' });
  }

  /** See `LeaseCheck`. Frozen or cut off for longer than the lease, this instance first finds out what it still owns. */
  checkLease(): Promise<void> | undefined {
    if (!this.#mustRenew()) return undefined;
    this.#renewal ??= this.#renew().finally(() => {
      this.#renewal = undefined;
    });
    return this.#renewal;
  }

  #mustRenew(): boolean {
    const at = this.#clock.now();
    // Asked for every report: the machine hears of it only where it makes a difference.
    if (!isLeaseOver(this.#state.context, at)) return false;
    this.#send({ type: 'ACTING', at });
    return this.#state.matches({ lease: 'expired' });
  }

  async #renew(): Promise<void> {
    await this.#beating;
    // The first may fail only because its time ran out while this process was frozen.
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
      if (this.#state.matches({ knowledge: 'lapsed' })) await this.#lapsed();
      this.#send({ type: 'CONFIRMED', begunAt });
    } catch {
      this.#send({ type: 'HEARTBEAT_FAILED', tookMs: this.#clock.now() - begunAt });
    }
  }

  #send(event: MembershipEvent): void {
    const [next, actions] = transition(membershipMachine, this.#state, event);
    this.#state = next;
    for (const { type, params } of actions) if (type === 'announce') this.#announce(params as unknown as Announcement);
  }

  #announce({ gone, haveLeft }: Announcement): void {
    for (const instance of gone) {
      if (haveLeft) this.#log.info({ instance }, 'an instance has left');
      else this.#log.warn({ instance }, 'an instance is gone');
    }
    this.#changed(gone, haveLeft);
  }
}
