import { z } from 'zod';

export * from './alert-document.ts';

/** Is this time zone known to the runtime? */
export function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

const time = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'must be a time such as 08:30');
const end = z.string().regex(/^(([01]\d|2[0-3]):[0-5]\d|24:00)$/, 'must be a time such as 22:00, or 24:00');
const span = z.tuple([time, end]).refine(([from, to]) => from !== to, 'must not be empty: all day is 00:00 to 24:00');
const spans = z.array(span).max(10).optional();
const moment = z.iso.datetime({ offset: true, error: 'must be a moment such as 2026-03-01T12:00:00Z' });
/** At most one day. */
const duration = z.int().min(0).max(86_400_000);

export const weekdays = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
export type Weekday = (typeof weekdays)[number];

/** Local times of day. One that ends before it begins extends to the next day. A missing day has no hours. */
export const Hours = z.strictObject({
  mon: spans,
  tue: spans,
  wed: spans,
  thu: spans,
  fri: spans,
  sat: spans,
  sun: spans,
});
export type Hours = z.output<typeof Hours>;

/**
 * When to alert about a device. For each field, the most specific of the default, group and device policies applies.
 */
export const Policy = z.strictObject({
  timeZone: z.string().min(1).max(64).refine(isTimeZone, 'must be a time zone such as Europe/Madrid').optional(),
  hours: Hours.optional(),
  maintenance: z
    .array(
      z
        .strictObject({ from: moment, to: moment, note: z.string().max(256).optional() })
        .refine(({ from, to }) => Date.parse(from) < Date.parse(to), { path: ['to'], message: 'must be after from' }),
    )
    .max(50)
    .optional(),
  offlineAfterMs: duration.optional(),
  notOnAirAfterMs: duration.optional(),
  /** How long the condition must be gone before the alert is resolved. */
  recoverAfterMs: duration.optional(),
});
export type Policy = z.output<typeof Policy>;
