import type { Logger } from 'pino';
import type { Clock } from '../ports/clock.ts';
import type { Metrics } from '../ports/metrics.ts';
import { RefusedError } from '../ports/notifier.ts';
import { withTimeout } from '../ports/with-timeout.ts';

const MAX_WAITING = 10_000;
const FIRST_RETRY_MS = 1000;
const LAST_RETRY_MS = 60_000;
const STOP_PATIENCE_MS = 1000;
const DROPPED_LOG_MS = 60_000;

/** Where items of one kind go, and what is done with those that do not arrive. */
export interface Channel<T> {
  /** In logs. */
  name: string;
  /** At most so many items in one message, and so many messages at a time. */
  batch: number;
  lanes?: number;
  /** Of one key only the last state waits. */
  keyOf(item: T): string;
  stateOf(item: T): string;
  /** Rejects where they did not arrive: with a `RefusedError` if these are not wanted, though others may be. */
  send(items: readonly T[]): Promise<void>;
  arrived(item: T): void;
  /** It is not tried any more. */
  gaveUp(item: T, why: string): void;
  /** After a failure: how long it stands aside, ms; 0: it keeps its place; undefined: it is given up. */
  retryIn(item: T, error: Error): number | undefined;
}

interface Waiting<T> {
  item: T;
  notBefore: number;
}

export interface DeliveryDeps<T> {
  channel: Channel<T>;
  clock: Clock;
  log: Logger;
  counted: (outcome: Parameters<Metrics['notification']>[1]) => void;
}

/**
 * Brings items to one channel, and again until they arrive. It delays nobody: what cannot be sent now waits, and beyond a
 * bound the oldest is given up. A channel that fails rests, for longer each time.
 */
export class Delivery<T> {
  readonly #deps: DeliveryDeps<T>;
  readonly #waiting = new Map<string, Waiting<T>>();
  /** The keys of what is under way. */
  readonly #busy = new Set<string>();
  readonly #sending = new Set<Promise<void>>();
  #wait = FIRST_RETRY_MS;
  #restsUntil = 0;
  #timer: unknown;
  #dueAt = 0;
  #stopped = false;
  #dropped = 0;
  #droppedToldAt = Number.NEGATIVE_INFINITY;

  constructor(deps: DeliveryDeps<T>) {
    this.#deps = deps;
  }

