import { type ReactNode, useEffect, useMemo } from 'react';
import { Link, useParams } from 'wouter';
import { useBackToWall } from '../../core/back-to-wall.ts';
import { ClockProvider, stoppedClock, useClock } from '../../core/clock.tsx';
import { RestError } from '../../core/errors.ts';
import { useShortcuts } from '../../core/keys.tsx';
import { useLoad } from '../../core/load.ts';
import { useMoment } from '../../core/moment.ts';
import { useCommandKeys } from '../../core/send.ts';
import { useDevice, useLink, useMay, useSession } from '../../core/session.tsx';
import { useTexts } from '../../core/texts.ts';
import { Icon } from '../../ui/icon.tsx';
import { Empty, ErrorNote, Loading, Page, Stale } from '../../ui/page.tsx';
import { Bands } from './bands.tsx';
import { Care } from './care.tsx';
import { CommandPanel } from './command-panel.tsx';
import { Desired } from './desired.tsx';
import styles from './device.module.css';
import { Diagnostics } from './diagnostics.tsx';
import { Facts } from './facts.tsx';
import { Gallery } from './gallery.tsx';
import { Health } from './health.tsx';
import { DeviceMoment, type PastDocument } from './moment.tsx';
import { Notices } from './notices.tsx';
import { Now } from './now.tsx';
import { Played } from './played.tsx';
import { texts } from './texts.ts';
import { Timeline } from './timeline.tsx';

/** One device: live, or as of the slider's time. */
export default function Device() {
  const t = useTexts(texts);
  const { id = '' } = useParams<{ id: string }>();
  const { admin, rest } = useSession();
  const link = useLink();
  const mayEdit = useMay('admin');
  const live = useDevice(id);
  const moment = useMoment();
  const { at, setAt } = moment;
  const past = useLoad(
    (signal) =>
      at === undefined
        ? Promise.resolve(undefined)
        : rest.get<PastDocument>(`/devices/${id}/state`, { at: new Date(at).toISOString() }, signal),
    `${id} ${at ?? ''}`,
  );
  useEffect(() => admin.watch(id), [admin, id]);
  const wayBack = useBackToWall();
  useShortcuts([{ key: 'u', does: t.back, run: () => wayBack.go() }]);
  useCommandKeys(() => (live && at === undefined ? { id, name: live.document.name ?? id } : undefined));

  if (!live && at === undefined) {
    if (link === 'connecting') return <Loading />;
    return (
      <Empty title={t.gone}>
        <p>{t.goneWhy}</p>
        <Link href={wayBack.href}>{t.toWall}</Link>
      </Empty>
    );
  }
  const shown = at === undefined ? live : past.data;
  const document = shown?.document ?? live?.document;
  const name = document?.name ?? id;
  return (
    <Page
      lead={
        <Link
          href={wayBack.href}
          onClick={wayBack.go}
          className={styles.back}
          aria-label={t.back}
          title={`${t.back} (u)`}
        >
          <Icon name="back" />
        </Link>
      }
      title={name}
      tools={<Elsewhere id={id} />}
    >
      <DeviceMoment id={id} moment={moment} past={past} isConnected={live?.document.connection.status === 'online'} />
      {at === undefined || !past.error ? null : isMissing(past.error) ? (
        <Empty icon="clock" title={t.notThen}>
          {t.notThenWhy}
        </Empty>
      ) : (
        <ErrorNote error={past.error} retry={past.reload} />
      )}
      {document && shown ? (
        <Stale is={at !== undefined && past.isStale}>
          <At moment={at}>
            <Notices document={document} />
          </At>
          <div className={styles.columns}>
            <div className={styles.column}>
              <At moment={at}>
                <Now document={document} isLive={at === undefined} />
              </At>
              <CommandPanel id={id} name={name} document={document} isLive={at === undefined} />
              <Timeline id={id} choose={setAt} />
              <Bands id={id} choose={setAt} />
              <Played id={id} />
            </div>
            <div className={styles.column}>
              <At moment={at}>
                <Health document={document} />
              </At>
              <At moment={at}>
                <Desired document={document} isLive={at === undefined} />
              </At>
              <Gallery id={id} document={document} />
              <At moment={at}>
                <Facts
                  document={document}
                  tools={mayEdit && live && at === undefined && <Care document={live.document} />}
                />
              </At>
            </div>
            <div className={styles.all}>
              <At moment={at}>
                <Diagnostics document={document} isLive={at === undefined} />
              </At>
            </div>
          </div>
        </Stale>
      ) : (
        past.loading && <Loading />
      )}
    </Page>
  );
}

const isMissing = (error: unknown) => error instanceof RestError && error.status === 404;

/** Links to other pages about the device. */
function Elsewhere({ id }: { id: string }) {
  const t = useTexts(texts);
  const maySeeAudit = useMay('admin');
  const given = encodeURIComponent(id);
  return (
    <nav aria-label={t.elsewhere} className={styles.elsewhere}>
      <Link href={`/alerts?view=all&device=${given}`}>{t.itsAlerts}</Link>
      <Link href={`/statistics?device=${given}`}>{t.itsStatistics}</Link>
      {maySeeAudit && <Link href={`/audit?deviceId=${given}`}>{t.itsAudit}</Link>}
    </nav>
  );
}

/** Shows ages as of the chosen time. */
function At({ moment, children }: { moment: number | undefined; children: ReactNode }) {
  const live = useClock();
  const clock = useMemo(() => (moment === undefined ? live : stoppedClock(moment)), [live, moment]);
  return <ClockProvider clock={clock}>{children}</ClockProvider>;
}
