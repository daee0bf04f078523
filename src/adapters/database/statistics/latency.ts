import { type RawBuilder, sql } from 'kysely';

/**
 * Durations are counted in buckets, each at most 25 % wider than the previous one. So percentiles are accurate to 25 %,
 * and counts of days, devices and groups can be added. A bucket is named by its upper bound in milliseconds.
 */
const STEPS = [
  ...[1, 2, 3, 4, 5, 6, 7, 8, 9],
  ...[1, 10, 100, 1000, 10_000].flatMap((ten) =>
    [10, 12, 15, 18, 22, 27, 33, 39, 47, 56, 68, 82].map((it) => it * ten),
  ),
];
/** The last bucket, above the longest possible command. */
const BEYOND = 1_000_000_000;

/** The bucket of a `duration_ms`; 0 if there is none because nothing was sent. */
export const stepOf: RawBuilder<number> = sql.raw(
  `case when duration_ms is null then 0 ${STEPS.map((it) => `when duration_ms <= ${it} then ${it}`).join(' ')} else ${BEYOND} end`,
);

/** Interpolates linearly within a bucket. */
export function percentile(counts: ReadonlyMap<number, number>, share: number, longest: number): number | null {
  const steps = [...counts].filter(([step]) => step > 0).sort(([a], [b]) => a - b);
  let left = share * steps.reduce((sum, [, count]) => sum + count, 0);
  for (const [step, count] of steps) {
    if (left <= count) {
      const below = STEPS.findLast((it) => it < step) ?? 0;
      return Math.round(Math.min(longest, below + ((step - below) * left) / count));
    }
    left -= count;
  }
  return null;
}
