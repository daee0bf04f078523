import { type RawBuilder, sql } from 'kysely';

/**
 * Durations are summed up by steps that grow by about a half: a percentile is then known to a fifth, and those of days,
 * devices and groups can be added up. In each step is what took up to so many milliseconds.
 */
const STEPS = [10, 100, 1000, 10_000, 100_000].flatMap((ten) => [1, 1.5, 2.2, 3.3, 4.7, 6.8].map((it) => ten * it));
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
