/** Wall-clock time: the local date and time of a zone as if it were UTC, in milliseconds. */
export type Wall = number;

const MAX_ZONES = 1000;
const MAX_OFFSETS = 10_000;
const MINUTE = 60_000;
const QUARTER = 15 * MINUTE;
const DAY = 86_400_000;

/** Converts between moments and the wall-clock time of a zone, given as a valid IANA name. */
export class WallTime {
  readonly #formats = new Map<string, Intl.DateTimeFormat>();
  readonly #offsets = new Map<string, number>();

  /** Accurate to the minute. */
  at(zone: string, moment: number): Wall {
    return moment + this.#offset(zone, moment);
  }

  /**
   * The moment of a wall-clock time. If it occurs twice (the clock is set back): the first time. If it does not exist (the
   * clock is set forward): the first moment after the gap.
   */
  momentOf(zone: string, wall: Wall): number {
    // Assumes that the offset changes at most once between a day before and a day after.
    const [before, after] = [this.#offset(zone, wall - DAY), this.#offset(zone, wall + DAY)];
    const found = [wall - before, wall - after].filter((moment) => this.at(zone, moment) === wall);
    if (found.length > 0) return Math.min(...found);
    let [low, high] = [(wall - after) / MINUTE, (wall - before) / MINUTE].map(Math.floor) as [number, number];
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2);
      if (this.at(zone, middle * MINUTE) > wall) high = middle;
      else low = middle;
    }
    return high * MINUTE;
  }

  /** The days of a span: `2026-03-01`, and the part of each that is in the span. */
  *days(zone: string, { from, to }: { from: number; to: number }): Iterable<{ day: string; from: number; to: number }> {
    let midnight = Math.floor(this.at(zone, from) / DAY) * DAY;
    for (let start = from; start < to; midnight += DAY) {
      const end = Math.min(to, this.momentOf(zone, midnight + DAY));
      if (end > start) yield { day: wallText(midnight).slice(0, 10), from: start, to: end };
      start = Math.max(start, end);
    }
  }

  /** Offsets of time zones change only at quarters of an hour. */
  #offset(zone: string, moment: number): number {
    const quarter = Math.floor(moment / QUARTER) * QUARTER;
    const key = `${zone} ${quarter}`;
    const known = this.#offsets.get(key);
    if (known !== undefined) return known;
    const parts = this.#format(zone).formatToParts(quarter);
    const part = (type: string) => Number(parts.find((it) => it.type === type)?.value);
    const wall = Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'));
    if (this.#offsets.size >= MAX_OFFSETS) this.#offsets.clear();
    this.#offsets.set(key, wall - quarter);
    return wall - quarter;
  }

  #format(zone: string): Intl.DateTimeFormat {
    const known = this.#formats.get(zone);
    if (known) return known;
    if (this.#formats.size >= MAX_ZONES) this.#formats.clear();
    const digits = { month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit' } as const;
    const format = new Intl.DateTimeFormat('en-US', { timeZone: zone, year: 'numeric', ...digits, hourCycle: 'h23' });
    this.#formats.set(zone, format);
    return format;
  }
}

/** `2026-03-01T08:00` */
export const wallText = (wall: Wall): string => new Date(wall).toISOString().slice(0, 16);
export const wallOf = (text: string): Wall => Date.parse(`${text}Z`);
