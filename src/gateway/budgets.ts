import {
  blameless,
  type Conduct,
  carried,
  counted,
  flooded,
  type Imposed,
  imposed,
  isForgotten,
  type Lately,
  latelyOf,
  lifted,
  type Restriction,
  restrictionAt,
} from '../../machines/restriction.ts';
import type { Clock } from '../ports/clock.ts';
import { TokenBucket } from '../ports/rate.ts';

/** A socket, as its device's budget sees it. */
export interface Member {
  readonly isRegistered: boolean;
  readonly isClosing: boolean;
  /** Tells it why, and closes its transport (SPEC P9). `silentMs`: it is kept for so long before. */
  turnAway(code: 'restricted' | 'rate_limited', silentMs?: number): void;
}

export interface BudgetDeps {
  clock: Clock;
  settings: { playerRate: number; playerBurst: number; maxStateBytes: number };
  /** A device is restricted, or is not any more. `isImposed`: another instance found it. */
  restricted(deviceId: string, restriction: Restriction | undefined, isImposed?: boolean): void;
  /** What comes from this address without an id is restricted. */
  addressRestricted(address: string, restriction: Restriction): void;
}

/** A message of up to so many bytes costs one, a larger one as many as it has such parts; never more than this share of a burst. */
const UNIT_BYTES = 4096;
const MAX_SHARE = 0.1;
/** Milliseconds of this process's work a second for one device, at once, and what one message can be charged with. */
const WORK_RATE = 20;
const WORK_BURST = 1000;
const MAX_WORK_OF_ONE = 250;
/** What is dropped because the work is used up counts so many times towards a restriction. */
const DROPPED_FOR_WORK = 10;
/** A registered one, a second one (P4), displaced ones (P8), and dead ones that nobody has missed yet. */
const MAX_SOCKETS = 8;
/** Sockets beyond that are kept silent for longer: each costs more to open than to keep. */
const CROWD_SILENCE_MS = 10_000;
const EVIDENCE_MS = 10_000;
const MIN_SWEEP = 1000;

/** What each device may bring, over all its sockets and however often it connects (SPEC L4, P13). */
export class DeviceBudgets {
  readonly #deps: BudgetDeps;
  readonly #all = new Map<string, DeviceBudget>();
  #sweepAt = MIN_SWEEP;

  constructor(deps: BudgetDeps) {
    this.#deps = deps;
  }

