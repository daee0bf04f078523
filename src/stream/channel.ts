import { randomBytes } from 'node:crypto';
import type { Scope } from '../protocol/admin.ts';
import type { DeviceDocument, Update } from '../protocol/document.ts';
import { PART_SIZE } from './parts.ts';
import { type Covers, covers } from './scope.ts';
import { type Batch, type PastBatch, Window } from './window.ts';

/**
 * An update and its JSON text, encoded once for all channels and admins. Once encoded, only the text is kept: it takes
 * a third of the memory of the object.
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

/** Limits of one batch, even if a tick is late: a batch is sent as one text, and no ping can pass it on the way. */
const MAX_BATCH_UPDATES = 2000;
const MAX_BATCH_SIZE = PART_SIZE;

/**
 * All admins with the same scope: collects their updates into numbered batches and keeps a window of recent batches.
 *
 * A cursor is `<channel id>.<sequence of the last batch received>`. Sequences have no gaps, so a client detects a lost
 * batch. The id is random, so a cursor of another instance or of an earlier start is recognized as foreign.
 */
export class Channel {
  readonly id = randomBytes(6).toString('base64url');
  readonly covers: Covers;
  #sequence = 0;
  #pending: EncodedUpdate[] = [];
  #pendingSize = 0;
  readonly #window = new Window();

  constructor(scope: Scope, within?: readonly string[]) {
    this.covers = covers(scope, within);
  }

  get cursor(): string {
    return cursorOf(this.id, this.#sequence);
  }

  get sequence(): number {
    return this.#sequence;
  }

  /**
   * Adds an update if it concerns this scope. A device that enters the scope is sent whole; one that leaves it is
   * deleted.
   */
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

  /** Whether the pending updates reach the limit of one batch. */
  get isFull(): boolean {
    return this.#pending.length >= MAX_BATCH_UPDATES || this.#pendingSize >= MAX_BATCH_SIZE;
  }

  /** Closes the current batch. Undefined if there are no updates. */
  take(): Batch | undefined {
    if (this.#pending.length === 0) return undefined;
    const text = this.#pending.map((it) => it.json).join(',');
    const batch = { sequence: ++this.#sequence, count: this.#pending.length, text };
    this.#pending = [];
    this.#pendingSize = 0;
    this.#window.add(batch);
    return batch;
  }

  /** The batches after a sequence. Undefined if they are not kept any more. */
  after(sequence: number): readonly PastBatch[] | undefined {
    if (sequence > this.#sequence) return undefined;
    return sequence === this.#sequence ? [] : this.#window.after(sequence);
  }

  /** The sequence in a cursor. Undefined if the cursor is not of this channel. */
  sequenceOf(cursor: string | null | undefined): number | undefined {
    if (!cursor?.startsWith(`${this.id}.`)) return undefined;
    const sequence = Number(cursor.slice(this.id.length + 1));
    return Number.isSafeInteger(sequence) && sequence >= 0 ? sequence : undefined;
  }
}

export const cursorOf = (channelId: string, sequence: number) => `${channelId}.${sequence}`;

export const encodeBatch = (cursor: string, text: string) => `{"cursor":${JSON.stringify(cursor)},"updates":[${text}]}`;

/** The answer to a cursor: the missed updates. Uses the texts already encoded. */
export function encodeResumed(cursor: string, missed: readonly Batch[]): string {
  const updates = missed.map(({ text }) => text);
  return `{"cursor":${JSON.stringify(cursor)},"resumed":true,"updates":[${updates.join(',')}]}`;
}

function head({ update: { deviceId, version, at } }: EncodedUpdate) {
  return { deviceId, version, at };
}
