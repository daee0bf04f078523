import { csvText, separatorFor } from '../protocol/csv.ts';
import type { CsvTable } from '../protocol/reports.ts';
import type { MonthReport } from './reports.ts';
import { nameOfItem, textsIn } from './texts.ts';

/** Without it, Excel does not read UTF-8. */
const BYTE_ORDER_MARK = '\ufeff';
const HOUR_MS = 3_600_000;

/** One table of the report for a spreadsheet: titles, separator and numbers as in the language. */
export function reportCsv(report: MonthReport, table: CsvTable, locale: string): string {
  const rows = table === 'devices' ? deviceRows(report, locale) : playbackRows(report, locale);
  return `${BYTE_ORDER_MARK}${csvText(rows, separatorFor(locale))}\r\n`;
}

/** Spreadsheets read numbers with the decimal separator of their language, but not with all other signs. */
function numbersIn(locale: string) {
  const text = (digits: number) => {
    const plain = { maximumFractionDigits: digits, useGrouping: false, numberingSystem: 'latn' };
    const format = new Intl.NumberFormat(locale, plain);
    return (value: number) => format.format(value);
  };
  const [one, two] = [text(1), text(2)];
  return {
    percent: (share: number | null) => (share === null ? null : `${one(share * 100)}%`),
    hours: (ms: number) => two(ms / HOUR_MS),
  };
}

function deviceRows({ devices }: MonthReport, locale: string) {
  const t = textsIn(locale);
  const { percent, hours } = numbersIn(locale);
  const { compare } = new Intl.Collator(locale, { numeric: true });
  const sorted = devices.toSorted(
    (a, b) => compare(a.group ?? '', b.group ?? '') || compare(a.name ?? a.deviceId, b.name ?? b.deviceId),
  );
  const titles = [t.group, t.screen, t.id, t.available, t.onAir, t.onAirHours, t.offAirHours, t.unknownHours];
  return [
    [...titles, t.losses, t.incidents],
    ...sorted.map(({ group, name, deviceId, uptime, onAir, disconnections, incidents }) => [
      ...[group, name, deviceId, percent(uptime.share), percent(onAir.share)],
      ...[hours(onAir.yesMs), hours(onAir.noMs), hours(onAir.unknownMs)],
      ...[disconnections.count, incidents],
    ]),
  ];
}

function playbackRows({ total: { playback } }: MonthReport, locale: string) {
  const t = textsIn(locale);
  const { percent, hours } = numbersIn(locale);
  const all = playback.reduce((sum, { ms }) => sum + ms, 0);
  return [
    [t.item, t.id, t.playlist, t.hours, t.share],
    ...playback.map(({ item, playlist, ms }) => [
      ...[item === null ? t.notReported : nameOfItem(item), item, playlist],
      ...[hours(ms), percent(all > 0 ? ms / all : null)],
    ]),
  ];
}
