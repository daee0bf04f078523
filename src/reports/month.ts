import type { DaySpan } from '../ports/statistics.ts';
import { WallTime, wallOf, wallText } from '../ports/wall-time.ts';

export interface Span {
  from: number;
  to: number;
}

const wallTime = new WallTime();
const MONTH = 'YYYY-MM'.length;

/** So many months later. */
function shifted(month: string, later: number): string {
  const [year = 0, number = 1] = month.split('-').map(Number);
  return new Date(Date.UTC(year, number - 1 + later)).toISOString().slice(0, MONTH);
}

/** A month such as `2026-03` of a time zone, in which its days have 23 to 25 hours. */
export function spanOfMonth(timeZone: string, month: string): Span {
  const begin = (it: string) => wallTime.momentOf(timeZone, wallOf(`${it}-01T00:00`));
  return { from: begin(month), to: begin(shifted(month, 1)) };
}

export const daysOf = (timeZone: string, span: Span): DaySpan[] => [...wallTime.days(timeZone, span)];

/** The last month that has ended. */
export const lastMonth = (timeZone: string, now: number): string =>
  shifted(wallText(wallTime.at(timeZone, now)).slice(0, MONTH), -1);

/** When the report of a month is mailed: at 06:00 of the day after it. */
export const dueAt = (timeZone: string, month: string): number =>
  wallTime.momentOf(timeZone, wallOf(`${shifted(month, 1)}-01T06:00`));
