import { type Hours, type Weekday, weekdays } from '../protocol/alerts.ts';

interface Local {
  minute: number;
  day: Weekday;
  /** Since local midnight. */
  minutes: number;
}

const MAX_ZONES = 1000;
/** In minutes. */
const QUARTER = 15;

/** The local time of each time zone, including daylight saving time. */
export class LocalTime {
  readonly #formats = new Map<string, Intl.DateTimeFormat | undefined>();
  readonly #latest = new Map<string, Local>();

  isZone(zone: unknown): zone is string {
    return typeof zone === 'string' && zone !== '' && zone.length <= 64 && this.#format(zone) !== undefined;
  }

  /**
   * Whether the local time is within the hours.
   * @param zone an IANA name accepted by `isZone`
   * @param at ms since the epoch
   */
  isWithin(hours: Hours, zone: string, at: number): boolean {
    const { day, minutes } = this.#at(zone, at);
    const before = weekdays[(weekdays.indexOf(day) + 6) % 7] as Weekday;
    const today = (hours[day] ?? []).some(([from, to]) => {
      const [start, end] = [minutesOf(from), minutesOf(to)];
      return minutes >= start && (minutes < end || end < start);
    });
    return (
      today || (hours[before] ?? []).some(([from, to]) => minutesOf(to) < minutesOf(from) && minutes < minutesOf(to))
    );
  }

  /**
   * The latest time at which `isWithin` must be evaluated again: the next start or end in local time, or the next
   * quarter of an hour, since offsets of time zones change at no other times.
   */
  nextLookAt(hours: Hours, zone: string, at: number): number {
    const { minute, minutes } = this.#at(zone, at);
    const waits = Object.values(hours).flatMap((spans) =>
      (spans ?? []).flat().map((edge) => minutesOf(edge) - minutes || 24 * 60),
    );
    const next = Math.min(QUARTER - (minute % QUARTER), ...waits.filter((it) => it > 0));
    return (minute + next) * 60_000;
  }

  #at(zone: string, at: number): Local {
    // For a century, all offsets of time zones have been whole minutes.
    const minute = Math.floor(at / 60_000);
    const known = this.#latest.get(zone);
    if (known?.minute === minute) return known;
    const parts = (this.#format(zone) as Intl.DateTimeFormat).formatToParts(at);
    const part = (type: string) => parts.find((it) => it.type === type)?.value ?? '';
    const day = part('weekday').slice(0, 3).toLowerCase() as Weekday;
    const local = { minute, day, minutes: Number(part('hour')) * 60 + Number(part('minute')) };
    this.#latest.set(zone, local);
    return local;
  }

  #format(zone: string): Intl.DateTimeFormat | undefined {
    const known = this.#formats.get(zone);
    if (known || this.#formats.has(zone)) return known;
    // Devices can send any zone name.
    if (this.#formats.size >= MAX_ZONES) {
      this.#formats.clear();
      this.#latest.clear();
    }
    const format = formatOf(zone);
    this.#formats.set(zone, format);
    return format;
  }
}

function formatOf(timeZone: string): Intl.DateTimeFormat | undefined {
  try {
    return new Intl.DateTimeFormat('en-US', {
      timeZone,
      weekday: 'short',
      hour: '2-digit',
      minute: '2-digit',
      hourCycle: 'h23',
    });
  } catch {
    return undefined;
  }
}

const minutesOf = (time: string): number => Number(time.slice(0, 2)) * 60 + Number(time.slice(3));
