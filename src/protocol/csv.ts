type Cell = string | number | null | undefined;

/** Spreadsheets run values with these prefixes as formulas; names come from outside. */
const FORMULA = /^[=+\-@\t\r]/;

export const csvText = (rows: readonly (readonly Cell[])[], separator = ','): string =>
  rows.map((cells) => cells.map((it) => cell(it ?? '', separator)).join(separator)).join('\r\n');

function cell(value: string | number, separator: string): string {
  if (typeof value === 'number') return String(value);
  const safe = FORMULA.test(value) ? `'${value}` : value;
  return safe.includes(separator) || /["\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** Where the comma is the decimal separator, Excel separates columns with a semicolon. */
export const separatorFor = (locale: string): string =>
  new Intl.NumberFormat(locale).formatToParts(1.5).some(({ type, value }) => type === 'decimal' && value === ',')
    ? ';'
    : ',';
