import { useState } from 'react';
import { Link } from 'wouter';
import { useClock, useFormat } from '../../core/clock.tsx';
import { downloadCsv } from '../../core/download.ts';
import { usePages } from '../../core/load.ts';
import { useQuery } from '../../core/query.ts';
import { useDevice, useSession } from '../../core/session.tsx';
import { useTexts } from '../../core/texts.ts';
import { useZone } from '../../core/zone.ts';
import { Button } from '../../ui/button.tsx';
import { Icon } from '../../ui/icon.tsx';
import { Empty, More, Outcome, Page } from '../../ui/page.tsx';
import { useToast } from '../../ui/toast.tsx';
import { Outcomes, Playback, Reasons } from './bars.tsx';
import { csvOf } from './csv.ts';
import { CommandDays, DisconnectionDays, ShareDays } from './day-charts.tsx';
import { Figures } from './figures.tsx';
import { Filter } from './filter.tsx';
import { rangeOf, spanOf } from './range.ts';
import styles from './statistics.module.css';
import type { Stats } from './stats.ts';
import { DeviceTable, GroupTable } from './tables.tsx';
import { texts } from './texts.ts';

const PAGE = 100;
/** For the CSV: the largest page that the server allows. */
const FILE_PAGE = 500;

/** Statistics of the fleet, a group or a device over a time span. */
export default function Statistics() {
  const t = useTexts(texts);
  const { rest } = useSession();
  const clock = useClock();
  const zone = useZone();
  const [query, change] = useQuery(['range', 'from', 'to', 'group', 'device']);
  const ask = (limit: number, cursor: string | undefined, signal?: AbortSignal) => {
    const span = spanOf(rangeOf(query.range), query, clock.now(), zone);
    return rest.get<Stats>(
      '/stats',
      {
        ...span,
        timeZone: zone.name,
        group: query.group,
        device: query.device,
        limit,
        cursor,
      },
      signal,
    );
  };
  // Every page repeats the totals; the first page's are shown.
  const pages = usePages(
    async (cursor, signal) => {
      const page = await ask(PAGE, cursor, signal);
      return { items: [page], cursor: page.cursor };
    },
    JSON.stringify([query, zone.name]),
  );
  const [stats] = pages.items;
  const isSingleDevice = query.device !== '';
  return (
    <Page
      title={t.title}
      tools={
        <>
          <Button onClick={pages.reload} disabled={pages.loading} aria-label={t.show} title={t.show}>
            <Icon name="refresh" />
          </Button>
          {stats && stats.total.devices > 0 && <CsvButton stats={stats} ask={(cursor) => ask(FILE_PAGE, cursor)} />}
        </>
      }
    >
      <Filter query={query} change={change} />
      <Outcome
        {...pages}
        isEmpty={!stats || stats.total.devices === 0}
        empty={
          <Empty icon="chart" title={t.none}>
            {t.noneWhy}
          </Empty>
        }
      >
        {stats && (
          <>
            <Subject stats={stats} device={query.device} />
            <Figures total={stats.total} isSingleDevice={isSingleDevice} />
            <div className={styles.charts}>
              <ShareDays days={stats.days} />
              <DisconnectionDays days={stats.days} />
              <CommandDays days={stats.days} />
              <Reasons total={stats.total} />
              <Outcomes total={stats.total} />
              <Playback key={JSON.stringify(query)} total={stats.total} />
            </div>
            {!isSingleDevice && (
              <>
                {query.group === '' && <GroupTable groups={stats.groups} choose={(group) => change({ group })} />}
                <DeviceTable
                  devices={pages.items.flatMap((it) => it.devices)}
                  hasMore={pages.hasMore}
                  choose={(device) => change({ device })}
                />
                <More pages={pages} />
              </>
            )}
          </>
        )}
      </Outcome>
    </Page>
  );
}

function Subject({ stats: { from, to, timeZone }, device }: { stats: Stats; device: string }) {
  const t = useTexts(texts);
  const format = useFormat();
  const name = useDevice(device)?.document.name ?? device;
  const zone = useZone();
  return (
    <p className={styles.subject}>
      {device !== '' && (
        <>
          <b>{name}</b> · <Link href={`/devices/${encodeURIComponent(device)}`}>{t.openDevice}</Link> ·{' '}
        </>
      )}
      {t.span(format.dateTime(from), format.dateTime(to))}. {timeZone !== zone.name && t.utcDays}
    </p>
  );
}

function CsvButton({ stats, ask }: { stats: Stats; ask(cursor: string | undefined): Promise<Stats> }) {
  const t = useTexts(texts);
  const toast = useToast();
  const [isBusy, setBusy] = useState(false);

  async function save(): Promise<void> {
    setBusy(true);
    try {
      let page = await ask(undefined);
      const devices = [...page.devices];
      const first = page;
      while (page.cursor !== undefined) {
        page = await ask(page.cursor);
        devices.push(...page.devices);
      }
      downloadCsv(`vigia-${stats.from.slice(0, 10)}-${stats.to.slice(0, 10)}.csv`, csvOf({ ...first, devices }));
    } catch (error) {
      toast.error(error);
    } finally {
      setBusy(false);
    }
  }

  return (
    <Button onClick={() => void save()} disabled={isBusy} title={t.csvTitle}>
      <Icon name="down" /> {t.csv}
    </Button>
  );
}
