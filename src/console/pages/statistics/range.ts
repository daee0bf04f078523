import type { Zone } from '../../core/zone.ts';

export const ranges = ['day', 'week', 'month', 'quarter', 'custom'] as const;
export type Range = (typeof ranges)[number];

const HOUR = 3_600_000;
const HOURS: Record<Exclude<Range, 'custom'>, number> = { day: 24, week: 7 * 24, month: 30 * 24, quarter: 90 * 24 };

export const rangeOf = (text: string): Range => ranges.find((it) => it === text) ?? 'week';

/**
 * The time span of the request. For own days (`2026-03-01`, of the time zone), both are included.
 * @param now milliseconds since the epoch
 */
export function spanOf(
  range: Range,
  own: { from: string; to: string },
  now: number,
  zone: Zone,
): { from?: string; to?: string } {
  if (range !== 'custom') return { from: new Date(now - HOURS[range] * HOUR).toISOString() };
  const midnight = (day: string, later: number) => {
    const start = Date.parse(zone.fromInput(`${day}T00:00`));
    return Number.isNaN(start) ? undefined : new Date(zone.midnight(start, later)).toISOString();
  };
  const from = midnight(own.from, 0);
  const to = midnight(own.to, 1);
  return { ...(from && { from }), ...(to && { to }) };
}
