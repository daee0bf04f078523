/** A line of the table: one figure of the targets, and what it should be. */
export interface Row {
  figure: string;
  unit: string;
  floor?: number;
  naive?: number;
  vigia: number;
  /** Absent where the figure is there to be compared with. */
  goal?: string;
  reached?: boolean;
}

export interface SuiteOptions {
  rounds: number;
  seconds: number;
  /** For `rest`: how many devices, how often each is asked, how long it runs before it is measured. */
  devices?: number | undefined;
  intervalMs?: number | undefined;
  warmUpSeconds?: number | undefined;
  /** For `soak`. */
  minutes?: number | undefined;
  /** For `rest` and `cpu`: where profiles of the main threads go. */
  profileDir?: string | undefined;
}

export interface Suite {
  /** The largest number of devices that it connects. */
  devices: number;
  /** What it takes unless it is told otherwise; absent: 3 rounds of 5 seconds. */
  rounds?: number;
  seconds?: number;
  run(options: SuiteOptions): Promise<Row[]>;
}

export function table(rows: readonly Row[]): string {
  const number = (value: number | undefined) =>
    value === undefined ? '' : value.toLocaleString('en', { maximumFractionDigits: value < 100 ? 1 : 0 });
  const ratio = (a: number, b: number | undefined) => (b ? (a / b).toFixed(2) : '');
  return [
    '| figure | floor | naive | vigia | ÷ floor | ÷ naive | goal | |',
    '|---|---:|---:|---:|---:|---:|---|---|',
    ...rows.map(({ figure, unit, floor, naive, vigia, goal = '', reached }) => {
      const cells = [number(floor), number(naive), number(vigia), ratio(vigia, floor), ratio(vigia, naive)];
      const mark = reached === undefined ? '' : reached ? '✓' : '✗';
      return `| ${figure} (${unit}) | ${cells.join(' | ')} | ${goal} | ${mark} |`;
    }),
  ].join('\n');
}
