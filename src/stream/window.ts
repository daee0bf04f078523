/** The updates that are sent together. */
export interface Batch {
  sequence: number;
  /** The number of updates. */
  count: number;
  /** Their JSON texts, separated by commas. */
  readonly text: string;
}

/** A batch of the window, whose text can be read until the next one is added. */
export interface PastBatch extends Batch {
  /** The length of the text, in bytes. */
  size: number;
}

const MAX_UPDATES = 20_000;
const MAX_BATCHES = 1200;
const MAX_BYTES = 8 * 1024 * 1024;
const FIRST_BYTES = 4 * 1024;

/**
 * The last batches of a channel, for admins that resume with a cursor. Their texts lie one after the other in one ring
 * of bytes: texts of their own would live so long that only a full garbage collection frees them.
 */
export class Window {
  #ring = Buffer.alloc(0);
  /** Where the next text begins. */
  #end = 0;
  #places: Place[] = [];
  #updates = 0;
  #bytes = 0;

  /** Drops older batches for it. One that is larger than the window is not kept, either. */
  add({ sequence, count, text }: Batch): void {
    const size = Buffer.byteLength(text);
    while (this.#isFull(count, size)) this.#dropOldest();
    if (size > MAX_BYTES) return;
    while (!this.#hasRoom(size) && this.#ring.length < MAX_BYTES) this.#grow();
    // Nothing is kept behind the end then: the limit of bytes has dropped it.
    if (this.#end + size > this.#ring.length) this.#end = 0;
    while (this.#places[0] && this.#isUnder(this.#places[0], size)) this.#dropOldest();
    this.#places.push({ sequence, count, size, at: this.#end });
    this.#ring.write(text, this.#end);
    this.#end += size;
    this.#updates += count;
    this.#bytes += size;
  }

  /** The batches after a sequence. Undefined if the window does not reach back that far. */
  after(sequence: number): readonly PastBatch[] | undefined {
    const first = this.#places[0]?.sequence ?? Number.POSITIVE_INFINITY;
    if (sequence + 1 < first) return undefined;
    const ring = this.#ring;
    return this.#places.slice(sequence + 1 - first).map(({ at, size, ...head }) => ({
      ...head,
      size,
      get text() {
        return ring.toString('utf8', at, at + size);
      },
    }));
  }

  #isFull(count: number, size: number): boolean {
    if (this.#places.length === 0) return false;
    return this.#updates + count > MAX_UPDATES || this.#places.length >= MAX_BATCHES || this.#bytes + size > MAX_BYTES;
  }

  /** Whether a text of this size would overwrite it. No text begins before the end and goes beyond it. */
  #isUnder({ at }: Place, size: number): boolean {
    return at >= this.#end && at < this.#end + size;
  }

  #dropOldest(): void {
    const oldest = this.#places.shift() as Place;
    this.#updates -= oldest.count;
    this.#bytes -= oldest.size;
  }

  /** Whether there is room for a text without dropping another one: after the end, or at the beginning. */
  #hasRoom(size: number): boolean {
    const oldest = this.#places[0]?.at;
    const { length } = this.#ring;
    if (oldest === undefined) return size <= length;
    return oldest >= this.#end ? size <= oldest - this.#end : size <= Math.max(length - this.#end, oldest);
  }

  #grow(): void {
    const ring = Buffer.alloc(Math.max(FIRST_BYTES, this.#ring.length * 2));
    this.#end = 0;
    for (const place of this.#places) {
      this.#ring.copy(ring, this.#end, place.at, place.at + place.size);
      place.at = this.#end;
      this.#end += place.size;
    }
    this.#ring = ring;
  }
}

interface Place {
  sequence: number;
  count: number;
  at: number;
  size: number;
}
