import { deflateRawSync } from 'node:zlib';
import type { Clock } from '../ports/clock.ts';
import type { Metrics } from '../ports/metrics.ts';
import type { Scope } from '../protocol/admin.ts';
import type { DeviceDocument, Update, VersionedDocument } from '../protocol/document.ts';
import { VigiaError } from '../protocol/errors.ts';
import { Channel, cursorOf, EncodedUpdate, encodeBatch, encodeResumed } from './channel.ts';
import { jsonOf, PART_SIZE, Parts, PLAIN_PART_SIZE } from './parts.ts';
import { scopeKey } from './scope.ts';
import type { Batch, PastBatch } from './window.ts';

export type Encoding = 'json' | 'deflate';
/** An encoded `state:updated` payload: JSON text, or that text as raw-deflated bytes. */
export type Payload = string | Buffer;

/** An admin socket, as the stream sees it. */
export interface Subscriber {
  readonly id: string;
  join(room: string): void;
  leave(room: string): void;
  update(payload: Payload): void;
  resync(reason: string): void;
  /** Bytes not yet sent to the client. */
  backlog(): number;
  /** Closes the transport. The client reconnects and subscribes again. */
  cut(): void;
}

interface Subscription {
  subscriber: Subscriber;
  entry: ChannelEntry;
  encoding: Encoding;
  /**
   * Whether the socket is in the channel's room. If not, `sequence` is the last batch sent to it, and it catches up as
   * its backlog drains.
   */
  live: boolean;
  sequence: number;
  /** The subscription is not answered yet: no update may precede the answer. */
  held?: true;
  /** The documents still to be sent, if the client asked for parts. */
  parts?: Parts;
}

interface ChannelEntry {
  channel: Channel;
  subscriptions: Set<Subscription>;
  /** Full batches that are to be sent in the next turn of the event loop. */
  full: Batch[];
  lastSentAt: number;
  emptySince: number;
}

export interface SubscribeOptions {
  scope: Scope;
  encoding: Encoding;
  cursor?: string | null | undefined;
  parts?: boolean;
  /** The groups of a restricted token: its scopes contain no other devices. */
  within?: readonly string[] | undefined;
}

/** The answer: a JSON object as text. For a part in `deflate`, an object with the deflated array of devices. */
export type Reply = string | { cursor?: string; devices: Buffer; more: number };

/** An idle channel repeats its cursor, so that clients detect a lost last batch (SPEC A1: within 5 s). */
const HEARTBEAT_MS = 2000;
/**
 * An admin with a larger backlog gets no updates until it has read: this bounds its memory and does not affect others.
 */
export const MAX_BACKLOG_BYTES = 2 * 1024 * 1024;
/**
 * An admin with a larger backlog, answers included, is disconnected. (The documents of 10,000 devices are about 25 MB.)
 */
const CUT_BACKLOG_BYTES = 64 * 1024 * 1024;
/** How long a channel without subscribers is kept for clients that resume. */
const KEEP_EMPTY_MS = 120_000;
const MAX_CHANNELS = 1000;

interface StreamDeps {
  devices: { all(): Iterable<VersionedDocument>; get(id: string): VersionedDocument | undefined };
  publish: (room: string, payload: Payload) => void;
  clock: Clock;
  metrics: Metrics;
  partSize?: number;
}

/** Changes → batches → admins. Each batch is encoded once and compressed once, whatever the number of admins. */
export class Stream {
  readonly #entries = new Map<string, ChannelEntry>();
  readonly #subscriptions = new Map<string, Subscription>();
  readonly #devices: StreamDeps['devices'];
  readonly #publish: (room: string, payload: Payload) => void;
  readonly #clock: Clock;
  readonly #metrics: Metrics;
  readonly #partSize: number | undefined;
  #isClosed = false;
  #isSendScheduled = false;

  constructor(deps: StreamDeps) {
    this.#devices = deps.devices;
    this.#publish = deps.publish;
    this.#clock = deps.clock;
    this.#metrics = deps.metrics;
    this.#partSize = deps.partSize;
  }

  /** Sends the pending updates; later ones are ignored. */
  close(): void {
    this.flush();
    this.#isClosed = true;
  }

