import type { Logger } from 'pino';
import type { Clock } from '../ports/clock.ts';
import type { Metrics } from '../ports/metrics.ts';
import { RefusedError } from '../ports/notifier.ts';
import { withTimeout } from '../ports/with-timeout.ts';

const MAX_WAITING = 10_000;
const FIRST_RETRY_MS = 1000;
const LAST_RETRY_MS = 60_000;
const STOP_TIMEOUT_MS = 1000;
const DROPPED_LOG_MS = 60_000;

/** A destination for items, with its rules for retries. */
export interface Channel<T> {
  /** Name in logs. */
  name: string;
  /** Most items per message; `lanes`: most messages at a time. */
  batch: number;
  lanes?: number;
  /** Only the latest state of each key is kept waiting. */
  keyOf(item: T): string;
  stateOf(item: T): string;
  /** Asked right before it is sent. False: it waits no longer, and is not sent. */
  isWanted?(item: T): boolean;
  /** Rejects on failure: with a `RefusedError` if the receiver refused these items, but may take others. */
  send(items: readonly T[]): Promise<void>;
  arrived(item: T): void;
  /** The item will not be tried again. */
  gaveUp(item: T, why: string): void;
  /** After a failure: the delay in ms; 0: the item keeps its place; undefined: it is given up. */
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
 * Delivers items to one channel and retries until they arrive. Callers never wait. At most `MAX_WAITING` items wait;
 * then the oldest is given up. A failing channel pauses, with exponential backoff.
 */
export class Delivery<T> {
  readonly #deps: DeliveryDeps<T>;
  readonly #waiting = new Map<string, Waiting<T>>();
  /** Keys of the items being sent. */
  readonly #busy = new Set<string>();
  readonly #sending = new Set<Promise<void>>();
  #backoff = FIRST_RETRY_MS;
  #pausedUntil = 0;
  #timer: unknown;
  #dueAt = 0;
  #stopped = false;
  #dropped = 0;
  #droppedLoggedAt = Number.NEGATIVE_INFINITY;

  constructor(deps: DeliveryDeps<T>) {
    this.#deps = deps;
  }

  /** Does nothing if the same state is waiting already. `inMs`: the delay before the first attempt. */
  add(item: T, inMs = 0): void {
    const { channel, clock } = this.#deps;
    const key = channel.keyOf(item);
    const known = this.#waiting.get(key);
    if (this.#stopped || (known && channel.stateOf(known.item) === channel.stateOf(item))) return;
    this.#waiting.delete(key);
    this.#waiting.set(key, { item, notBefore: inMs === 0 ? 0 : clock.now() + inMs });
    if (this.#waiting.size > MAX_WAITING) this.#drop(this.#oldest());
    // The timer batches items that are added in the same tick.
    if (this.#sending.size < (channel.lanes ?? 1)) this.#wakeAt(clock.now() + inMs);
  }

  /** Gives up waiting items; those being sent are not affected. */
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

  /** Waits for messages being sent, with a timeout, because a receiver may hang. */
  async stop(): Promise<void> {
    const { clock } = this.#deps;
    this.#stopped = true;
    clock.clearTimeout(this.#timer);
    await withTimeout(clock, STOP_TIMEOUT_MS, Promise.all(this.#sending), () => {});
  }

  #wakeAt(due: number): void {
    const { clock } = this.#deps;
    const at = Math.max(due, this.#pausedUntil);
    if (this.#stopped || (this.#timer !== undefined && this.#dueAt <= at)) return;
    clock.clearTimeout(this.#timer);
    this.#dueAt = at;
    this.#timer = clock.setTimeout(() => this.#wake(), Math.max(0, at - clock.now()));
  }

  #wake(): void {
    const { channel, clock } = this.#deps;
    this.#timer = undefined;
    const now = Math.max(clock.now(), this.#dueAt);
    // A failing channel gets one message at a time.
    const lanes = this.#backoff > FIRST_RETRY_MS ? 1 : (channel.lanes ?? 1);
    while (this.#sending.size < lanes) {
      const batch = this.#due(now);
      if (batch.length === 0) break;
      const sending = this.#try(batch).then(() => {
        this.#sending.delete(sending);
        for (const { item } of batch) this.#busy.delete(channel.keyOf(item));
        if (this.#waiting.size > 0) this.#wakeAt(clock.now());
      });
      this.#sending.add(sending);
    }
    if (this.#sending.size < lanes) this.#wakeForNext();
  }

  #due(now: number): Waiting<T>[] {
    const batch: Waiting<T>[] = [];
    for (const [key, it] of this.#waiting) {
      if (batch.length === this.#deps.channel.batch) break;
      if (it.notBefore > now || this.#busy.has(key)) continue;
      if (this.#deps.channel.isWanted?.(it.item) === false) this.#waiting.delete(key);
      else batch.push(it);
    }
    for (const { item } of batch) this.#busy.add(this.#deps.channel.keyOf(item));
    return batch;
  }

  #wakeForNext(): void {
    let next = Number.POSITIVE_INFINITY;
    for (const [key, it] of this.#waiting) if (!this.#busy.has(key)) next = Math.min(next, it.notBefore);
    if (next !== Number.POSITIVE_INFINITY) this.#wakeAt(next);
  }

  async #try(batch: readonly Waiting<T>[]): Promise<void> {
    const { channel, clock, log, counted } = this.#deps;
    const items = batch.map(({ item }) => item);
    try {
      await channel.send(items);
    } catch (thrown) {
      const error = thrown as Error;
      counted('failed');
      log.warn({ err: error, channel: channel.name, items: items.length }, 'a message could not be delivered');
      if (!(error instanceof RefusedError)) {
        this.#pausedUntil = clock.now() + this.#backoff;
        this.#backoff = Math.min(LAST_RETRY_MS, this.#backoff * 2);
      }
      for (const it of batch) this.#failed(it, error);
      return;
    }
    counted('sent');
    this.#backoff = FIRST_RETRY_MS;
    this.#pausedUntil = 0;
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
    // If a newer state waits meanwhile, it is left alone.
    else if (aside > 0 && this.#waiting.get(key) === waiting) {
      this.#waiting.delete(key);
      this.#waiting.set(key, { item, notBefore: clock.now() + aside });
    }
  }

  #drop(item: T): void {
    const { channel, clock, log, counted } = this.#deps;
    counted('dropped');
    this.#dropped++;
    if (clock.now() - this.#droppedLoggedAt >= DROPPED_LOG_MS) {
      log.error({ channel: channel.name, items: this.#dropped }, 'the oldest messages were given up: too many wait');
      this.#droppedLoggedAt = clock.now();
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
