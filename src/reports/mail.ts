import type { Mail } from '../ports/mail.ts';
import { reportCsv } from './csv.ts';
import { htmlOf } from './mail-html.ts';
import type { MonthReport } from './reports.ts';
import { nameOfItem, textsIn } from './texts.ts';

export interface Company {
  name?: string | undefined;
  logo?: { type: string; bytes: Buffer } | undefined;
}

/** What the mail says, as text and as HTML. */
export interface Letter {
  language: string;
  company: string | undefined;
  title: string;
  span: string;
  figures: [name: string, value: string][];
  tables: { title: string; head: string[]; rows: string[][] }[];
  notes: string[];
}

const ROWS = 10;
/** Names of groups and screens are in the attached file if there are more. */
const GROUPS = 50;
const HOUR_MS = 3_600_000;
const LOGO = 'logo@vigia';

/** @param asked the time zone that the channel wants */
export function reportMail(
  report: MonthReport,
  company: Company,
  language: string,
  asked: string,
): Omit<Mail, 'messageId'> {
  const letter = letterOf(report, company.name, language, asked);
  const { logo } = company;
  return {
    subject: [company.name ?? 'vigia', letter.title].join(': '),
    text: textOf(letter),
    html: htmlOf(letter, logo && LOGO),
    attachments: [
      {
        filename: `${report.month}.csv`,
        content: reportCsv(report, 'devices', language),
        contentType: 'text/csv; charset=utf-8',
      },
      ...(logo
        ? [
            {
              filename: `logo.${logo.type.slice('image/'.length)}`,
              content: logo.bytes,
              contentType: logo.type,
              cid: LOGO,
            },
          ]
        : []),
    ],
  };
}

function letterOf(report: MonthReport, company: string | undefined, language: string, asked: string): Letter {
  const { month, from, to, timeZone, total, groups, devices, incidents } = report;
  const t = textsIn(language);
  const day = new Intl.DateTimeFormat(language, { dateStyle: 'long', timeZone });
  const monthName = new Intl.DateTimeFormat(language, { month: 'long', year: 'numeric', timeZone: 'UTC' });
  const percents = new Intl.NumberFormat(language, { style: 'percent', maximumFractionDigits: 1 });
  const number = (value: number) => new Intl.NumberFormat(language, { maximumFractionDigits: 1 }).format(value);
  const share = (it: number | null) => (it === null ? '–' : percents.format(it));
  const shares = ({
    uptime,
    onAir,
    disconnections,
  }: Pick<MonthReport['total'], 'uptime' | 'onAir' | 'disconnections'>) => [
    share(uptime.share),
    share(onAir.share),
    number(disconnections.count),
  ];
  const least = devices.toSorted((a, b) => (a.onAir.share ?? 2) - (b.onAir.share ?? 2)).slice(0, ROWS);
  const tables = [
    {
      title: t.byGroup,
      head: [t.group, t.screens, t.available, t.onAir, t.losses],
      rows:
        groups.length > 1
          ? groups.slice(0, GROUPS).map((it) => [it.group ?? t.noGroup, number(it.devices), ...shares(it)])
          : [],
    },
    {
      title: t.least,
      head: [t.screen, t.group, t.available, t.onAir, t.losses, t.incidents],
      rows: least.map((it) => [it.name ?? it.deviceId, it.group ?? '–', ...shares(it), number(it.incidents)]),
    },
    {
      title: t.most,
      head: [t.item, t.playlist, t.hours],
      rows: total.playback
        .slice(0, ROWS)
        .map(({ item, playlist, ms }) => [
          item === null ? t.notReported : nameOfItem(item),
          playlist ?? '–',
          number(ms / HOUR_MS),
        ]),
    },
  ];
  const [available, onAir, losses] = shares(total) as [string, string, string];
  return {
    language,
    company,
    title: `${t.title}, ${monthName.format(Date.parse(`${month}-01`))}`,
    span: t.span(day.format(from), day.format(to - 1), timeZone),
    figures: [
      [t.screens, number(total.devices)],
      [t.available, available],
      [t.onAir, onAir],
      [t.losses, losses],
      [t.incidents, `${number(incidents.count)} (${t.critical(number(incidents.critical))})`],
    ],
    tables: tables.filter(({ rows }) => rows.length > 0),
    notes: [...(timeZone === asked ? [] : [t.inUtc]), t.attached],
  };
}

/** Names come from devices: one line each. */
function textOf({ company, title, span, figures, tables, notes }: Letter): string {
  const line = (cells: readonly string[]) => cells.map((it) => it.replace(/\s+/g, ' ')).join(' · ');
  const parts = [
    [...(company ? [company] : []), title, span],
    figures.map(([name, value]) => `${name}: ${value}`),
    ...tables.map((it) => [it.title, line(it.head), ...it.rows.map(line)]),
    notes,
  ];
  return `${parts.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}
