import { RRuleTemporal } from 'rrule-temporal';
import { type Wall, wallOf } from '../ports/wall-time.ts';
import { VigiaError } from '../protocol/errors.ts';

/** The parts of a rule (RFC 5545, 3.3.10) and the range of their numbers; undefined: not a number. */
const parts: Record<string, readonly [number, number] | undefined> = {
  FREQ: undefined,
  UNTIL: undefined,
  WKST: undefined,
  BYDAY: undefined,
  // The library counts from the start each time.
  COUNT: [1, 1000],
  INTERVAL: [1, 10_000],
  BYMINUTE: [0, 59],
  BYHOUR: [0, 23],
  BYMONTHDAY: [-31, 31],
  BYYEARDAY: [-366, 366],
  BYWEEKNO: [-53, 53],
  BYMONTH: [1, 12],
  BYSETPOS: [-366, 366],
};
const SIGNED = new Set(['BYMONTHDAY', 'BYYEARDAY', 'BYWEEKNO', 'BYSETPOS']);
const WEEKDAY = '(?:MO|TU|WE|TH|FR|SA|SU)';
const forms: Record<string, RegExp> = {
  FREQ: /^(MINUTELY|HOURLY|DAILY|WEEKLY|MONTHLY|YEARLY)$/,
  UNTIL: /^\d{8}(T\d{6})?$/,
  WKST: new RegExp(`^${WEEKDAY}$`),
  BYDAY: new RegExp(`^([+-]?\\d{1,2})?${WEEKDAY}(,([+-]?\\d{1,2})?${WEEKDAY})*$`),
};
/** The library gives up its search after this many steps. */
const MAX_ITERATIONS = 4000;
const REMEMBERED = 50;

/** The local times at which a schedule runs. */
export class Recurrence {
  readonly #start: Wall;
  readonly #rule: RRuleTemporal | undefined;
  /** Recent results: pairs of consecutive times. Time zones ask for times close to each other. */
  #gaps: { from: Wall; to: Wall }[] = [];

  /** @throws VigiaError `invalid_payload`, with the fault in the rule */
  constructor(start: string, rrule?: string) {
    this.#start = wallOf(start);
    this.#rule = rrule === undefined ? undefined : readRule(start, rrule);
  }

  /** The last time at or before this one; -Infinity: none. */
  last(wall: Wall): Wall {
    return this.#gapAt(wall).from;
  }

  /** The first time after this one; Infinity: none. */
  next(wall: Wall): Wall {
    return this.#gapAt(wall).to;
  }

  #gapAt(wall: Wall): { from: Wall; to: Wall } {
    const known = this.#gaps.find(({ from, to }) => from <= wall && wall < to);
    if (known) return known;
    const gap = this.#rule ? gapIn(this.#rule, wall) : this.#onceAt(wall);
    this.#gaps = [gap, ...this.#gaps.slice(0, REMEMBERED - 1)];
    return gap;
  }

  #onceAt(wall: Wall) {
    return wall < this.#start
      ? { from: Number.NEGATIVE_INFINITY, to: this.#start }
      : { from: this.#start, to: Number.POSITIVE_INFINITY };
  }
}

function gapIn(rule: RRuleTemporal, wall: Wall): { from: Wall; to: Wall } {
  const at = new Date(wall);
  return {
    from: bounded(() => rule.previous(at, true)) ?? Number.NEGATIVE_INFINITY,
    to: bounded(() => rule.next(at)) ?? Number.POSITIVE_INFINITY,
  };
}

/** Undefined if the library gives up its search. */
function bounded(search: () => { epochMilliseconds: number } | null): Wall | undefined {
  try {
    return search()?.epochMilliseconds;
  } catch {
    return undefined;
  }
}

function readRule(start: string, rrule: string): RRuleTemporal {
  const text = rrule.replace(/^RRULE:/i, '').toUpperCase();
  const values = new Map<string, string>();
  for (const part of text.split(';')) {
    const [name = '', value = ''] = part.split('=');
    checkPart(name, value);
    if (values.has(name)) throw fault(`${name} is given twice`);
    values.set(name, value);
  }
  if (!values.has('FREQ')) throw fault('FREQ is missing');
  if (values.has('COUNT') && values.has('UNTIL')) throw fault('COUNT and UNTIL do not go together');
  const until = values.get('UNTIL');
  // UNTIL is a local time, which the library takes for UTC.
  if (until !== undefined) values.set('UNTIL', `${until.length === 8 ? `${until}T235959` : until}Z`);
  const rruleString = `DTSTART:${start.replaceAll(/[-:]/g, '')}00Z\nRRULE:${[...values].map((it) => it.join('=')).join(';')}`;
  try {
    const rule = new RRuleTemporal({ rruleString, strict: true, maxIterations: MAX_ITERATIONS, cache: false });
    if (values.has('COUNT')) rule.all();
    if (rule.next(new Date(wallOf(start)), true)) return rule;
  } catch (error) {
    const { message } = error as Error;
    if (!/exceeded/i.test(message)) throw fault(message.slice(0, 200));
  }
  throw fault('It makes no run, or too seldom to be found.');
}

function checkPart(name: string, value: string): void {
  if (!Object.hasOwn(parts, name)) {
    throw fault(
      name === 'BYSECOND' ? 'BYSECOND: runs are by the minute' : `There is no ${name.slice(0, 20) || 'part'}`,
    );
  }
  const form = forms[name];
  if (form && !form.test(value)) throw fault(hints[name] ?? `${name} is not as RFC 5545 has it`);
  const range = parts[name];
  if (!range) return;
  const [least, most] = range;
  const numbers = value.split(',');
  const isGood = (it: string) =>
    /^[+-]?\d{1,5}$/.test(it) && Number(it) >= least && Number(it) <= most && (Number(it) !== 0 || !SIGNED.has(name));
  if ((name === 'COUNT' || name === 'INTERVAL') && numbers.length > 1) throw fault(`${name} is one number`);
  if (!numbers.every(isGood)) throw fault(`${name} goes from ${least} to ${most}`);
}

const hints: Record<string, string> = {
  FREQ: 'FREQ is MINUTELY, HOURLY, DAILY, WEEKLY, MONTHLY or YEARLY',
  UNTIL: 'UNTIL is a local date or time such as 20261224 or 20261224T235900, without Z',
};

const fault = (message: string) => new VigiaError('invalid_payload', undefined, [{ path: 'rrule', message }]);
