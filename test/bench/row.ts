/** A line of the table: one figure of the three targets, and what it should be. */
export interface Row {
  figure: string;
  unit: string;
  floor?: number;
  naive?: number;
  vigia: number;
  goal: string;
  /** Does vigia reach the goal? */
  reached: boolean;
}

export interface SuiteOptions {
  rounds: number;
  seconds: number;
}

export type Suite = (options: SuiteOptions) => Promise<Row[]>;

export function table(rows: readonly Row[]): string {
  const number = (value: number | undefined) => (value === undefined ? '' : value.toFixed(value < 100 ? 1 : 0));
  const ratio = (a: number, b: number | undefined) => (b === undefined ? '' : (a / b).toFixed(2));
  return [
    '| figure | floor | naive | vigia | ÷ floor | ÷ naive | goal | |',
    '|---|---:|---:|---:|---:|---:|---|---|',
    ...rows.map(({ figure, unit, floor, naive, vigia, goal, reached }) => {
      const cells = [number(floor), number(naive), number(vigia), ratio(vigia, floor), ratio(vigia, naive)];
      return `| ${figure} (${unit}) | ${cells.join(' | ')} | ${goal} | ${reached ? '✓' : '✗'} |`;
    }),
  ].join('\n');
}