  changed(update: Update, after: DeviceDocument | undefined, before: DeviceDocument | undefined): void {
    if (this.#isClosed) return;
    const encoded = new EncodedUpdate(update);
    for (const entry of this.#entries.values()) {
      entry.channel.add(encoded, after, before);
      if (!entry.channel.isFull) continue;
      entry.full.push(entry.channel.take() as Batch);
      this.#sendSoon();
    }
  }

  /** In a turn of its own: a batch is the work of many devices, and must not count for the one that filled it (L4). */
  #sendSoon(): void {
    if (this.#isSendScheduled) return;
    this.#isSendScheduled = true;
    setImmediate(() => {
      this.#isSendScheduled = false;
      for (const entry of this.#entries.values()) this.#sendFull(entry);
    });
  }

  /**
   * @throws VigiaError `unavailable` if too many different scopes are subscribed; `conflict` if a newer subscription of
   * the same socket replaced this one
   */
  subscribe(
    subscriber: Subscriber,
    { scope, encoding, cursor: given, parts, within }: SubscribeOptions,
  ): Reply | Promise<Reply> {
    this.unsubscribe(subscriber.id);
    const entry = this.#entryOf(scope, within);
    const { channel } = entry;
    this.#sendBatch(entry);
    const { sequence, cursor } = channel;
    const subscription: Subscription = { subscriber, entry, encoding, live: false, sequence };
    entry.subscriptions.add(subscription);
    this.#subscriptions.set(subscriber.id, subscription);

    const from = channel.sequenceOf(given);
    const missed = from === undefined ? undefined : channel.after(from);
    // A client that asks for parts may have a slow connection. A larger resumption is sent as documents instead:
    // compressed, they are smaller.
    const fits = !parts || (missed ?? []).reduce((sum, { size }) => sum + size, 0) <= PART_SIZE;
    if (missed && fits) {
      const some = portionOf(missed);
      subscription.sequence = some.at(-1)?.sequence ?? sequence;
      return encodeResumed(cursorOf(channel.id, subscription.sequence), some);
    }
    this.#metrics.snapshot(given ? 'cursor' : 'first');
    const devices = [...this.#devices.all()].filter(({ document }) => channel.covers(document));
    if (parts) {
      subscription.parts = new Parts(devices, this.#partSize ?? (encoding === 'deflate' ? PART_SIZE : PLAIN_PART_SIZE));
      return this.#part(subscription, cursor);
    }
    const answer = (json: string) => `{"cursor":${JSON.stringify(cursor)},"devices":${json}}`;
    const json = jsonOf(devices);
    if (typeof json === 'string') return answer(json);
    subscription.held = true;
    return json.then((text) => {
      const current = this.#subscriptions.get(subscriber.id);
      if (current && current !== subscription)
        throw new VigiaError('conflict', 'A newer subscription replaced this one.');
      delete subscription.held;
      return answer(text);
    });
  }

  /**
   * The next part of a subscription in parts. The documents include all updates sent before.
   * @throws VigiaError `conflict` if no documents are left
   */
  more(subscriberId: string): Reply {
    const subscription = this.#subscriptions.get(subscriberId);
    if (subscription?.parts) {
      this.#sendBatch(subscription.entry);
      if (!subscription.live) this.#catchUp(subscription);
      // While the client is behind, an empty part makes it ask again.
      if (this.#subscriptions.has(subscriberId)) return this.#part(subscription, undefined, !subscription.live);
    }
    throw new VigiaError('conflict', 'There is no subscription that has documents left to come.');
  }

  #part(subscription: Subscription, cursor?: string, isEmpty = false): Reply {
    const { parts, encoding, entry } = subscription;
    const find = (id: string) => {
      const device = this.#devices.get(id);
      return entry.channel.covers(device?.document) ? device : undefined;
    };
    const { json, more } = isEmpty ? { json: '[]', more: (parts as Parts).left } : (parts as Parts).take(find);
    if (more === 0) delete subscription.parts;
    const head = cursor === undefined ? {} : { cursor };
    if (encoding === 'deflate') return { ...head, devices: deflate(json), more };
    return `{${cursor === undefined ? '' : `"cursor":${JSON.stringify(cursor)},`}"devices":${json},"more":${more}}`;
  }

  unsubscribe(subscriberId: string): void {
    const subscription = this.#subscriptions.get(subscriberId);
    if (!subscription) return;
    this.#leave(subscription);
    this.#subscriptions.delete(subscriberId);
    subscription.entry.subscriptions.delete(subscription);
    subscription.entry.emptySince = this.#clock.now();
  }

  /** Sends the pending updates. An idle channel sends its cursor as a heartbeat. */
  flush(): void {
    if (this.#isClosed) return;
    const now = this.#clock.now();
    for (const [key, entry] of this.#entries) {
      if (entry.subscriptions.size === 0 && now - entry.emptySince > KEEP_EMPTY_MS) {
        this.#entries.delete(key);
        continue;
      }
      this.#sendBatch(entry);
      if (now - entry.lastSentAt >= HEARTBEAT_MS)
        this.#send(entry, { sequence: entry.channel.sequence, count: 0, text: '' });
      for (const subscription of entry.subscriptions) this.#regulate(subscription);
    }
  }

  #sendBatch(entry: ChannelEntry): void {
    this.#sendFull(entry);
    const batch = entry.channel.take();
    if (batch) this.#send(entry, batch);
  }

  #sendFull(entry: ChannelEntry): void {
    for (const batch of entry.full.splice(0)) this.#send(entry, batch);
  }

  #send(entry: ChannelEntry, { sequence, count, text }: Batch): void {
    entry.lastSentAt = this.#clock.now();
    const wanted = new Set<Encoding>();
    for (const { live, encoding } of entry.subscriptions) if (live) wanted.add(encoding);
    if (wanted.size === 0) return;
    const json = encodeBatch(cursorOf(entry.channel.id, sequence), text);
    if (wanted.has('json')) this.#publish(roomOf(entry.channel, 'json'), json);
    const bytes = Buffer.from(json);
    const deflated = wanted.has('deflate') ? deflate(bytes) : undefined;
    if (deflated) this.#publish(roomOf(entry.channel, 'deflate'), deflated);
    this.#metrics.batch(count, bytes.length, deflated?.length ?? 0);
  }

  /** Moves clients with a large backlog out of the room, and back into it once they have caught up. */
  #regulate(subscription: Subscription): void {
    const { subscriber } = subscription;
    const { channel } = subscription.entry;
    if (subscription.held) return;
    const backlog = subscriber.backlog();
    if (backlog > CUT_BACKLOG_BYTES) {
      subscriber.cut();
      return;
    }
    if (subscription.live) {
      if (backlog <= MAX_BACKLOG_BYTES) return;
      this.#leave(subscription);
      subscription.sequence = channel.sequence;
      return;
    }
    if (backlog === 0) this.#catchUp(subscription);
  }

  /**
   * Sends missed batches while the client reads them; after the last one the client is live again. If the window no longer
   * contains them, the client must subscribe again.
   */
  #catchUp(subscription: Subscription): void {
    const { subscriber, encoding } = subscription;
    const { channel } = subscription.entry;
    const missed = channel.after(subscription.sequence);
    if (!missed) {
      this.unsubscribe(subscriber.id);
      this.#metrics.resync('too_slow');
      subscriber.resync('too_slow');
      return;
    }
    for (const { sequence, text } of missed) {
      // A ping must get through: on a slow line no more than one part waits before it.
      if (subscriber.backlog() >= PART_SIZE) return;
      subscription.sequence = sequence;
      const json = encodeBatch(cursorOf(channel.id, sequence), text);
      subscriber.update(encoding === 'json' ? json : deflate(json));
    }
    subscription.live = true;
    subscriber.join(roomOf(channel, encoding));
  }

