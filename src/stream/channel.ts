import { randomBytes } from 'node:crypto';
import type { Scope } from '../protocol/admin.ts';
import type { DeviceDocument, Update } from '../protocol/document.ts';
import { PART_SIZE } from './parts.ts';
import { type Covers, covers } from './scope.ts';

/**
 * An update and its JSON, made once for however many channels and admins it goes to. Once there is the JSON it is all
 * that is kept: a window of texts is a third of a window of objects.
 */
export class EncodedUpdate {
  #update: Update | undefined;
  #json = '';

  constructor(update: Update) {
    this.#update = update;
  }

  get json(): string {
    if (this.#update) {
      this.#json = JSON.stringify(this.#update);
      this.#update = undefined;
    }
    return this.#json;
  }

  get update(): Update {
    return this.#update ?? JSON.parse(this.#json);
  }
}

export interface Batch {
  sequence: number;
  updates: readonly EncodedUpdate[];
  /** Characters of JSON. */
  size: number;
}

/** So that a batch has a bound, however late a tick is: it is written as one text, and no ping gets past it on its way. */
const MOST_UPDATES = 2000;
const MOST_SIZE = PART_SIZE;
/** What is kept for admins that come back with a cursor: so many updates, batches, and characters of JSON. */
const WINDOW_UPDATES = 20_000;
const WINDOW_BATCHES = 1200;
const WINDOW_SIZE = 8 * 1024 * 1024;

/**
 * All admins with one scope: their updates, gathered into numbered batches, and a window of the last ones.
 *
 * A cursor is `<channel id>.<sequence of the last batch seen>`. Each batch is one higher than the one before it, so that
 * a lost one is seen; the id is new with every start, so that a cursor from elsewhere is known as such.
 */
export class Channel {
  readonly id = randomBytes(6).toString('base64url');
  readonly covers: Covers;
  #sequence = 0;
  #pending: EncodedUpdate[] = [];
  #pendingSize = 0;
  #window: Batch[] = [];
  #windowUpdates = 0;
  #windowSize = 0;

  constructor(scope: Scope, within?: readonly string[]) {
    this.covers = covers(scope, within);
  }

  get cursor(): string {
    return cursorOf(this.id, this.#sequence);
  }

  get sequence(): number {
    return this.#sequence;
  }

  /** Takes in what concerns this scope; a device that enters it comes whole, one that leaves it is gone from it. */
  add(encoded: EncodedUpdate, after: DeviceDocument | undefined, before: DeviceDocument | undefined): void {
    const isIn = this.covers(after);
    const wasIn = this.covers(before);
    if (isIn && wasIn) this.#push(encoded);
    else if (isIn && after) this.#push(new EncodedUpdate({ ...head(encoded), document: after }));
    else if (wasIn) this.#push(new EncodedUpdate({ ...head(encoded), deleted: true }));
  }

  #push(encoded: EncodedUpdate): void {
    this.#pending.push(encoded);
    this.#pendingSize += encoded.json.length;
  }

  /** Is there as much as one batch may hold? */
  get isFull(): boolean {
    return this.#pending.length >= MOST_UPDATES || this.#pendingSize >= MOST_SIZE;
  }

  /** Closes the batch of this tick. */
  take(): Batch | undefined {
    if (this.#pending.length === 0) return undefined;
    const updates = this.#pending;
    const size = this.#pendingSize;
    const batch = { sequence: ++this.#sequence, updates, size };
    this.#pending = [];
    this.#pendingSize = 0;
    this.#window.push(batch);
    this.#windowUpdates += updates.length;
    this.#windowSize += size;
    while (this.#windowIsFull) {
      const oldest = this.#window.shift() as Batch;
      this.#windowUpdates -= oldest.updates.length;
      this.#windowSize -= oldest.size;
    }
    return batch;
  }

  get #windowIsFull(): boolean {
    return (
      this.#window.length > WINDOW_BATCHES ||
      (this.#window.length > 1 && (this.#windowUpdates > WINDOW_UPDATES || this.#windowSize > WINDOW_SIZE))
    );
  }

  /** The batches after a sequence, or undefined where the window does not reach back to it. */
  after(sequence: number): readonly Batch[] | undefined {
    if (sequence > this.#sequence) return undefined;
    if (sequence === this.#sequence) return [];
    const first = this.#window[0]?.sequence ?? Number.POSITIVE_INFINITY;
    return sequence + 1 < first ? undefined : this.#window.slice(sequence + 1 - first);
  }

  /** The sequence of a cursor of this channel. */
  sequenceOf(cursor: string | null | undefined): number | undefined {
    if (!cursor?.startsWith(`${this.id}.`)) return undefined;
    const sequence = Number(cursor.slice(this.id.length + 1));
    return Number.isSafeInteger(sequence) && sequence >= 0 ? sequence : undefined;
  }
}

export const cursorOf = (channelId: string, sequence: number) => `${channelId}.${sequence}`;

export function encodeBatch(cursor: string, updates: readonly EncodedUpdate[]): string {
  return `{"cursor":${JSON.stringify(cursor)},"updates":[${updates.map((it) => it.json).join(',')}]}`;
}

/** What a cursor missed; its texts are at hand. */
export function encodeResumed(cursor: string, missed: readonly Batch[]): string {
  const updates = missed.flatMap((batch) => batch.updates.map((it) => it.json));
  return `{"cursor":${JSON.stringify(cursor)},"resumed":true,"updates":[${updates.join(',')}]}`;
}

function head({ update: { deviceId, version, at } }: EncodedUpdate) {
  return { deviceId, version, at };
}
