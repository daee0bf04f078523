import { type ReactNode, useEffect, useMemo } from 'react';
import { Link, useLocation, useParams } from 'wouter';
import type { DeviceDocument } from '../../../protocol/document.ts';
import { ClockProvider, stoppedClock, useClock, useFormat } from '../../core/clock.tsx';
import { useShortcuts } from '../../core/keys.tsx';
import { useLoad } from '../../core/load.ts';
import { useCommandKeys } from '../../core/send.ts';
import { useDevice, useLink, useMay, useSession } from '../../core/session.tsx';
import { standingOf, standingTexts, toneOf } from '../../core/standing.ts';
import { useTexts } from '../../core/texts.ts';
import { useReason, whyOf } from '../../core/why.ts';
import { Badge } from '../../ui/badge.tsx';
import { Icon } from '../../ui/icon.tsx';
import { Empty, ErrorNote, Loading, Page, Section, Stale } from '../../ui/page.tsx';
import { For } from '../../ui/time.tsx';
import { Bands } from './bands.tsx';
import { Care } from './care.tsx';
import { CommandPanel } from './command-panel.tsx';
import { Desired } from './desired.tsx';
import styles from './device.module.css';
import { Facts, NowPlaying } from './facts.tsx';
import { Gallery } from './gallery.tsx';
import { Notices } from './notices.tsx';
import { Played } from './played.tsx';
import { StateTree } from './state-tree.tsx';
import { Statechart } from './statechart.tsx';
import { texts } from './texts.ts';
import { type PastDocument, TimeSlider, useMoment } from './time-slider.tsx';

/** One device: live, or as it was at the moment that the slider is at. */
export default function Device() {
  const t = useTexts(texts);
  const { id = '' } = useParams<{ id: string }>();
  const { admin, rest } = useSession();
  const link = useLink();
  const mayEdit = useMay('admin');
  const live = useDevice(id);
  const { at, setAt } = useMoment();
  const past = useLoad(
    (signal) =>
      at === undefined
        ? Promise.resolve(undefined)
        : rest.get<PastDocument>(`/devices/${id}/state`, { at: new Date(at).toISOString() }, signal),
    `${id} ${at ?? ''}`,
  );
  useEffect(() => admin.watch(id), [admin, id]);
  const [, go] = useLocation();
  useShortcuts([{ key: 'u', does: t.back, run: () => go('/') }]);
  useCommandKeys(() => (live && at === undefined ? { id, name: live.document.name ?? id } : undefined));

  if (!live && at === undefined) {
    if (link === 'connecting') return <Loading />;
    return <Empty title={t.gone}>{t.goneWhy}</Empty>;
  }
  const shown = at === undefined ? live : past.data;
  const document = shown?.document ?? live?.document;
  const name = document?.name ?? id;
  return (
    <Page
      lead={
        <Link href="/" className={styles.back} aria-label={t.back} title={`${t.back} (u)`}>
          <Icon name="back" />
        </Link>
      }
      title={name}
      tools={
        document &&
        shown && (
          <At moment={at}>
            <Standing document={document} />
          </At>
        )
      }
    >
      <TimeSlider id={id} at={at} setAt={setAt} past={past.data} />
      {at !== undefined && past.error ? <ErrorNote error={past.error} retry={past.reload} /> : null}
      {document && shown ? (
        <Stale is={at !== undefined && past.isStale}>
          <At moment={at}>
            <Notices document={document} />
          </At>
          <div className={styles.columns}>
            <div className={styles.column}>
              <At moment={at}>
                <NowPlaying document={document} />
              </At>
              <At moment={at}>
                <Desired document={document} isLive={at === undefined} />
              </At>
              <CommandPanel id={id} name={name} document={document} isLive={at === undefined} />
              <Bands id={id} choose={setAt} />
              <Played id={id} />
            </div>
            <div className={styles.column}>
              <At moment={at}>
                <Facts
                  document={document}
                  tools={mayEdit && live && at === undefined && <Care document={live.document} />}
                />
              </At>
              <Gallery id={id} current={document.state.snapshot} />
              <Statechart document={document} />
            </div>
            <Section title={t.state} className={styles.all}>
              <StateTree key={at === undefined ? 'live' : 'past'} document={document} />
            </Section>
          </div>
        </Stale>
      ) : (
        past.loading && <Loading />
      )}
    </Page>
  );
}

/** What is in it counts its times from the moment that is looked at. */
function At({ moment, children }: { moment: number | undefined; children: ReactNode }) {
  const live = useClock();
  const clock = useMemo(() => (moment === undefined ? live : stoppedClock(moment)), [live, moment]);
  return <ClockProvider clock={clock}>{children}</ClockProvider>;
}

function Standing({ document }: { document: DeviceDocument }) {
  const names = useTexts(standingTexts);
  const reasonText = useReason();
  const format = useFormat();
  const standing = standingOf(document);
  const { reason, since } = whyOf(document);
  return (
    <span className={styles.standing} title={format.dateTime(since)}>
      <Badge tone={toneOf[standing]}>{names[standing]}</Badge>
      <span className="muted">
        {reasonText(reason)} · <For since={since} />
      </span>
    </span>
  );
}
