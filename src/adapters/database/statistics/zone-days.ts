import type { DaySpan, StatisticsQuery, StatisticsResult } from '../../../ports/statistics.ts';
import { VigiaError } from '../../../protocol/errors.ts';
import type { Db } from '../schema.ts';
import { daysOf, type Span } from './days.ts';
import { Grouped } from './grouped.ts';
import { directDay } from './sources.ts';

/** Number of requests that may wait, including the one that is served. */
const MOST_WAITING = 10;

/**
 * Counts the days of a time zone: day by day, and one request at a time, so that other reads need not wait for all of
 * them.
 */
export function createZoneDays(db: Db) {
  let last: Promise<unknown> = Promise.resolve();
  let waiting = 0;

  async function count(days: readonly DaySpan[], { group, groups, device }: StatisticsQuery) {
    const byDay = new Grouped(({ day }) => day);
    for (const day of days) byDay.add(await directDay(db, day, { group, groups, device }));
    return byDay.keys().map((day) => ({ day, ...byDay.summary(day) }));
  }

  /** @throws VigiaError `unavailable` */
  return (days: readonly DaySpan[], query: StatisticsQuery): Promise<StatisticsResult['days']> => {
    if (waiting >= MOST_WAITING) {
      throw new VigiaError('unavailable', 'Many requests for statistics by time zone are waiting. Retry in a moment.');
    }
    waiting++;
    const counted = last.then(() => count(days, query)).finally(() => waiting--);
    last = counted.catch(() => {});
    return counted;
  };
}

/** Sums of these are stored. */
export function areUtc(days: readonly DaySpan[], span: Span): boolean {
  const utc = [...daysOf(span)];
  return days.length === utc.length && utc.every(({ from, to }, i) => days[i]?.from === from && days[i]?.to === to);
}