  #leave(subscription: Subscription): void {
    if (subscription.live) subscription.subscriber.leave(roomOf(subscription.entry.channel, subscription.encoding));
    subscription.live = false;
  }

  #entryOf(scope: Scope, within: readonly string[] | undefined): ChannelEntry {
    const key = scopeKey(scope, within);
    const known = this.#entries.get(key);
    if (known) return known;
    if (this.#entries.size >= MAX_CHANNELS)
      throw new VigiaError('unavailable', 'Too many different scopes are subscribed.');
    const now = this.#clock.now();
    const entry = {
      channel: new Channel(scope, within),
      subscriptions: new Set<Subscription>(),
      full: [],
      lastSentAt: now,
      emptySince: now,
    };
    this.#entries.set(key, entry);
    return entry;
  }
}

/** The batches that fit into one answer before a ping behind them times out; at least one. */
function portionOf(missed: readonly PastBatch[]): readonly PastBatch[] {
  let size = 0;
  const end = missed.findIndex((batch) => {
    size += batch.size;
    return size > PART_SIZE;
  });
  return end === -1 ? missed : missed.slice(0, Math.max(1, end));
}

const roomOf = (channel: Channel, encoding: Encoding) => `stream:${channel.id}:${encoding}`;

/** The fastest level: paths repeat so often in a batch that a higher level gains little. */
const deflate = (json: string | Buffer) => deflateRawSync(json, { level: 1 });
