import { useState } from 'react';
import { useFormat } from '../../core/clock.tsx';
import { download } from '../../core/download.ts';
import { useLoad } from '../../core/load.ts';
import { usePreferences } from '../../core/preferences.tsx';
import { useQuery } from '../../core/query.ts';
import { useCensus, useSession } from '../../core/session.tsx';
import { useTexts } from '../../core/texts.ts';
import { useZone } from '../../core/zone.ts';
import { Button } from '../../ui/button.tsx';
import { Field } from '../../ui/field.tsx';
import { Icon } from '../../ui/icon.tsx';
import { Empty, Outcome, Page } from '../../ui/page.tsx';
import { useToast } from '../../ui/toast.tsx';
import { ZoneSelect } from '../../ui/zone-select.tsx';
import styles from './report.module.css';
import { loadReport, type ReportQuery } from './report.ts';
import { Sheet } from './sheet.tsx';
import { texts } from './texts.ts';

/** The report of a month, for reading, printing and as a PDF. */
export default function ReportPage() {
  const t = useTexts(texts);
  const { rest } = useSession();
  const zone = useZone();
  const [{ month, group }, change] = useQuery(['month', 'group']);
  const query = { month, group, timeZone: zone.name };
  const loaded = useLoad((signal) => loadReport(rest, query, signal), JSON.stringify(query));
  const report = loaded.data;
  const [now] = useState(() => Date.now());
  const thisMonth = zone.text(now).slice(0, 7);
  const shown = month || (report?.month ?? '');
  const isEmpty = report === undefined || report.total.devices === 0;
  return (
    <div className={styles.page}>
      <Page
        title={t.title}
        tools={
          !isEmpty && (
            <>
              <CsvButtons query={{ ...query, month: report.month }} />
              <Button kind="primary" disabled={loaded.loading} onClick={() => window.print()}>
                <Icon name="print" /> {t.print}
              </Button>
            </>
          )
        }
      >
        <Choice month={shown} thisMonth={thisMonth} group={group} change={change} />
        <Outcome
          {...loaded}
          isEmpty={isEmpty}
          empty={
            <Empty icon="chart" title={t.none}>
              <p>{t.noneWhy}</p>
              {shown !== thisMonth && <Button onClick={() => change({ month: thisMonth })}>{t.thisMonth}</Button>}
            </Empty>
          }
        >
          {report && <Sheet report={report} group={group} />}
        </Outcome>
      </Page>
    </div>
  );
}

/** The data of statistics is kept so long unless configured otherwise. */
const MONTHS = 14;
/** Those before the chosen month, so that every earlier one can be reached. */
const EARLIER = 12;
const MOST_MONTHS = 120;

const numberOf = (month: string) => Number(month.slice(0, 4)) * 12 + Number(month.slice(5)) - 1;
const monthOf = (number: number) => `${Math.floor(number / 12)}-${String((number % 12) + 1).padStart(2, '0')}`;

function Choice({
  month,
  thisMonth,
  group,
  change,
}: {
  month: string;
  thisMonth: string;
  group: string;
  change(part: { month?: string; group?: string }): void;
}) {
  const t = useTexts(texts);
  const format = useFormat();
  const { groups } = useCensus();
  const latest = numberOf(thisMonth);
  const age = month === '' ? 0 : latest - numberOf(month) || 0;
  const count = Math.min(MOST_MONTHS, Math.max(MONTHS, age + 1 + EARLIER));
  const months = Array.from({ length: count }, (_, i) => monthOf(latest - i));
  const all = month === '' || months.includes(month) ? months : [...months, month];
  return (
    <div className={styles.choice}>
      <Field label={t.month}>
        <select value={month} onChange={(event) => change({ month: event.target.value })}>
          {all.map((it) => (
            <option key={it} value={it}>
              {format.month(it)}
            </option>
          ))}
        </select>
      </Field>
      <Field label={t.group}>
        <select value={group} onChange={(event) => change({ group: event.target.value })}>
          <option value="">{t.allGroups}</option>
          {[...new Set([...groups.map(([name]) => name), ...(group ? [group] : [])])].map((name) => (
            <option key={name}>{name}</option>
          ))}
        </select>
      </Field>
      <Field label={t.timeZone}>
        <ZoneSelect />
      </Field>
    </div>
  );
}

function CsvButtons({ query: { month, group, timeZone } }: { query: ReportQuery }) {
  const t = useTexts(texts);
  const { rest } = useSession();
  const { locale } = usePreferences();
  const toast = useToast();
  const [isBusy, setBusy] = useState(false);

  async function save(table: 'devices' | 'playback'): Promise<void> {
    setBusy(true);
    const query = new URLSearchParams({ month, timeZone, table, language: locale, ...(group && { group }) });
    try {
      download(`${table}-${month}.csv`, [await rest.blob(`/api/v1/reports/monthly.csv?${query}`)], 'text/csv');
    } catch (error) {
      toast.error(error);
    } finally {
      setBusy(false);
    }
  }

  return (
    <>
      <Button disabled={isBusy} onClick={() => void save('devices')}>
        {t.csvDevices}
      </Button>
      <Button disabled={isBusy} onClick={() => void save('playback')}>
        {t.csvPlayback}
      </Button>
    </>
  );
}
