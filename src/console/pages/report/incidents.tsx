import type { Incidents } from '../../../protocol/reports.ts';
import { useFormat } from '../../core/clock.tsx';
import { useTexts } from '../../core/texts.ts';
import { Section } from '../../ui/page.tsx';
import { type Column, Table } from '../../ui/table.tsx';
import { alertTexts } from '../alerts/texts.ts';
import styles from './report.module.css';
import { texts } from './texts.ts';

export function IncidentSection({ incidents }: { incidents: Incidents }) {
  const t = useTexts(texts);
  const names: Readonly<Record<string, string>> = useTexts(alertTexts);
  const format = useFormat();
  const sums: Column<Incidents['byAlert'][number]>[] = [
    { title: t.incident, cell: (it) => names[it.alert] ?? it.alert },
    { title: t.count, align: 'end', cell: (it) => format.number(it.count) },
    { title: t.inTotal, align: 'end', cell: (it) => format.duration(it.ms) },
  ];
  const longest: Column<Incidents['longest'][number]>[] = [
    { title: t.longest, cell: (it) => names[it.alert] ?? it.alert },
    {
      title: t.about,
      cell: (it) => [it.name ?? it.about.replace(/^group /, ''), it.group].filter(Boolean).join(' · '),
    },
    { title: t.began, cell: (it) => format.dateTime(it.openedAt) },
    {
      title: t.lasted,
      align: 'end',
      cell: (it) => (it.resolvedAt ? format.duration(it.ms) : `${format.duration(it.ms)}, ${t.still}`),
    },
  ];
  return (
    <Section title={t.incidents} className={styles.long}>
      {incidents.count === 0 ? (
        <p className="muted">{t.noIncidents}</p>
      ) : (
        <div className={styles.tables}>
          {incidents.more && <p className={styles.note}>{t.moreIncidents}</p>}
          <Table caption={t.incidents} rows={incidents.byAlert} keyOf={(it) => it.alert} columns={sums} />
          <Table caption={t.longest} rows={incidents.longest} keyOf={(it) => it.id} columns={longest} />
        </div>
      )}
    </Section>
  );
}