  /** Does nothing for what waits already. `inMs`: not before that has passed. */
  add(item: T, inMs = 0): void {
    const { channel, clock } = this.#deps;
    const key = channel.keyOf(item);
    const known = this.#waiting.get(key);
    if (this.#stopped || (known && channel.stateOf(known.item) === channel.stateOf(item))) return;
    this.#waiting.delete(key);
    this.#waiting.set(key, { item, notBefore: inMs === 0 ? 0 : clock.now() + inMs });
    if (this.#waiting.size > MAX_WAITING) this.#drop(this.#oldest());
    // What is added in one turn goes together.
    if (this.#sending.size < (channel.lanes ?? 1)) this.#wakeAt(clock.now() + inMs);
  }

  /** What is under way goes on. */
  giveUpWhere(test: (item: T) => boolean, why: string): void {
    const { channel, log } = this.#deps;
    let items = 0;
    for (const [key, { item }] of this.#waiting) {
      if (this.#busy.has(key) || !test(item)) continue;
      this.#waiting.delete(key);
      channel.gaveUp(item, why);
      items++;
    }
    if (items > 0) log.warn({ channel: channel.name, items, why }, 'messages were given up');
  }

  /** Waits for what is under way, but not for somebody who hangs: others have to leave, too. */
  async stop(): Promise<void> {
    const { clock } = this.#deps;
    this.#stopped = true;
    clock.clearTimeout(this.#timer);
    await withTimeout(clock, STOP_PATIENCE_MS, Promise.all(this.#sending), () => {});
  }

  #wakeAt(due: number): void {
    const { clock } = this.#deps;
    const at = Math.max(due, this.#restsUntil);
    if (this.#stopped || (this.#timer !== undefined && this.#dueAt <= at)) return;
    clock.clearTimeout(this.#timer);
    this.#dueAt = at;
    this.#timer = clock.setTimeout(() => this.#wake(), Math.max(0, at - clock.now()));
  }

  #wake(): void {
    const { channel, clock } = this.#deps;
    this.#timer = undefined;
    const now = Math.max(clock.now(), this.#dueAt);
    // One that fails is tried by one message at a time.
    const lanes = this.#wait > FIRST_RETRY_MS ? 1 : (channel.lanes ?? 1);
    while (this.#sending.size < lanes) {
      const some = this.#due(now);
      if (some.length === 0) break;
      const sending = this.#try(some).then(() => {
        this.#sending.delete(sending);
        for (const { item } of some) this.#busy.delete(channel.keyOf(item));
        if (this.#waiting.size > 0) this.#wakeAt(clock.now());
      });
      this.#sending.add(sending);
    }
    if (this.#sending.size < lanes) this.#wakeForNext();
  }

  #due(now: number): Waiting<T>[] {
    const some: Waiting<T>[] = [];
    for (const [key, it] of this.#waiting) {
      if (some.length === this.#deps.channel.batch) break;
      if (it.notBefore <= now && !this.#busy.has(key)) some.push(it);
    }
    for (const { item } of some) this.#busy.add(this.#deps.channel.keyOf(item));
    return some;
  }

  #wakeForNext(): void {
    let next = Number.POSITIVE_INFINITY;
    for (const [key, it] of this.#waiting) if (!this.#busy.has(key)) next = Math.min(next, it.notBefore);
    if (next !== Number.POSITIVE_INFINITY) this.#wakeAt(next);
  }

  async #try(some: readonly Waiting<T>[]): Promise<void> {
    const { channel, clock, log, counted } = this.#deps;
    const items = some.map(({ item }) => item);
    try {
      await channel.send(items);
    } catch (thrown) {
      const error = thrown as Error;
      counted('failed');
      log.warn({ err: error, channel: channel.name, items: items.length }, 'a message could not be delivered');
      if (!(error instanceof RefusedError)) {
        this.#restsUntil = clock.now() + this.#wait;
        this.#wait = Math.min(LAST_RETRY_MS, this.#wait * 2);
      }
      for (const it of some) this.#failed(it, error);
      return;
    }
    counted('sent');
    this.#wait = FIRST_RETRY_MS;
    this.#restsUntil = 0;
    for (const item of items) {
      this.#forget(item);
      channel.arrived(item);
    }
  }

  #failed(waiting: Waiting<T>, error: Error): void {
    const { channel, clock } = this.#deps;
    const { item } = waiting;
    const key = channel.keyOf(item);
    const aside = channel.retryIn(item, error);
    if (aside === undefined) this.#giveUp(item, error.message);
    // It may have another state by now, which waits in its turn.
    else if (aside > 0 && this.#waiting.get(key) === waiting) {
      this.#waiting.delete(key);
      this.#waiting.set(key, { item, notBefore: clock.now() + aside });
    }
  }

  #drop(item: T): void {
    const { channel, clock, log, counted } = this.#deps;
    counted('dropped');
    this.#dropped++;
    if (clock.now() - this.#droppedToldAt >= DROPPED_LOG_MS) {
      log.error({ channel: channel.name, items: this.#dropped }, 'the oldest messages were given up: too many wait');
      this.#droppedToldAt = clock.now();
      this.#dropped = 0;
    }
    this.#forget(item);
    channel.gaveUp(item, 'too many wait');
  }

  #giveUp(item: T, why: string): void {
    const { channel, log } = this.#deps;
    log.error({ item: channel.keyOf(item), channel: channel.name, why }, 'a message was given up');
    this.#forget(item);
    channel.gaveUp(item, why);
  }

  #forget(item: T): void {
    const { channel } = this.#deps;
    const key = channel.keyOf(item);
    const waiting = this.#waiting.get(key);
    if (waiting && channel.stateOf(waiting.item) === channel.stateOf(item)) this.#waiting.delete(key);
  }

  #oldest(): T {
    return (this.#waiting.values().next().value as Waiting<T>).item;
  }
}
