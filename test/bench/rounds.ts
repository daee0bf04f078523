import { median, type TargetName } from './processes.ts';

/**
 * Runs interleaved rounds, so that drift of the machine affects all targets. Returns the median of each figure; missing
 * figures are ignored.
 */
export async function compare<N extends TargetName, F extends { [K in keyof F]: number | undefined }>(
  names: readonly N[],
  rounds: number,
  what: string,
  measure: (name: N) => Promise<F>,
): Promise<Record<N, F>> {
  const all = new Map<N, F[]>(names.map((name) => [name, []]));
  for (let round = 1; round <= rounds; round++) {
    for (const name of names) {
      const figures = await measure(name);
      all.get(name)?.push(figures);
      const shown = Object.entries(figures).map(([key, value]) => `${key} ${Number(value).toFixed(1)}`);
      process.stderr.write(`${what}, round ${round} of ${rounds}, ${name}: ${shown.join(', ')}\n`);
    }
  }
  return Object.fromEntries([...all].map(([name, of]) => [name, medians(of)])) as Record<N, F>;
}

function medians<F extends { [K in keyof F]: number | undefined }>(of: readonly F[]): F {
  const keys = Object.keys(of[0] as F) as (keyof F)[];
  return Object.fromEntries(
    keys.map((key) => {
      const values = of.map((it) => it[key]).filter((it): it is F[keyof F] & number => it !== undefined);
      return [key, values.length > 0 ? median(values) : undefined];
    }),
  ) as F;
}
