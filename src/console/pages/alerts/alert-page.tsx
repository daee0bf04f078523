import { type ReactNode, useEffect } from 'react';
import { Link, useParams } from 'wouter';
import type { ActRecord } from '../../../protocol/alert-acts.ts';
import type { AlertNotification } from '../../../protocol/alert-notifications.ts';
import type { ShownAlert } from '../../../protocol/alerts.ts';
import { useFormat } from '../../core/clock.tsx';
import { RestError } from '../../core/errors.ts';
import { useLoad, useRound } from '../../core/load.ts';
import { useDevice, useMay, useOpenAlerts, useSession } from '../../core/session.tsx';
import { useTexts } from '../../core/texts.ts';
import { Badge } from '../../ui/badge.tsx';
import { Empty, ErrorNote, Loading, Page, Section } from '../../ui/page.tsx';
import { For } from '../../ui/time.tsx';
import { About } from './about.tsx';
import { Acts } from './acts.tsx';
import { What } from './alert-list.tsx';
import styles from './alerts.module.css';
import { Handling } from './handling.tsx';
import { History } from './history.tsx';
import { Notified } from './notified.tsx';
import { alertTexts, texts } from './texts.ts';
import { Then } from './then.tsx';
import { workTexts } from './work-texts.ts';

export type AlertFile = ShownAlert & {
  closable: boolean;
  acts: readonly ActRecord[];
  notifications: readonly AlertNotification[];
};

/** One alert: what is known of it, and what people did and can do about it. */
export default function AlertPage() {
  const t = useTexts(workTexts);
  const names = useTexts(alertTexts);
  const { id = '' } = useParams();
  const { rest } = useSession();
  // Loads again when it changes, or ends.
  const round = useRound(useOpenAlerts()?.alerts.get(id));
  const loaded = useLoad((signal) => rest.get<AlertFile>(`/alerts/${id}`, {}, signal), `${id} ${round}`);
  const file = loaded.data?.id === id ? loaded.data : undefined;
  const { connection, onAir, blocked } = useDevice(file?.about ?? '')?.document ?? {};
  // Whether the alert can be closed depends on what is measured.
  const measured = `${connection?.status} ${onAir?.status} ${blocked?.since}`;
  // biome-ignore lint/correctness/useExhaustiveDependencies: asks again when `measured` changes
  useEffect(loaded.reload, [measured]);
  const isMissing = loaded.error instanceof RestError && loaded.error.status === 404;
  return (
    <Page title={file ? (names[file.alert] ?? file.alert) : t.back} lead={<Link href="/alerts">{t.back}</Link>}>
      {file ? (
        <File file={file} reload={loaded.reload} />
      ) : isMissing ? (
        <Empty icon="bell" title={t.missing} />
      ) : loaded.error ? (
        <ErrorNote error={loaded.error} retry={loaded.reload} />
      ) : (
        <Loading />
      )}
    </Page>
  );
}

function File({ file, reload }: { file: AlertFile; reload(): void }) {
  const t = useTexts(workTexts);
  const mayAct = useMay('operator');
  return (
    <>
      <Facts file={file} />
      {mayAct && <Acts key={file.id} file={file} reload={reload} />}
      <Section title={t.notifications}>
        <Notified notifications={file.notifications} />
      </Section>
      <Section title={t.history}>
        <History file={file} />
      </Section>
    </>
  );
}

function Facts({ file }: { file: AlertFile }) {
  const t = useTexts(workTexts);
  const list = useTexts(texts);
  const format = useFormat();
  const { state, severity, openedAt, resolvedAt } = file;
  const tone = state === 'resolved' ? 'muted' : severity === 'critical' ? 'bad' : 'wait';
  const facts: [string, ReactNode][] = [
    [
      t.state,
      <span key="state" className={styles.handling}>
        <Badge tone={tone}>{state === 'open' ? t.isOpen : t.isOver}</Badge>
        <span>{list[severity]}</span>
        <Handling alert={file} />
      </span>,
    ],
    [list.about, <About key="about" alert={file} />],
    [list.what, <What key="what" alert={file} />],
    [list.since, format.dateTime(openedAt)],
    [t.thatMoment, <Then key="then" alert={file} />],
    [
      list.lasted,
      resolvedAt ? format.duration(Date.parse(resolvedAt) - Date.parse(openedAt)) : <For key="for" since={openedAt} />,
    ],
  ];
  return (
    <dl className={styles.facts}>
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
