import { type FileHandle, type open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Logger } from 'pino';
import { FILE_MODE, syncDirectory } from './file-system.ts';
import { copyRange, readLines } from './lines.ts';
import { decode, encode, headOf } from './record.ts';

/** As much as is made into text and written at a time. */
const CHUNK_BYTES = 256 * 1024;
const COMPACT_ABOVE_BYTES = 8 * 1024 * 1024;
const COMPACT_FACTOR = 3;
/** So much may be left for the moment in which nobody else may write. */
const SHORT_TAIL_BYTES = 1024 * 1024;

export interface FileOptions {
  path: string;
  log: Pick<Logger, 'info' | 'warn' | 'error'>;
  openFile: typeof open;
}

/** Some records, ready to be appended. */
export interface Chunk {
  bytes: Buffer;
  records: { key: string; n: number; bytes: number; removed: boolean }[];
}

/** One collection: an append-only file of JSON lines, in which the last line of a key counts. */
export class CollectionFile {
  readonly #path: string;
  readonly #log: FileOptions['log'];
  readonly #openFile: typeof open;
  #handle: FileHandle;
  /** The bytes of all complete lines; what lies beyond is the rest of a failed write. */
  #size = 0;
  #torn = false;
  #unsynced = false;
  #nextN = 1;
  /** The newest line of each key that is there. */
  readonly #live = new Map<string, { n: number; bytes: number }>();
  #liveBytes = 0;
  #compaction: Promise<void> | undefined;
  /** After a failure: not again before the file has grown to this. */
  #compactNotBelow = 0;
  #closing = false;
  #turn: Promise<unknown> = Promise.resolve();

  static async open(options: FileOptions): Promise<CollectionFile> {
    await rm(temporary(options.path), { force: true });
    return new CollectionFile(options, await options.openFile(options.path, 'a+', FILE_MODE));
  }

  private constructor({ path, log, openFile }: FileOptions, handle: FileHandle) {
    this.#path = path;
    this.#log = log;
    this.#openFile = openFile;
    this.#handle = handle;
  }

  /** Reads everything, cuts away a torn end, and leaves dead lines behind if they prevail. */
  async load<T>(): Promise<Map<string, T>> {
    const values = new Map<string, T>();
    const { size } = await this.#handle.stat();
    let lines = 0;
    for await (const batch of readLines(this.#handle, size)) {
      for (const { bytes, at } of batch) {
        lines++;
        this.#size = at + bytes.length;
        const record = decode(bytes);
        if (!record) {
          this.#log.warn({ file: this.#path, line: lines, byte: at }, 'a line that cannot be read is skipped');
          continue;
        }
        const { n, k: key, v: value } = record;
        this.#nextN = Math.max(this.#nextN, n + 1);
        this.#note({ key, n, bytes: bytes.length, removed: value === undefined });
        if (value === undefined) values.delete(key);
        else values.set(key, value as T);
      }
    }
    if (size > this.#size) {
      this.#log.warn(
        { file: this.#path, bytes: size - this.#size },
        'the last write was cut short; its rest is removed',
      );
      await this.#handle.truncate(this.#size);
    }
    if (lines - this.#live.size > this.#live.size) await this.#compact();
    return values;
  }

  /** Makes lines of the records, in their order, as late as possible. */
  *chunks(records: ReadonlyMap<string, unknown>): Generator<Chunk> {
    let lines: Buffer[] = [];
    let chunk: Chunk['records'] = [];
    let size = 0;
    for (const [key, value] of records) {
      const n = this.#nextN++;
      let line: Buffer;
      try {
        line = encode({ n, k: key, v: value });
      } catch (error) {
        this.#log.error({ err: error, file: this.#path }, 'a record that is no JSON was not kept');
        continue;
      }
      lines.push(line);
      chunk.push({ key, n, bytes: line.length, removed: value === undefined });
      size += line.length;
      if (size < CHUNK_BYTES) continue;
      yield { bytes: Buffer.concat(lines), records: chunk };
      lines = [];
      chunk = [];
      size = 0;
    }
    if (chunk.length > 0) yield { bytes: Buffer.concat(lines), records: chunk };
  }

  /** Can be called again with the same chunk after it failed: what a failed write left is removed first. */
  async append({ bytes, records }: Chunk): Promise<void> {
    // Writers that are faster than the compaction would outgrow it for ever: they wait for it.
    if (this.#size > 2 * this.#compactAbove()) await this.#compaction;
    await this.#exclusively(async () => {
      if (this.#torn) await this.#handle.truncate(this.#size);
      this.#torn = true;
      await this.#handle.appendFile(bytes);
      this.#torn = false;
      this.#size += bytes.length;
      this.#unsynced = true;
      for (const record of records) this.#note(record);
    });
    if (this.#size > this.#compactAbove() && !this.#compaction && !this.#closing) {
      this.#compaction = this.#compact().finally(() => {
        this.#compaction = undefined;
      });
    }
  }

