import type { Logger } from 'pino';
import type { Clock } from '../ports/clock.ts';
import type { Pulse, Registry } from '../ports/registry.ts';

const BEAT_MS = 1000;
/** An instance that was not heard for so long is dead, by the registry's clock. */
const DEAD_MS = 6000;
/** Without a beat for so long this instance may be dead to the others: it asks before it acts. Shorter, to be safe. */
const LEASE_MS = 4000;

/** So many that have left are remembered; those before them are long forgotten by all. */
const MAX_GONE = 1000;

/**
 * Who is in the cluster. Each instance beats once a second, and counts another one as dead only over a time in which its
 * own beats came through without a break: after a pause of the registry everybody is late, and nobody dead.
 */
export class Membership {
  readonly me: string;
  readonly isShared = true;
  readonly #registry: Registry;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #alive = new Set<string>();
  /** Each life of an instance ends once. */
  readonly #gone = new Set<string>();
  /** By the registry's clock: the last pulse, and since when they came without a break. */
  #pulsedAt = 0;
  #steadySince = Number.POSITIVE_INFINITY;
  /** By our own: when the last beat that came through had begun. */
  #beatAt = Number.NEGATIVE_INFINITY;
  #wasSettled = false;
  /** What was missed in a break is not known yet. */
  #hasLapsed = false;
  /** The registry does not answer, and that is known: there is nothing to wait for. */
  #cutOff = false;
  #beating: Promise<void> | undefined;
  #doubt: Promise<void> | undefined;
  #timer: unknown;
  #changed: (gone: readonly string[], haveLeft: boolean) => void = () => {};
  #lapsed: () => Promise<void> = async () => {};

  constructor(me: string, deps: { registry: Registry; clock: Clock; log: Logger }) {
    this.me = me;
    this.#registry = deps.registry;
    this.#clock = deps.clock;
    this.#log = deps.log;
  }

  /** Somebody is gone (and has said so), or it is certain by now who is not there. */
  onChange(listener: (gone: readonly string[], haveLeft: boolean) => void): void {
    this.#changed = listener;
  }

  /** The beats had a break (or begin): what was known may not be true any more. It counts as known once this resolves. */
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

  /** The names (NODE_ID) of this instance and of the others that were heard lately. */
  get nodes(): string[] {
    return [...new Set([this.me, ...this.#alive].map((instance) => instance.split(':')[0] as string))];
  }

  /** Was it heard lately? Before that is settled, it may live all the same. */
  isHeard(instance: string): boolean {
    return this.#alive.has(instance);
  }

  /** Counts as alive until it is certain that it is not. */
  isAlive(instance: string): boolean {
    if (instance === '') return false;
    return instance === this.me || this.#alive.has(instance) || !(this.isSettled || this.#gone.has(instance));
  }

  /** News of it came. */
  heard(instance: string): void {
    this.#alive.add(instance);
  }

  /** Has it been watched for long enough who is there? */
  get isSettled(): boolean {
    return this.#pulsedAt - this.#steadySince > DEAD_MS;
  }

  left(instance: string): void {
    this.#gone.add(instance);
    if (this.#gone.size > MAX_GONE) this.#gone.delete(this.#gone.values().next().value as string);
    this.#alive.delete(instance);
    this.#log.info({ instance }, 'an instance has left');
    this.#changed([instance], true);
  }

  /** See `Sure`. Frozen or cut off for longer than the lease, this instance first finds out what it still owns. */
  sure(): Promise<void> | undefined {
    if (this.#clock.now() - this.#beatAt <= LEASE_MS || this.#cutOff) return undefined;
    this.#doubt ??= this.#findOut().finally(() => {
      this.#doubt = undefined;
    });
    return this.#doubt;
  }

  async #findOut(): Promise<void> {
    await this.#beating;
    // The first may fail only because its time ran out while we were frozen.
    for (let i = 0; i < 2 && this.#clock.now() - this.#beatAt > LEASE_MS; i++) await this.#beat();
    if (this.#clock.now() - this.#beatAt > LEASE_MS) this.#cutOff = true;
  }

  #arm(): void {
    this.#timer = this.#clock.setTimeout(() => {
      void this.#beat();
      this.#arm();
    }, BEAT_MS);
  }

  #beat(): Promise<void> {
    this.#beating ??= this.#pulse().finally(() => {
      this.#beating = undefined;
    });
    return this.#beating;
  }

  async #pulse(): Promise<void> {
    const begun = this.#clock.now();
    try {
      const pulse = await this.#registry.beat();
      // The registry's clock may be set, too: then nobody's beats are of this time until they come anew.
      const isBreak = pulse.isNew || pulse.now < this.#pulsedAt || pulse.now - this.#pulsedAt > LEASE_MS;
      this.#pulsedAt = pulse.now;
      if (isBreak) {
        this.#steadySince = pulse.now;
        this.#wasSettled = false;
        this.#hasLapsed = true;
      }
      this.#note(pulse);
      if (this.#hasLapsed) await this.#lapsed();
      this.#hasLapsed = false;
      this.#beatAt = begun;
      this.#cutOff = false;
    } catch {
      // Not when it was us who were away: that is a doubt, and not an answer.
      if (this.#clock.now() - begun < LEASE_MS) this.#cutOff = true;
    }
  }

  #note({ now, lastHeard }: Pulse): void {
    const heardAt = (instance: string) => {
      const at = lastHeard.get(instance) ?? 0;
      // From before that clock was set back.
      return at > now + DEAD_MS ? 0 : at;
    };
    for (const instance of lastHeard.keys())
      if (instance !== this.me && now - heardAt(instance) <= DEAD_MS) this.#alive.add(instance);
    const gone = [...this.#alive].filter((instance) => now - Math.max(heardAt(instance), this.#steadySince) > DEAD_MS);
    for (const instance of gone) {
      this.#alive.delete(instance);
      this.#log.warn({ instance }, 'an instance is gone');
    }
    const isSettled = this.isSettled;
    if (gone.length > 0 || isSettled !== this.#wasSettled) this.#changed(gone, false);
    this.#wasSettled = isSettled;
  }
}
