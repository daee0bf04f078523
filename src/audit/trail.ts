import type { Logger } from 'pino';
import type { Audit, AuditEntry, AuditLog, AuditQuery, AuditRecord } from '../ports/audit.ts';
import type { Clock } from '../ports/clock.ts';
import { orUnavailable } from '../protocol/errors.ts';
import { Repeats } from './repeats.ts';

const WRITE_AFTER_MS = 200;
const RETRY_MS = 1000;
const MAX_WAITING = 100_000;
const ENTRIES_A_WRITE = 1000;

/**
 * Numbers audit records, batches them and writes them within a second. While the log cannot be written, records wait in
 * a bounded backlog; the number of records lost above the bound becomes an entry of its own after recovery.
 */
export class AuditTrail implements Audit {
  readonly #log: AuditLog;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #nextId: () => string;
  readonly #repeats: Repeats;
  #waiting: AuditEntry[] = [];
  #lost = 0;
  #dropped = 0;
  #failing = false;
  #timer: unknown;
  #writing: Promise<void> | undefined;

  /**
   * @param writer unique to this process, so that two processes never create the same id: a few characters of a-z0-9
   */
  constructor(deps: { log: AuditLog; clock: Clock; logger: Logger; writer: string }) {
    this.#log = deps.log;
    this.#clock = deps.clock;
    this.#logger = deps.logger;
    this.#nextId = growingIds(deps.clock, deps.writer);
    this.#repeats = new Repeats(deps.clock, (record) => this.#keep(record));
  }

  record(record: AuditRecord): void {
    if (record.outcome === 'ok') this.#keep(record);
    else this.#repeats.add(record);
  }

  /** Entries waiting to be written. */
  get backlog(): number {
    return this.#waiting.length;
  }

  /** Entries dropped because the backlog was full. */
  get dropped(): number {
    return this.#dropped;
  }

  /**
   * Newest first, including everything recorded so far.
   * @throws VigiaError `unavailable`
   */
  async read(query: AuditQuery): Promise<AuditEntry[]> {
    if (!this.#failing) await this.#write();
    return orUnavailable(
      () => this.#log.read(query),
      'The audit log cannot be read now. No records are lost.',
      (error) => this.#logger.warn({ err: error }, 'cannot read the audit log'),
    );
  }

  /** Writes the backlog if possible. */
  async close(): Promise<void> {
    this.#repeats.end();
    await this.#write();
    if (this.#waiting.length > 0) await this.#write();
    this.#clock.clearTimeout(this.#timer);
    if (this.#waiting.length > 0)
      this.#logger.error({ records: this.#waiting.length }, 'audit records could not be written and are lost');
  }

  #keep(record: AuditRecord): void {
    if (this.#waiting.length >= MAX_WAITING) {
      this.#lost++;
      this.#dropped++;
      return;
    }
    this.#waiting.push({ ...record, id: this.#nextId(), at: this.#clock.wall() });
    this.#timer ??= this.#clock.setTimeout(() => void this.#write(), WRITE_AFTER_MS);
  }

  /** Never rejects; resolves once the backlog has been written or writing has failed. */
  #write(): Promise<void> {
    this.#writing ??= this.#writeAll().finally(() => {
      this.#writing = undefined;
    });
    return this.#writing;
  }

  async #writeAll(): Promise<void> {
    this.#clock.clearTimeout(this.#timer);
    this.#timer = undefined;
    try {
      while (this.#waiting.length > 0) {
        const entries = this.#waiting.slice(0, ENTRIES_A_WRITE);
        await this.#log.write(entries);
        this.#waiting.splice(0, entries.length);
        if (this.#lost > 0) this.#tellLost();
      }
      this.#failing = false;
    } catch (error) {
      if (!this.#failing) this.#logger.error({ err: error }, 'cannot write the audit log; retrying');
      this.#failing = true;
    }
    if (this.#waiting.length > 0) this.#timer ??= this.#clock.setTimeout(() => void this.#write(), RETRY_MS);
  }

  #tellLost(): void {
    const count = this.#lost;
    this.#lost = 0;
    this.#keep({ actor: 'server', kind: 'audit.lost', outcome: 'unavailable', details: { count } });
  }
}

/** 9 digits of milliseconds, 4 of a counter, then the writer. Ids increase even if the clock goes back. */
function growingIds(clock: Clock, writer: string): () => string {
  let ms = 0;
  let count = 0;
  return () => {
    const now = clock.wall();
    if (now > ms) [ms, count] = [now, 0];
    else if (++count === 36 ** 4) [ms, count] = [ms + 1, 0];
    return ms.toString(36).padStart(9, '0') + count.toString(36).padStart(4, '0') + writer;
  };
}
