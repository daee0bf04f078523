import { useMemo } from 'react';
import { WallTime, wallOf, wallText } from '../../ports/wall-time.ts';
import { usePreferences } from './preferences.tsx';

const wallTime = new WallTime();
const DAY = 86_400_000;

export const computerZone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone;

export function isZone(name: unknown): name is string {
  try {
    return typeof name === 'string' && name !== '' && !!new Intl.DateTimeFormat('en', { timeZone: name });
  } catch {
    return false;
  }
}

/** Dates and times by the clock of a time zone. */
export interface Zone {
  /** The IANA name. */
  name: string;
  /** As `<input type="datetime-local">` has it, to the minute; empty if there is none. */
  toInput(at: string | number | undefined): string;
  /** ISO 8601; empty if the input is empty or incomplete. */
  fromInput(text: string): string;
  /** `2026-03-01 08:00:00`, which spreadsheets of all languages read. */
  text(at: string | number): string;
  /** The start of the day of this moment, or of another day. Days have 23 to 25 hours. */
  midnight(at: number, daysLater?: number): number;
  /** The last time that it was this hour. */
  last(hour: number, now: number): number;
}

export function zoneOf(name: string): Zone {
  const ms = (at: string | number) => (typeof at === 'number' ? at : Date.parse(at));
  const dayOf = (at: number) => Math.floor(wallTime.at(name, at) / DAY) * DAY;
  return {
    name,
    toInput(at) {
      const moment = ms(at ?? '');
      return Number.isNaN(moment) ? '' : wallText(wallTime.at(name, moment));
    },
    fromInput(text) {
      const wall = wallOf(text);
      return Number.isNaN(wall) ? '' : new Date(wallTime.momentOf(name, wall)).toISOString();
    },
    text: (at) => new Date(wallTime.at(name, ms(at))).toISOString().slice(0, 19).replace('T', ' '),
    midnight: (at, daysLater = 0) => wallTime.momentOf(name, dayOf(at) + daysLater * DAY),
    last(hour, now) {
      const today = dayOf(now) + hour * 3_600_000;
      const at = wallTime.momentOf(name, today);
      return at <= now ? at : wallTime.momentOf(name, today - DAY);
    },
  };
}

/** The time zone that the user has chosen. */
export function useZone(): Zone {
  const { zone } = usePreferences();
  return useMemo(() => zoneOf(zone), [zone]);
}
