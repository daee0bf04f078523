import { createContext, type ReactNode, useContext, useMemo, useSyncExternalStore } from 'react';
import { usePreferences } from './preferences.tsx';

/** The server's time, and one timer per second for everything on the page that shows an age. */
export interface Clock {
  /** Milliseconds since the epoch, by the server's clock. */
  now(): number;
  /** Synchronizes with the server's time. */
  set(serverNow: number): void;
  onTick(listener: () => void): () => void;
}

export function createClock(): Clock {
  let offset = 0;
  let timer: ReturnType<typeof setInterval> | undefined;
  const listeners = new Set<() => void>();
  return {
    now: () => Date.now() + offset,
    set(serverNow) {
      offset = serverNow - Date.now();
    },
    onTick(listener) {
      listeners.add(listener);
      timer ??= setInterval(() => {
        for (const it of listeners) it();
      }, 1000);
      return () => {
        listeners.delete(listener);
        if (listeners.size > 0) return;
        clearInterval(timer);
        timer = undefined;
      };
    },
  };
}

/** A stopped clock, so that a past document shows ages as of its time. */
export const stoppedClock = (at: number): Clock => ({ now: () => at, set() {}, onTick: () => () => {} });

const Context = createContext<Clock | undefined>(undefined);

export function ClockProvider({ clock, children }: { clock: Clock; children: ReactNode }) {
  return <Context value={clock}>{children}</Context>;
}

export function useClock(): Clock {
  const clock = useContext(Context);
  if (!clock) throw new Error('There is no ClockProvider above.');
  return clock;
}

/** The server's time in steps of `stepMs`; re-renders the component at each step. */
export function useNow(stepMs = 1000): number {
  const clock = useClock();
  return useSyncExternalStore(clock.onTick, () => Math.floor(clock.now() / stepMs) * stepMs);
}

type Moment = string | number;
const ms = (at: Moment) => (typeof at === 'number' ? at : Date.parse(at));

const UNITS = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1000],
] as const;

export interface Format {
  /** `14:03:22`, with the date if it is not today. */
  time(at: Moment): string;
  /** `14:03` */
  clock(at: Moment): string;
  dateTime(at: Moment): string;
  date(at: Moment): string;
  /** `1 March 2026`, by default in the user's time zone. */
  day(at: Moment, timeZone?: string): string;
  /** `March 2026`, of `2026-03`. */
  month(month: string): string;
  /** `3 h 12 min`: the two largest units; under a second, milliseconds. */
  duration(ms: number): string;
  /** `3 h`: the largest unit only. */
  roughly(ms: number): string;
  /** `1,234 hr`, for sums. */
  hours(ms: number): string;
  number(value: number, digits?: number): string;
  percent(share: number): string;
  bytes(count: number): string;
}

export function useFormat(): Format {
  const { locale, zone } = usePreferences();
  const clock = useClock();
  return useMemo(() => createFormat(locale, zone, clock), [locale, zone, clock]);
}

function createFormat(language: string, timeZone: string, clock: Clock): Format {
  const time = new Intl.DateTimeFormat(language, { timeStyle: 'medium', hourCycle: 'h23', timeZone });
  const clockTime = new Intl.DateTimeFormat(language, { timeStyle: 'short', hourCycle: 'h23', timeZone });
  const date = new Intl.DateTimeFormat(language, { weekday: 'short', day: 'numeric', month: 'short', timeZone });
  const months = new Intl.DateTimeFormat(language, { month: 'long', year: 'numeric', timeZone: 'UTC' });
  const dateTime = new Intl.DateTimeFormat(language, {
    dateStyle: 'medium',
    timeStyle: 'medium',
    hourCycle: 'h23',
    timeZone,
  });
  const short = (value: number, unit: string) =>
    new Intl.NumberFormat(language, {
      style: 'unit',
      unit,
      unitDisplay: unit === 'day' ? 'long' : 'short',
      maximumFractionDigits: 0,
    }).format(value);
  const day = (at: number) => date.format(at);
  return {
    time: (at) => (day(ms(at)) === day(clock.now()) ? time.format(ms(at)) : dateTime.format(ms(at))),
    clock: (at) => clockTime.format(ms(at)),
    dateTime: (at) => dateTime.format(ms(at)),
    date: (at) => date.format(ms(at)),
    day: (at, zone = timeZone) =>
      new Intl.DateTimeFormat(language, { dateStyle: 'long', timeZone: zone }).format(ms(at)),
    month: (month) => months.format(Date.parse(`${month}-01`)),
    duration(length) {
      if (length < 1000) return short(Math.max(0, Math.round(length)), 'millisecond');
      const first = UNITS.findIndex(([, size]) => length >= size);
      const [unit, size] = UNITS[first] as (typeof UNITS)[number];
      const next = UNITS[first + 1];
      const rest = next ? Math.floor((length % size) / next[1]) : 0;
      const head = short(Math.floor(length / size), unit);
      return next && rest > 0 ? `${head} ${short(rest, next[0])}` : head;
    },
    roughly(length) {
      const [unit, size] = UNITS.find(([, it]) => length >= it) ?? (['second', 1000] as const);
      return short(Math.floor(length / size), unit);
    },
    hours: (length) => short(length / 3_600_000, 'hour'),
    number: (value, digits = 0) => new Intl.NumberFormat(language, { maximumFractionDigits: digits }).format(value),
    percent: (share) => new Intl.NumberFormat(language, { style: 'percent', maximumFractionDigits: 1 }).format(share),
    bytes(count) {
      const step = count > 0 ? Math.min(4, Math.floor(Math.log2(count) / 10)) : 0;
      const unit = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'][step] as string;
      const format = { style: 'unit', unit, maximumFractionDigits: step > 1 ? 1 : 0 } as const;
      return new Intl.NumberFormat(language, format).format(count / 1024 ** step);
    },
  };
}
