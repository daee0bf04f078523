import { useEffect, useRef } from 'react';
import { Link } from 'wouter';
import type { ShownAlert } from '../../../protocol/alerts.ts';
import { useFormat } from '../../core/clock.tsx';
import { usePages } from '../../core/load.ts';
import { deviceHref } from '../../core/moment.ts';
import { useMay, useOpenAlerts, useSession } from '../../core/session.tsx';
import { useTexts } from '../../core/texts.ts';
import { Dot } from '../../ui/badge.tsx';
import { Button } from '../../ui/button.tsx';
import { Empty, More, Outcome } from '../../ui/page.tsx';
import { type Column, Table } from '../../ui/table.tsx';
import { For } from '../../ui/time.tsx';
import { About } from './about.tsx';
import styles from './alerts.module.css';
import { type FilterQuery, isFiltered, queryOf } from './filter-query.ts';
import { Handling } from './handling.tsx';
import { useSentences } from './sentence.ts';
import { alertTexts, texts } from './texts.ts';
import { useAct } from './use-act.ts';
import { workTexts } from './work-texts.ts';

const PAGE = 100;

/** Newest first. Follows the stream, but only while just the first page is loaded. */
export function AlertList({ state, filter }: { state: 'open' | 'all'; filter: FilterQuery }) {
  const t = useTexts(texts);
  const { rest } = useSession();
  const pages = usePages(
    async (cursor, signal) => {
      const page = await rest.get<{ alerts: ShownAlert[]; cursor?: string }>(
        '/alerts',
        { state, ...queryOf(filter), limit: PAGE, cursor },
        signal,
      );
      return { items: page.alerts, cursor: page.cursor };
    },
    `${state} ${JSON.stringify(filter)}`,
  );
  const { reload, isLoaded } = pages;
  const isOnePage = pages.items.length <= PAGE;
  const open = useOpenAlerts();
  const asked = useRef(open);
  // An alert that opens while the list is loading may be missing in the answer: ask again after it.
  // biome-ignore lint/correctness/useExhaustiveDependencies: each change of the open alerts asks again
  useEffect(() => {
    if (open === asked.current || !isLoaded || !isOnePage) return;
    asked.current = open;
    reload();
  }, [open, isLoaded]);
  return (
    <Outcome
      {...pages}
      loading={!isLoaded}
      isEmpty={pages.items.length === 0}
      empty={
        isFiltered(filter) ? (
          <Empty icon="bell" title={t.noneFits} />
        ) : state === 'open' ? (
          <Empty icon="check" title={t.noneOpen}>
            {t.noneOpenWhy}
          </Empty>
        ) : (
          <Empty icon="bell" title={t.none} />
        )
      }
    >
      {state === 'open' && <Counted alerts={pages.items} />}
      <AlertTable alerts={pages.items} state={state} reload={reload} />
      <More pages={pages} />
    </Outcome>
  );
}

function Counted({ alerts }: { alerts: readonly ShownAlert[] }) {
  const t = useTexts(texts);
  const critical = alerts.filter((it) => it.severity === 'critical').length;
  return (
    <p className="muted" role="status">
      {t.counted(critical, alerts.length - critical)}
    </p>
  );
}

function AlertTable({
  alerts,
  state,
  reload,
}: {
  alerts: readonly ShownAlert[];
  state: 'open' | 'all';
  reload(): void;
}) {
  const t = useTexts(texts);
  const work = useTexts(workTexts);
  const names = useTexts(alertTexts);
  const format = useFormat();
  const columns: Column<ShownAlert>[] = [
    {
      title: t.alert,
      cell: (it) => (
        <span className={styles.alert}>
          <Dot tone={it.state === 'resolved' ? 'muted' : it.severity === 'critical' ? 'bad' : 'wait'} />
          <span>
            <Link className={styles.name} href={`/alerts/${it.id}`}>
              {names[it.alert] ?? it.alert}
            </Link>
            <small className="muted">{t[it.severity]}</small>
          </span>
        </span>
      ),
    },
    { title: t.about, cell: (it) => <About alert={it} /> },
    {
      title: t.since,
      cell: (it) => (
        <span className={styles.when}>
          {state === 'open' && <For since={it.openedAt} />}
          <small className="muted">
            {it.alert.startsWith('device_') ? (
              <Link href={deviceHref(it.about, it.openedAt)} title={work.deviceThen}>
                {format.time(it.openedAt)}
              </Link>
            ) : (
              format.time(it.openedAt)
            )}
          </small>
        </span>
      ),
    },
    ...(state === 'all'
      ? [
          {
            title: t.lasted,
            cell: (it: ShownAlert) =>
              it.resolvedAt ? (
                <span className="number">{format.duration(Date.parse(it.resolvedAt) - Date.parse(it.openedAt))}</span>
              ) : (
                <span className={styles.still}>{t.still}</span>
              ),
          },
        ]
      : []),
    { title: t.what, cell: (it) => <What alert={it} /> },
    {
      title: work.handling,
      cell: (it) => (
        <span className={styles.handling}>
          <Handling alert={it} />
          {it.state === 'open' && !it.acknowledged && <Acknowledge alert={it} done={reload} />}
        </span>
      ),
    },
  ];
  return <Table caption={t.title} columns={columns} rows={alerts} keyOf={(it) => it.id} />;
}

function Acknowledge({ alert: { id, alert, about }, done }: { alert: ShownAlert; done(): void }) {
  const t = useTexts(workTexts);
  const names = useTexts(alertTexts);
  const { act, isActing } = useAct(id, done);
  if (!useMay('operator')) return null;
  return (
    <Button
      kind="quiet"
      className={styles.action}
      disabled={isActing}
      aria-label={t.acknowledgeOf(`${names[alert] ?? alert}, ${about}`)}
      onClick={() => void act('acknowledge', {})}
    >
      {t.acknowledge}
    </Button>
  );
}

/** What happened, and how it ended. */
export function What({ alert }: { alert: ShownAlert }) {
  const { found, ended } = useSentences()(alert);
  return (
    <span className={styles.two}>
      <span lang={found.lang}>{found.text}</span>
      {ended && (
        <small className="muted" lang={ended.lang}>
          {ended.text}
        </small>
      )}
    </span>
  );
}
