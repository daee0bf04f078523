/** A row of the table: a figure of all targets, and its goal. */
export interface Row {
  figure: string;
  unit: string;
  floor?: number;
  naive?: number;
  vigia: number;
  /** Absent if the figure is only for comparison. */
  goal?: string;
  reached?: boolean;
}

export interface SuiteOptions {
  rounds: number;
  seconds: number;
  /** For `rest`: number of devices, request interval, duration of the warm-up. */
  devices?: number | undefined;
  intervalMs?: number | undefined;
  warmUpSeconds?: number | undefined;
  /** For `soak`. */
  minutes?: number | undefined;
  /** For `rest` and `cpu`: directory for profiles of the main threads. */
  profileDir?: string | undefined;
}

export interface Suite {
  /** The maximum number of connected devices. */
  devices: number;
  /** Defaults; absent: 3 rounds of 5 seconds. */
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