  /** Of a device; undefined: it is not known which, and what comes from this address without an id has one budget. */
  of(deviceId: string | undefined, address: string): DeviceBudget {
    // No id has a space in it.
    const key = deviceId ?? `address ${address}`;
    const known = this.#all.get(key);
    if (known) return known;
    this.#sweep();
    const budget = new DeviceBudget(deviceId, address, this.#deps);
    this.#all.set(key, budget);
    return budget;
  }

  restrictionOf(deviceId: string): Restriction | undefined {
    return this.#all.get(deviceId)?.restriction;
  }

  /** Another instance has restricted it: that holds here as well. */
  impose(deviceId: string, it: Imposed): void {
    this.of(deviceId, '').impose(it);
  }

  lift(deviceId: string): void {
    this.#all.get(deviceId)?.lift();
  }

  /** The device goes to another instance, and what it did lately with it: nothing counts twice. */
  give(deviceId: string): Lately | undefined {
    return this.#all.get(deviceId)?.give();
  }

  /** The device comes from another instance, where it did this. */
  carry(deviceId: string, lately: Lately): void {
    this.of(deviceId, '').carry(lately);
  }

  stop(): void {
    for (const budget of this.#all.values()) budget.stop();
  }

  #sweep(): void {
    if (this.#all.size < this.#sweepAt) return;
    for (const [key, budget] of this.#all) if (budget.isIdle) this.#all.delete(key);
    this.#sweepAt = Math.max(MIN_SWEEP, this.#all.size * 2);
  }
}

export class DeviceBudget {
  readonly #deviceId: string | undefined;
  /** Where it first came from. */
  readonly #address: string;
  readonly #deps: BudgetDeps;
  readonly #messages: TokenBucket;
  readonly #work: TokenBucket;
  /** What may be dropped before the device is restricted. */
  readonly #excess: TokenBucket;
  readonly #members = new Set<Member>();
  #conduct: Conduct = blameless;
  #lately = { since: 0, messages: 0, bytes: 0 };
  #timer: unknown;

  constructor(deviceId: string | undefined, address: string, deps: BudgetDeps) {
    const { clock, settings } = deps;
    this.#deviceId = deviceId;
    this.#address = address;
    this.#deps = deps;
    this.#messages = new TokenBucket(clock, settings.playerRate, settings.playerBurst);
    this.#work = new TokenBucket(clock, WORK_RATE, WORK_BURST);
    this.#excess = new TokenBucket(clock, settings.playerRate / 10, settings.playerBurst);
  }

  get restriction(): Restriction | undefined {
    return restrictionAt(this.#conduct, this.#now);
  }

  /** Nothing would be lost with it. */
  get isIdle(): boolean {
    const { playerBurst } = this.#deps.settings;
    const isFull = this.#messages.tokens >= playerBurst && this.#excess.tokens >= playerBurst;
    return this.#members.size === 0 && isFull && isForgotten(this.#conduct, this.#now);
  }

  /** A socket of the device has connected; it may be dismissed at once. */
  join(member: Member): void {
    this.#members.add(member);
    if (this.restriction) {
      member.turnAway('restricted', this.#members.size > MAX_SOCKETS ? CROWD_SILENCE_MS : undefined);
      return;
    }
    if (this.#deviceId === undefined) return;
    this.#apply(counted(this.#conduct, 'connections', this.#now));
    const open = [...this.#members].filter((it) => !it.isClosing);
    // The oldest that never registered: of a player that lost its connection it is a dead one.
    if (open.length > MAX_SOCKETS) (open.find((it) => !it.isRegistered) ?? member).turnAway('rate_limited');
  }

  leave(member: Member): void {
    this.#members.delete(member);
  }

  registered(): void {
    this.#apply(counted(this.#conduct, 'registrations', this.#now));
  }

  /** A message of it was refused as too large. */
  oversized(): void {
    this.#apply(counted(this.#conduct, 'oversized', this.#now));
  }

  /** May a message of so many bytes be taken in? */
  take(bytes: number): boolean {
    this.#count(bytes);
    const cost = this.#costOf(bytes);
    const mayWork = this.#work.tokens > 0;
    if (mayWork && this.#messages.take(cost)) return true;
    this.#excess.spend(mayWork ? cost : cost * DROPPED_FOR_WORK);
    // Not at once: it is to hear first that this was too much.
    if (bytes > this.#deps.settings.maxStateBytes) process.nextTick(() => this.oversized());
    if (this.#excess.tokens < 0) process.nextTick(() => this.#flooded());
    return false;
  }

  #flooded(): void {
    this.#apply(flooded(this.#conduct, this.#evidence, this.#now));
  }

  /** More bytes of a message that was taken in. */
  add(bytes: number): void {
    this.#lately.bytes += bytes;
    this.#messages.spend(this.#costOf(bytes) - 1);
  }

  /** What it sent took so many milliseconds. */
  worked(ms: number): void {
    this.#work.spend(Math.min(ms, MAX_WORK_OF_ONE));
  }

  impose(it: Imposed): void {
    this.#apply(imposed(this.#conduct, it, this.#now), true);
  }

  give(): Lately {
    const lately = latelyOf(this.#conduct, this.#now);
    this.#conduct = { ...blameless, last: this.#conduct.last };
    return lately;
  }

  carry(lately: Lately): void {
    this.#apply(carried(this.#conduct, lately, this.#now));
  }

  lift(): void {
    if (!this.restriction) return;
    this.#conduct = lifted();
    this.#ended();
  }

  stop(): void {
    this.#deps.clock.clearTimeout(this.#timer);
  }

  get #now(): number {
    return this.#deps.clock.now();
  }

  #costOf(bytes: number): number {
    return Math.min(1 + Math.floor(bytes / UNIT_BYTES), Math.max(1, this.#deps.settings.playerBurst * MAX_SHARE));
  }

  #apply(conduct: Conduct, isImposed?: boolean): void {
    const wasRestricted = this.restriction !== undefined;
    this.#conduct = conduct;
    const { restriction } = this;
    if (wasRestricted || !restriction) return;
    const { clock, settings, restricted, addressRestricted } = this.#deps;
    this.#excess.set(settings.playerBurst / 3);
    this.stop();
    this.#timer = clock.setTimeout(() => this.#ended(), restriction.until - restriction.since);
    let kept = 0;
    for (const member of [...this.#members]) {
      member.turnAway('restricted', ++kept > MAX_SOCKETS ? CROWD_SILENCE_MS : undefined);
    }
    // After that: it is one change of its document.
    if (this.#deviceId !== undefined) restricted(this.#deviceId, restriction, isImposed);
    else addressRestricted(this.#address, restriction);
  }

  #ended(): void {
    this.stop();
    if (this.#deviceId !== undefined) this.#deps.restricted(this.#deviceId, undefined);
  }

  #count(bytes: number): void {
    const now = this.#now;
    if (now - this.#lately.since >= EVIDENCE_MS) this.#lately = { since: now, messages: 0, bytes: 0 };
    this.#lately.messages++;
    this.#lately.bytes += bytes;
  }

  get #evidence(): string {
    const { since, messages, bytes } = this.#lately;
    const seconds = Math.max(1, Math.ceil((this.#now - since) / 1000));
    return `${messages} messages with ${Math.ceil(bytes / 1000)} kB in ${seconds} s`;
  }
}
