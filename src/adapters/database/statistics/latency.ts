import { type RawBuilder, sql } from 'kysely';

/**
 * Durations are summed up by steps of which each is at most a quarter above the one before: so well is a percentile known,
 * and those of days, devices and groups can be added up. In each step is what took up to so many milliseconds.
 */
const STEPS = [
  ...[1, 2, 3, 4, 5, 6, 7, 8, 9],
  ...[1, 10, 100, 1000, 10_000].flatMap((ten) =>
    [10, 12, 15, 18, 22, 27, 33, 39, 47, 56, 68, 82].map((it) => it * ten),
  ),
];
/** What took longer: more than any command may take. */
const BEYOND = 1_000_000_000;

/** The step of a `duration_ms`; 0 where there is none, as nothing was sent. */
export const stepOf: RawBuilder<number> = sql.raw(
  `case when duration_ms is null then 0 ${STEPS.map((it) => `when duration_ms <= ${it} then ${it}`).join(' ')} else ${BEYOND} end`,
);

/** What this share of the durations is not above, as if those within a step were evenly spread. */
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
