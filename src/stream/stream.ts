import { deflateRawSync } from 'node:zlib';
import type { Clock } from '../ports/clock.ts';
import type { Metrics } from '../ports/metrics.ts';
import type { Scope } from '../protocol/admin.ts';
import type { DeviceDocument, Update, VersionedDocument } from '../protocol/document.ts';
import { VigiaError } from '../protocol/errors.ts';
import { type Batch, Channel, cursorOf, EncodedUpdate, encodeBatch, encodeResumed } from './channel.ts';
import { jsonOf, PART_SIZE, Parts, PLAIN_PART_SIZE } from './parts.ts';
import { scopeKey } from './scope.ts';

export type Encoding = 'json' | 'deflate';
/** A `state:updated` payload, encoded: JSON text, or the same as raw-deflated bytes. */
export type Payload = string | Buffer;

/** An admin socket, as the stream sees it. */
export interface Subscriber {
  readonly id: string;
  join(room: string): void;
  leave(room: string): void;
  update(payload: Payload): void;
  resync(reason: string): void;
  /** Bytes that wait to be read by it. */
  backlog(): number;
  /** Closes its transport: it comes back, and begins anew. */
  cut(): void;
}

interface Subscription {
  subscriber: Subscriber;
  line: Line;
  encoding: Encoding;
  /** In the channel's room? If not, `sequence` is the last batch it was sent, and it catches up once it has read. */
  live: boolean;
  sequence: number;
  /** Not answered yet: nothing may come before that. */
  held?: true;
  /** The documents that are to come yet, if they were asked for in parts. */
  parts?: Parts;
}

interface Line {
  channel: Channel;
  subscriptions: Set<Subscription>;
  lastSentAt: number;
  emptySince: number;
}

export interface Wanted {
  scope: Scope;
  encoding: Encoding;
  cursor?: string | null | undefined;
  parts?: boolean;
  /** The groups that a token is for: nothing else is in its scopes. */
  within?: readonly string[] | undefined;
}

/** What is answered: the text of an object; or, of a part in `deflate`, the object, its array of devices deflated. */
export type Reply = string | { cursor?: string; devices: Buffer; more: number };

