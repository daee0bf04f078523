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

/** A socket, as seen by its device's budget. */
export interface Member {
  readonly isRegistered: boolean;
  readonly isClosing: boolean;
  /** Sends the reason and closes the transport (SPEC P9). `silentMs`: the delay before it closes. */
  reject(code: 'restricted' | 'rate_limited', silentMs?: number): void;
}

export interface BudgetDeps {
  clock: Clock;
  settings: { playerRate: number; playerBurst: number; maxStateBytes: number };
  /** A restriction begins or (undefined) ends. `isImposed`: another instance imposed it. */
  restricted(deviceId: string, restriction: Restriction | undefined, isImposed?: boolean): void;
  /** Connections from this address without a device id are restricted. */
  addressRestricted(address: string, restriction: Restriction): void;
}

/** A message costs one token per started unit of this size, but at most this share of the burst. */
const UNIT_BYTES = 4096;
const MAX_SHARE = 0.1;
/** Milliseconds of processing time per device: per second, as a burst, and at most charged for one message. */
const WORK_RATE = 20;
const WORK_BURST = 1000;
const MAX_WORK_OF_ONE = 250;
/** A message dropped because the processing time is used up counts this many times towards a restriction. */
const DROPPED_FOR_WORK = 10;
/** Sockets per device: the registered one, a second one (P4), displaced ones (P8), and dead ones not detected yet. */
const MAX_SOCKETS = 8;
/** Sockets beyond that are kept silent for longer, because opening a socket costs more than keeping it. */
const CROWD_SILENCE_MS = 10_000;
const EVIDENCE_MS = 10_000;
const MIN_SWEEP = 1000;

/** The budget of each device, over all its sockets and reconnections (SPEC L4, P13). */
export class DeviceBudgets {
  readonly #deps: BudgetDeps;
  readonly #all = new Map<string, DeviceBudget>();
  #sweepAt = MIN_SWEEP;

  constructor(deps: BudgetDeps) {
    this.#deps = deps;
  }

  /** The budget of a device. Without a device id, connections from the same address share one budget. */
  of(deviceId: string | undefined, address: string): DeviceBudget {
    // Device ids contain no spaces.
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

  /** Applies a restriction that another instance imposed. */
  impose(deviceId: string, it: Imposed): void {
    this.of(deviceId, '').impose(it);
  }

  lift(deviceId: string): void {
    this.#all.get(deviceId)?.lift();
  }

  /** The device moves to another instance: returns its recent conduct, and resets it so that nothing counts twice. */
  give(deviceId: string): Lately | undefined {
    return this.#all.get(deviceId)?.give();
  }

  /** The device comes from another instance: continues with its recent conduct. */
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
  /** The address of its first connection. */
  readonly #address: string;
  readonly #deps: BudgetDeps;
  readonly #messages: TokenBucket;
  readonly #work: TokenBucket;
  /** How much may be dropped before the device is restricted. */
  readonly #excess: TokenBucket;
  /** Usually one or two: a set would take more memory. */
  readonly #members: Member[] = [];
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

  /** Whether the budget can be forgotten without losing information. */
  get isIdle(): boolean {
    const { playerBurst } = this.#deps.settings;
    const isFull = this.#messages.tokens >= playerBurst && this.#excess.tokens >= playerBurst;
    return this.#members.length === 0 && isFull && isForgotten(this.#conduct, this.#now);
  }

  /** A socket of the device has connected. It may be closed at once. */
  join(member: Member): void {
    this.#members.push(member);
    if (this.restriction) {
      member.reject('restricted', this.#members.length > MAX_SOCKETS ? CROWD_SILENCE_MS : undefined);
      return;
    }
    if (this.#deviceId === undefined) return;
    this.#apply(counted(this.#conduct, 'connections', this.#now));
    const open = this.#members.filter((it) => !it.isClosing);
    // Close the oldest socket that never registered: if a player lost its connection, that one is dead.
    if (open.length > MAX_SOCKETS) (open.find((it) => !it.isRegistered) ?? member).reject('rate_limited');
  }

  leave(member: Member): void {
    const at = this.#members.lastIndexOf(member);
    if (at !== -1) this.#members.splice(at, 1);
  }

  registered(): void {
    this.#apply(counted(this.#conduct, 'registrations', this.#now));
  }

  /** A message was refused as too large. */
  oversized(): void {
    this.#apply(counted(this.#conduct, 'oversized', this.#now));
  }

  /** Whether a message of this size may be processed. */
  take(bytes: number): boolean {
    this.#count(bytes);
    const cost = this.#costOf(bytes);
    const mayWork = this.#work.tokens > 0;
    if (mayWork && this.#messages.take(cost)) return true;
    this.#excess.spend(mayWork ? cost : cost * DROPPED_FOR_WORK);
    // In the next tick, so that the player first gets the error of this message.
    if (bytes > this.#deps.settings.maxStateBytes) process.nextTick(() => this.oversized());
    if (this.#excess.tokens < 0) process.nextTick(() => this.#flooded());
    return false;
  }

  #flooded(): void {
    this.#apply(flooded(this.#conduct, this.#evidence, this.#now));
  }

  /** Further bytes of an accepted message. */
  add(bytes: number): void {
    this.#lately.bytes += bytes;
    this.#messages.spend(this.#costOf(bytes) - 1);
  }

  /** Charges processing time. */
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
      member.reject('restricted', ++kept > MAX_SOCKETS ? CROWD_SILENCE_MS : undefined);
    }
    // Last, because this changes the document.
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
