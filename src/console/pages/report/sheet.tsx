import type { ReactNode } from 'react';
import { useFormat } from '../../core/clock.tsx';
import { useTexts } from '../../core/texts.ts';
import { useZone } from '../../core/zone.ts';
import { Picture } from '../../ui/picture.tsx';
import { ShareDays } from '../statistics/day-charts.tsx';
import { IncidentSection } from './incidents.tsx';
import styles from './report.module.css';
import type { Report } from './report.ts';
import { GroupSection, PlaybackSection, ScreenSection } from './tables.tsx';
import { texts } from './texts.ts';

/** The report itself, as it is printed. */
export function Sheet({ report, group }: { report: Report; group: string }) {
  const t = useTexts(texts);
  const { total, days, groups, incidents } = report;
  return (
    <article className={styles.sheet}>
      <Head report={report} group={group} />
      <Figures total={total} incidents={incidents} />
      <ShareDays days={days} names={{ byDay: t.byDay, connected: t.available }} />
      {group === '' && groups.length > 1 && <GroupSection groups={groups} />}
      <IncidentSection incidents={incidents} />
      <PlaybackSection playback={total.playback} />
      <ScreenSection devices={report.devices} all={total.devices} />
    </article>
  );
}

function Head({ report: { company, month, from, to, timeZone, complete }, group }: { report: Report; group: string }) {
  const t = useTexts(texts);
  const format = useFormat();
  const zone = useZone();
  const last = Date.parse(to) - 1;
  return (
    <header className={styles.head}>
      <div>
        {company.name && <p className={styles.company}>{company.name}</p>}
        <h2 className={styles.title}>
          {t.title}, {format.month(month)}
          {group && ` · ${group}`}
        </h2>
        <p className="muted">
          {t.span(format.day(from, timeZone), format.day(last, timeZone), timeZone)} {!complete && <b>{t.soFar}</b>}
        </p>
        {timeZone === 'UTC' && zone.name !== 'UTC' && <p className="muted">{t.inUtc}</p>}
      </div>
      {company.logo && <Picture url={company.logo} alt={company.name ?? ''} className={styles.logo} />}
    </header>
  );
}

function Figures({ total, incidents }: Pick<Report, 'total' | 'incidents'>) {
  const t = useTexts(texts);
  const format = useFormat();
  const share = (it: number | null) => (it === null ? '–' : format.percent(it));
  const { onAir } = total;
  const time = onAir.yesMs + onAir.noMs + onAir.unknownMs;
  const unknown =
    time > 0 && onAir.unknownMs / time >= 0.001 ? t.unknown(format.percent(onAir.unknownMs / time)) : t.ofTime;
  return (
    <dl className={styles.figures}>
      <Figure name={t.screens} value={format.number(total.devices)} />
      <Figure name={t.available} value={share(total.uptime.share)}>
        {t.ofTime}
      </Figure>
      <Figure name={t.onAir} value={share(onAir.share)}>
        {unknown}
      </Figure>
      <Figure name={t.losses} value={format.number(total.disconnections.count)} />
      <Figure name={t.incidents} value={format.number(incidents.count)}>
        {t.critical(format.number(incidents.critical))}
      </Figure>
    </dl>
  );
}

function Figure({ name, value, children }: { name: string; value: string; children?: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd className={styles.value}>{value}</dd>
      {children && <dd className="muted">{children}</dd>}
    </div>
  );
}
