import { useFormat } from '../../core/clock.tsx';
import type { CommandStatus } from '../../core/command-status.ts';
import { statusTexts } from '../../core/command-texts.ts';
import { usePreferences } from '../../core/preferences.tsx';
import { useTexts } from '../../core/texts.ts';
import { useReason } from '../../core/why.ts';
import { ColumnChart, roundUp, type Tone } from './columns.tsx';
import type { Stats } from './stats.ts';
import { texts } from './texts.ts';

type Days = Stats['days'];
type Day = Days[number];
export const endings = ['success', 'cancelled', 'undelivered', 'timeout', 'error'] as const satisfies CommandStatus[];

/** Formats a day that is given by its date. */
function useDayText(): (day: string) => string {
  const { language } = usePreferences();
  const format = new Intl.DateTimeFormat(language, {
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    timeZone: 'UTC',
  });
  return (day) => format.format(Date.parse(`${day}T00:00:00Z`));
}

/** `names`: other words for the same figures. */
export function ShareDays({ days, names }: { days: Days; names?: { byDay: string; connected: string } }) {
  const t = { ...useTexts(texts), ...names };
  const format = useFormat();
  const dayText = useDayText();
  const share = (it: number | null) => (it === null ? '–' : format.percent(it));
  return (
    <ColumnChart<Day>
      title={t.byDay}
      max={1}
      text={format.percent}
      legend={[
        { name: t.connected, tone: 'soft' },
        { name: t.onAir, tone: 'good' },
      ]}
      stacks={days.map((it) => ({
        key: it.day,
        title: dayText(it.day),
        parts: [
          { name: t.connected, tone: 'soft', value: it.uptime.share ?? 0 },
          { name: t.onAir, tone: 'good', value: it.onAir.share ?? 0 },
        ],
      }))}
      table={{
        rows: days,
        keyOf: (it) => it.day,
        columns: [
          { title: t.dayColumn, cell: (it) => dayText(it.day) },
          { title: t.connected, align: 'end', cell: (it) => share(it.uptime.share) },
          { title: t.onAir, align: 'end', cell: (it) => share(it.onAir.share) },
        ],
      }}
    />
  );
}

export function DisconnectionDays({ days }: { days: Days }) {
  const t = useTexts(texts);
  const format = useFormat();
  const reasonText = useReason();
  const dayText = useDayText();
  return (
    <ColumnChart<Day>
      title={t.disconnectionsByDay}
      max={roundUp(Math.max(0, ...days.map((it) => it.disconnections.count)))}
      text={format.number}
      legend={[]}
      stacks={days.map((it) => ({
        key: it.day,
        title: dayText(it.day),
        parts: [{ name: t.disconnections, tone: 'wait', value: it.disconnections.count }],
      }))}
      table={{
        rows: days,
        keyOf: (it) => it.day,
        columns: [
          { title: t.dayColumn, cell: (it) => dayText(it.day) },
          { title: t.disconnections, align: 'end', cell: (it) => format.number(it.disconnections.count) },
          {
            title: t.reasons,
            cell: (it) =>
              Object.entries(it.disconnections.reasons)
                .map(([reason, count]) => `${reasonText(reason)} ${format.number(count)}`)
                .join(', '),
          },
        ],
      }}
    />
  );
}

export function CommandDays({ days }: { days: Days }) {
  const t = useTexts(texts);
  const names = useTexts(statusTexts);
  const format = useFormat();
  const dayText = useDayText();
  const used = endings.filter((status) => days.some((it) => it.commands.byStatus[status]));
  return (
    <ColumnChart<Day>
      title={t.commandsByDay}
      stacked
      max={roundUp(Math.max(0, ...days.map((it) => it.commands.count)))}
      text={format.number}
      legend={used.map((status) => ({ name: names[status], tone: toneOf(status) }))}
      stacks={days.map((it) => ({
        key: it.day,
        title: dayText(it.day),
        parts: used.map((status) => ({
          name: names[status],
          tone: toneOf(status),
          value: it.commands.byStatus[status] ?? 0,
        })),
      }))}
      table={{
        rows: days,
        keyOf: (it) => it.day,
        columns: [
          { title: t.dayColumn, cell: (it) => dayText(it.day) },
          ...used.map((status) => ({
            title: names[status],
            align: 'end' as const,
            cell: (it: Day) => format.number(it.commands.byStatus[status] ?? 0),
          })),
        ],
      }}
    />
  );
}

const tones: Readonly<Record<(typeof endings)[number], Tone>> = {
  success: 'good',
  cancelled: 'soft',
  undelivered: 'muted',
  timeout: 'wait',
  error: 'bad',
};

/** Stacked endings need distinct colours. */
export const toneOf = (status: (typeof endings)[number]): Tone => tones[status];
