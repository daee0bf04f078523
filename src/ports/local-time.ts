import { type Hours, type Weekday, weekdays } from '../protocol/alerts.ts';

interface Local {
  minute: number;
  day: Weekday;
  /** Since midnight, by the clock on the wall. */
  minutes: number;
}

const MAX_ZONES = 1000;
/** Minutes. */
const QUARTER = 15;

/** Tells the time on the wall of each time zone. Daylight saving is the zone's: what the wall says counts. */
export class LocalTime {
  readonly #formats = new Map<string, Intl.DateTimeFormat | undefined>();
  readonly #latest = new Map<string, Local>();

  isZone(zone: unknown): zone is string {
    return typeof zone === 'string' && zone !== '' && zone.length <= 64 && this.#format(zone) !== undefined;
  }

  /** `zone` is an IANA name that `isZone`; at: ms since the epoch. */
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
   * When `isWithin` may be otherwise, at the latest: the next beginning or end, by the clock on the wall as it goes now. And
   * at the next quarter of an hour: zones change their time at no other moments.
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
    // No zone has been off by anything but whole minutes for a century.
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
    // Devices may say anything.
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