  #compactAbove(): number {
    return Math.max(COMPACT_ABOVE_BYTES, COMPACT_FACTOR * this.#liveBytes, this.#compactNotBelow);
  }

  /** From the system's memory to the disk. */
  async sync(): Promise<void> {
    if (!this.#unsynced) return;
    this.#unsynced = false;
    try {
      await this.#handle.datasync();
    } catch (error) {
      this.#unsynced = true;
      throw error;
    }
  }

  /** A compaction under way is given up; the old file is complete. */
  async close(): Promise<void> {
    this.#closing = true;
    await this.#compaction;
    try {
      await this.sync();
    } finally {
      await this.#handle.close();
    }
  }

  #note({ key, n, bytes, removed }: Chunk['records'][number]): void {
    this.#liveBytes -= this.#live.get(key)?.bytes ?? 0;
    if (removed) this.#live.delete(key);
    else {
      this.#live.set(key, { n, bytes });
      this.#liveBytes += bytes;
    }
  }

  /**
   * Copies the live lines to a new file, which then takes the old one's name. Others append to the old file meanwhile:
   * what they added is copied as it is, the last of it while nobody may write. Never throws: the old file is as good.
   */
  async #compact(): Promise<void> {
    const before = this.#size;
    let target: FileHandle | undefined;
    try {
      target = await this.#openFile(temporary(this.#path), 'ax+', FILE_MODE);
      for await (const lines of readLines(this.#handle, before)) {
        if (this.#closing) throw new Error('The store closes.');
        const alive = lines.map(({ bytes }) => bytes).filter((bytes) => this.#isAlive(bytes));
        if (alive.length > 0) await target.appendFile(Buffer.concat(alive));
      }
      let copied = before;
      for (let round = 0; round < 8 && this.#size - copied > SHORT_TAIL_BYTES; round++) {
        const until = this.#size;
        await copyRange(this.#handle, target, copied, until);
        copied = until;
      }
      await target.datasync();
      await this.#exclusively(() => this.#moveTo(target as FileHandle, copied));
      this.#compactNotBelow = 0;
      this.#log.info({ file: this.#path, before, after: this.#size }, 'a file of the store was compacted');
    } catch (error) {
      this.#compactNotBelow = this.#size + COMPACT_ABOVE_BYTES;
      if (!this.#closing)
        this.#log.warn({ err: error, file: this.#path }, 'a file of the store could not be compacted');
      if (target !== this.#handle) await target?.close().catch(() => {});
      await rm(temporary(this.#path), { force: true }).catch(() => {});
    }
  }

  async #moveTo(target: FileHandle, copied: number): Promise<void> {
    const old = this.#handle;
    await copyRange(old, target, copied, this.#size);
    await target.datasync();
    const { size } = await target.stat();
    await rename(temporary(this.#path), this.#path);
    this.#handle = target;
    this.#size = size;
    this.#torn = false;
    this.#unsynced = false;
    await old.close();
    await syncDirectory(dirname(this.#path));
  }

  #isAlive(line: Buffer): boolean {
    const head = headOf(line);
    return head !== undefined && this.#live.get(head.k)?.n === head.n;
  }

  /** One at a time, in the order of the calls. */
  #exclusively<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(work);
    this.#turn = done.catch(() => {});
    return done;
  }
}

function temporary(path: string): string {
  return `${path}.tmp`;
}
