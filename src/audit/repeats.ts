import type { AuditRecord } from '../ports/audit.ts';
import type { Clock } from '../ports/clock.ts';

const WINDOW_MS = 60_000;
/** Limits each kind separately, so that guessing from many addresses does not hide other events. */
const MAX_ACTORS_OF_A_KIND = 100;
const OTHERS = 'others';

interface Repeated {
  record: AuditRecord;
  /** Repetitions after the first record. */
  count: number;
}

/**
 * Condenses repeated refusals: the first one in a minute is recorded at once, and similar ones as a single record with
 * their `count` at the end of the minute, so that a client that keeps failing cannot fill the disk.
 */
export class Repeats {
  readonly #clock: Clock;
  readonly #pass: (record: AuditRecord) => void;
  readonly #seen = new Map<string, Repeated>();
  readonly #actors = new Map<string, number>();
  #timer: unknown;

  constructor(clock: Clock, pass: (record: AuditRecord) => void) {
    this.#clock = clock;
    this.#pass = pass;
  }

  add(record: AuditRecord): void {
    const known = this.#seen.get(keyOf(record));
    if (known) known.count++;
    else this.#first(record);
  }

  /** Ends the current minute. */
  end(): void {
    this.#clock.clearTimeout(this.#timer);
    this.#timer = undefined;
    const ended = [...this.#seen.values()];
    this.#seen.clear();
    this.#actors.clear();
    for (const { record, count } of ended) {
      if (count > 0) this.#pass({ ...record, details: { ...record.details, count } });
    }
  }

  #first(record: AuditRecord): void {
    const actors = (this.#actors.get(record.kind) ?? 0) + 1;
    if (actors > MAX_ACTORS_OF_A_KIND && record.actor !== OTHERS) {
      this.add({ actor: OTHERS, kind: record.kind, outcome: record.outcome });
      return;
    }
    this.#actors.set(record.kind, actors);
    this.#seen.set(keyOf(record), { record, count: 0 });
    this.#timer ??= this.#clock.setTimeout(() => this.end(), WINDOW_MS);
    this.#pass(record);
  }
}

/** Records with the same key are condensed; the details of the first one are kept. */
function keyOf({ actor, kind, outcome, details: { audience, request, reason } = {} }: AuditRecord): string {
  return [kind, outcome, audience, request, reason, actor].join(' ');
}