/** An idle channel still tells its cursor, so that the loss of its last batch is seen (SPEC A1: within 5 s). */
const HEARTBEAT_MS = 2000;
/** An admin that has so much unread gets no more until it has read: bounded memory for it, nothing for the others. */
export const MAX_BACKLOG_BYTES = 2 * 1024 * 1024;
/** One that has so much unread, answers included, is cut. (The first documents of 10,000 devices are about 25 MB.) */
const CUT_BACKLOG_BYTES = 64 * 1024 * 1024;
/** A channel that nobody reads goes on for so long, for those who come back with a cursor. */
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
  readonly #lines = new Map<string, Line>();
  readonly #subscriptions = new Map<string, Subscription>();
  readonly #devices: StreamDeps['devices'];
  readonly #publish: (room: string, payload: Payload) => void;
  readonly #clock: Clock;
  readonly #metrics: Metrics;
  readonly #partSize: number | undefined;
  #isClosed = false;

  constructor(deps: StreamDeps) {
    this.#devices = deps.devices;
    this.#publish = deps.publish;
    this.#clock = deps.clock;
    this.#metrics = deps.metrics;
    this.#partSize = deps.partSize;
  }

  /** Sends what is left, and nothing more after it. */
  close(): void {
    this.flush();
    this.#isClosed = true;
  }

  changed(update: Update, after: DeviceDocument | undefined, before: DeviceDocument | undefined): void {
    if (this.#isClosed) return;
    const encoded = new EncodedUpdate(update);
    for (const line of this.#lines.values()) {
      line.channel.add(encoded, after, before);
      if (line.channel.isFull) this.#sendBatch(line);
    }
  }

  /** @throws VigiaError `unavailable` when there are too many different scopes; `conflict` where another one came meanwhile */
  subscribe(subscriber: Subscriber, { scope, encoding, cursor: given, parts, within }: Wanted): Reply | Promise<Reply> {
    this.unsubscribe(subscriber.id);
    const line = this.#line(scope, within);
    const { channel } = line;
    this.#sendBatch(line);
    const { sequence, cursor } = channel;
    const subscription: Subscription = { subscriber, line, encoding, live: false, sequence };
    line.subscriptions.add(subscription);
    this.#subscriptions.set(subscriber.id, subscription);

    const from = channel.sequenceOf(given);
    const missed = from === undefined ? undefined : channel.after(from);
    // More than that may be too much for a line that takes the documents in parts, and deflated they are less.
    const fits = !parts || (missed ?? []).reduce((size, batch) => size + batch.size, 0) <= PART_SIZE;
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
      if (current && current !== subscription) throw new VigiaError('conflict', 'Another subscription took its place.');
      delete subscription.held;
      return answer(text);
    });
  }

  /**
   * The next documents of a subscription in parts, as they are after all that was sent until now.
   * @throws VigiaError `conflict` where none is left
   */
  more(subscriberId: string): Reply {
    const subscription = this.#subscriptions.get(subscriberId);
    if (subscription?.parts) {
      this.#sendBatch(subscription.line);
      if (!subscription.live) this.#catchUp(subscription);
      // Where it has not caught up, the documents have to wait until it asks again.
      if (this.#subscriptions.has(subscriberId)) return this.#part(subscription, undefined, !subscription.live);
    }
    throw new VigiaError('conflict', 'There is no subscription that has documents left to come.');
  }

  #part(subscription: Subscription, cursor?: string, isEmpty = false): Reply {
    const { parts, encoding, line } = subscription;
    const find = (id: string) => {
      const device = this.#devices.get(id);
      return line.channel.covers(device?.document) ? device : undefined;
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
    subscription.line.subscriptions.delete(subscription);
    subscription.line.emptySince = this.#clock.now();
  }

  /** Sends the updates that were collected, or the cursor where there were none for a while. */
  flush(): void {
    if (this.#isClosed) return;
    const now = this.#clock.now();
    for (const [key, line] of this.#lines) {
      if (line.subscriptions.size === 0 && now - line.emptySince > KEEP_EMPTY_MS) {
        this.#lines.delete(key);
        continue;
      }
      this.#sendBatch(line);
      if (now - line.lastSentAt >= HEARTBEAT_MS) this.#send(line, line.channel.cursor, []);
      for (const subscription of line.subscriptions) this.#regulate(subscription);
    }
  }

  #sendBatch(line: Line): void {
    const batch = line.channel.take();
    if (batch) this.#send(line, line.channel.cursor, batch.updates);
  }

  #send(line: Line, cursor: string, updates: Batch['updates']): void {
    line.lastSentAt = this.#clock.now();
    const wanted = new Set<Encoding>();
    for (const { live, encoding } of line.subscriptions) if (live) wanted.add(encoding);
    if (wanted.size === 0) return;
    const json = encodeBatch(cursor, updates);
    if (wanted.has('json')) this.#publish(roomOf(line.channel, 'json'), json);
    const deflated = wanted.has('deflate') ? deflate(json) : undefined;
    if (deflated) this.#publish(roomOf(line.channel, 'deflate'), deflated);
    this.#metrics.batch(updates.length, json.length, deflated?.length ?? 0);
  }

  /** Takes those who do not read out of the room, and those who have read back into it. */
  #regulate(subscription: Subscription): void {
    const { subscriber } = subscription;
    const { channel } = subscription.line;
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

  /** Sends what was missed, as much as may go in one go; after the last of it, all. Where that is not kept any more, it is to subscribe anew. */
  #catchUp(subscription: Subscription): void {
    const { subscriber, encoding } = subscription;
    const { channel } = subscription.line;
    const missed = channel.after(subscription.sequence);
    if (!missed) {
      this.unsubscribe(subscriber.id);
      this.#metrics.resync('too_slow');
      subscriber.resync('too_slow');
      return;
    }
    const some = portionOf(missed);
    for (const { sequence, updates } of some) {
      subscription.sequence = sequence;
      const json = encodeBatch(cursorOf(channel.id, sequence), updates);
      subscriber.update(encoding === 'json' ? json : deflate(json));
    }
    if (some.length < missed.length) return;
    subscription.live = true;
    subscriber.join(roomOf(channel, encoding));
  }

  #leave(subscription: Subscription): void {
    if (subscription.live) subscription.subscriber.leave(roomOf(subscription.line.channel, subscription.encoding));
    subscription.live = false;
  }

  #line(scope: Scope, within: readonly string[] | undefined): Line {
    const key = scopeKey(scope, within);
    const known = this.#lines.get(key);
    if (known) return known;
    if (this.#lines.size >= MAX_CHANNELS)
      throw new VigiaError('unavailable', 'Too many different scopes are subscribed.');
    const now = this.#clock.now();
    const line = {
      channel: new Channel(scope, within),
      subscriptions: new Set<Subscription>(),
      lastSentAt: now,
      emptySince: now,
    };
    this.#lines.set(key, line);
    return line;
  }
}

/** As many as a slow line takes before a ping behind them is given up, and one at least. */
function portionOf(missed: readonly Batch[]): readonly Batch[] {
  let size = 0;
  const end = missed.findIndex((batch) => {
    size += batch.size;
    return size > PART_SIZE;
  });
  return end === -1 ? missed : missed.slice(0, Math.max(1, end));
}

const roomOf = (channel: Channel, encoding: Encoding) => `stream:${channel.id}:${encoding}`;

/** The fastest level: batches repeat their long paths so much that a better one gains little. */
const deflate = (json: string) => deflateRawSync(json, { level: 1 });
