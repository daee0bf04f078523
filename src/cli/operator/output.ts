import { styleText } from 'node:util';

type Style = Parameters<typeof styleText>[0];

const { stdout, stderr } = process;

/** Colours only on a terminal, and not if NO_COLOR is set. */
const isColoured = (stream: NodeJS.WriteStream) => stream.isTTY && !process.env.NO_COLOR;

/** Replaces control characters, because names and messages come from players and could contain terminal escapes. */
export const plain = (value: unknown): string =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the expression removes them
  String(value ?? '–').replace(/[\u0000-\u001f\u007f-\u009f]/g, '\uFFFD');

export function printLine(text: string): void {
  stdout.write(`${text}\n`);
}

/** One line of JSON. */
export const printJson = (value: unknown): void => printLine(JSON.stringify(value));

const STYLES: Record<string, Style> = {
  online: 'green',
  success: 'green',
  yes: 'green',
  ok: 'green',
  reconnecting: 'yellow',
  unknown: 'yellow',
  timeout: 'yellow',
  offline: 'red',
  error: 'red',
  undelivered: 'red',
  no: 'red',
  converged: 'green',
  converging: 'yellow',
  suspended: 'yellow',
  failing: 'red',
  done: 'green',
  missed: 'red',
  interrupted: 'yellow',
};

/** Prints aligned columns; on a terminal, status words are coloured. */
export function printTable(heads: readonly string[], rows: readonly (readonly unknown[])[]): void {
  const cells = rows.map((row) => row.map(plain));
  const widths = heads.map((head, i) => Math.max(head.length, ...cells.map((row) => (row[i] ?? '').length)));
  const coloured = isColoured(stdout);
  const line = (row: readonly string[], style: (text: string, cell: string) => string) =>
    row
      .map((cell, i) => style(i < row.length - 1 ? cell.padEnd(widths[i] ?? 0) : cell, cell))
      .join('  ')
      .trimEnd();
  printLine(line(heads, (text) => (coloured ? styleText('bold', text) : text)));
  for (const row of cells) {
    printLine(line(row, (text, cell) => (coloured && STYLES[cell] ? styleText(STYLES[cell], text) : text)));
  }
}

export interface Bar {
  show(done: number, total: number, note: string): void;
  end(): void;
}

/** A progress bar on one line of the terminal; does nothing without a terminal. */
export function progressBar(width = 30): Bar {
  if (!stderr.isTTY) return { show() {}, end() {} };
  return {
    show(done, total, note) {
      const filled = total === 0 ? 0 : Math.round((done / total) * width);
      stderr.write(`\r\u001b[K${'█'.repeat(filled)}${'░'.repeat(width - filled)} ${done}/${total} ${plain(note)}`);
    },
    end() {
      stderr.write('\r\u001b[K');
    },
  };
}

/** 1234 → 1.2 s */
export function duration(ms: number | undefined): string {
  if (ms === undefined) return '–';
  if (ms < 1000) return `${Math.round(ms)} ms`;
  const s = ms / 1000;
  if (s < 60) return `${s.toFixed(1)} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min ${Math.round(s % 60)} s`;
  const h = Math.floor(s / 3600);
  return h < 48 ? `${h} h ${Math.round((s % 3600) / 60)} min` : `${Math.floor(h / 24)} d ${h % 24} h`;
}
