import type { AuditRecord } from '../ports/audit.ts';
import type { Clock } from '../ports/clock.ts';

const WINDOW_MS = 60_000;
/** Of each kind, so that strangers who guess from many addresses do not hide what happens elsewhere. */
const MAX_ACTORS_OF_A_KIND = 100;
const OTHERS = 'others';

interface Repeated {
  record: AuditRecord;
  /** After the first. */
  count: number;
}

/**
 * Refusals come as often as anybody likes to be refused: the first of a minute is passed on at once, and those like it
 * as one record, with their `count`, when the minute is over. So whoever goes on for a day fills no disk.
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

  /** The minute is over. */
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

/** What makes two of them alike; the rest of their details is the first one's. */
function keyOf({ actor, kind, outcome, details: { audience, request, reason } = {} }: AuditRecord): string {
  return [kind, outcome, audience, request, reason, actor].join(' ');
}
