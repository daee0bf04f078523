import { useEffect } from 'react';
import { Link } from 'wouter';
import { useFormat, useNow } from '../../core/clock.tsx';
import { usePages } from '../../core/load.ts';
import { useDevice, useLink, useSession } from '../../core/session.tsx';
import { useTexts } from '../../core/texts.ts';
import { Dot } from '../../ui/badge.tsx';
import { Empty, More, Outcome } from '../../ui/page.tsx';
import { type Column, Table } from '../../ui/table.tsx';
import { For } from '../../ui/time.tsx';
import styles from './alerts.module.css';
import { type Told, useSentences } from './sentence.ts';
import { alertTexts, texts } from './texts.ts';

interface Alert extends Told {
  id: string;
  severity: 'critical' | 'warning';
  state: 'open' | 'resolved';
  about: string;
  group?: string;
  openedAt: string;
  resolvedAt?: string;
  devices?: string[];
}

const PAGE = 100;
/** The server evaluates alerts at the same interval. */
const ASK_MS = 5000;

/** Newest first. Polls, but only while just the first page is loaded. */
export function AlertList({ state, device }: { state: 'open' | 'all'; device: string }) {
  const t = useTexts(texts);
  const { rest, openAlerts } = useSession();
  const pages = usePages(async (cursor, signal) => {
    const page = await rest.get<{ alerts: Alert[]; cursor?: string }>(
      '/alerts',
      { state, about: device, limit: PAGE, cursor },
      signal,
    );
    if (state === 'open' && device === '' && cursor === undefined)
      openAlerts.set(page.alerts, page.cursor !== undefined);
    return { items: page.alerts, cursor: page.cursor };
  }, `${state} ${device}`);
  const { reload, isLoaded } = pages;
  const isOnePage = pages.items.length <= PAGE;
  const step = useNow(ASK_MS);
  const link = useLink();
  // biome-ignore lint/correctness/useExhaustiveDependencies: each step, and a connection that is back, asks again
  useEffect(() => {
    if (isLoaded && isOnePage && !document.hidden) reload();
  }, [step, link]);
  return (
    <Outcome
      {...pages}
      loading={!isLoaded}
      isEmpty={pages.items.length === 0}
      empty={
        state === 'open' ? (
          <Empty icon="check" title={t.noneOpen}>
            {t.noneOpenWhy}
          </Empty>
        ) : (
          <Empty icon="bell" title={t.none} />
        )
      }
    >
      {state === 'open' && <Counted alerts={pages.items} />}
      <AlertTable alerts={pages.items} state={state} />
      <More pages={pages} />
    </Outcome>
  );
}

function Counted({ alerts }: { alerts: readonly Alert[] }) {
  const t = useTexts(texts);
  const critical = alerts.filter((it) => it.severity === 'critical').length;
  return (
    <p className="muted" role="status">
      {t.counted(critical, alerts.length - critical)}
    </p>
  );
}

function AlertTable({ alerts, state }: { alerts: readonly Alert[]; state: 'open' | 'all' }) {
  const t = useTexts(texts);
  const names = useTexts(alertTexts);
  const format = useFormat();
  const columns: Column<Alert>[] = [
    {
      title: t.alert,
      cell: (it) => (
        <span className={styles.alert}>
          <Dot tone={it.state === 'resolved' ? 'muted' : it.severity === 'critical' ? 'bad' : 'wait'} />
          <span>
            <b className={styles.name}>{names[it.alert as keyof typeof names] ?? it.alert}</b>
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
          {state === 'open' ? <For since={it.openedAt} /> : <span>{format.time(it.openedAt)}</span>}
          {state === 'open' && <small className="muted">{format.time(it.openedAt)}</small>}
        </span>
      ),
    },
    ...(state === 'all'
      ? [
          {
            title: t.lasted,
            cell: (it: Alert) =>
              it.resolvedAt ? (
                <span className="number">{format.duration(Date.parse(it.resolvedAt) - Date.parse(it.openedAt))}</span>
              ) : (
                <span className={styles.still}>{t.still}</span>
              ),
          },
        ]
      : []),
    {
      title: t.what,
      cell: (it) => <What alert={it} />,
    },
  ];
  return <Table caption={t.title} columns={columns} rows={alerts} keyOf={(it) => it.id} />;
}

function What({ alert }: { alert: Alert }) {
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

function About({ alert: { alert, about, group, devices } }: { alert: Alert }) {
  const t = useTexts(texts);
  const format = useFormat();
  const device = useDevice(about);
  if (alert.startsWith('device_')) {
    const known = device?.document;
    return (
      <span className={styles.two}>
        {known ? (
          <Link href={`/devices/${encodeURIComponent(about)}`}>{known.name ?? about}</Link>
        ) : (
          <span>{about}</span>
        )}
        <small className="muted">{[known?.name ? about : undefined, group].filter(Boolean).join(' · ')}</small>
      </span>
    );
  }
  const name = about.slice(about.indexOf(' ') + 1);
  if (alert.startsWith('server_')) return t.server(about);
  return (
    <span className={styles.two}>
      {alert.startsWith('fleet_') ? (
        <Link href="/?status=notReturned">{t.fleet}</Link>
      ) : about.startsWith('group ') ? (
        <Link href={`/?group=${encodeURIComponent(name)}`}>{t.group(name)}</Link>
      ) : (
        <span>{t.address(name)}</span>
      )}
      {devices && (
        <details className={styles.lost}>
          <summary>{t.lost(format.number(devices.length))}</summary>
          {devices.map((id) => (
            <Link key={id} href={`/devices/${encodeURIComponent(id)}`}>
              {id}
            </Link>
          ))}
        </details>
      )}
    </span>
  );
}
