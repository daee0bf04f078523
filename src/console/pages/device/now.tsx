import { useEffect, useRef, useState } from 'react';
import { keepsPictures } from '../../../../machines/reading.ts';
import type { DeviceDocument } from '../../../protocol/document.ts';
import { useClock, useFormat } from '../../core/clock.tsx';
import { pictureOf } from '../../core/playing.ts';
import { line, usePlayingText } from '../../core/playing-text.ts';
import { screenStatusOf, screenStatusTexts, toneOf } from '../../core/screen-status.ts';
import { useLink, useSession } from '../../core/session.tsx';
import { useTexts } from '../../core/texts.ts';
import { useReason, whyOf } from '../../core/why.ts';
import { Badge } from '../../ui/badge.tsx';
import { Section } from '../../ui/page.tsx';
import { Picture } from '../../ui/picture.tsx';
import { PlaybackBar } from '../../ui/playback.tsx';
import { Ago, For, MeasuredAgo, Plays } from '../../ui/time.tsx';
import styles from './device.module.css';
import { texts } from './texts.ts';

/** The current screen: last screenshot with its age, playback, and reasons. */
export function Now({ document, isLive }: { document: DeviceDocument; isLive: boolean }) {
  const t = useTexts(texts);
  const names = useTexts(screenStatusTexts);
  const reasonText = useReason();
  const format = useFormat();
  const { title, seenAt, details, more } = usePlayingText()(document);
  const picture = pictureOf(document.state);
  const isAsked = useFreshPicture(document, isLive);
  const screenStatus = screenStatusOf(document);
  const { reason, since } = whyOf(document);
  const isConnected = document.connection.status === 'online';
  return (
    <Section title={isConnected ? t.now : t.lastSeenTitle}>
      <div className={styles.now}>
        <figure>
          <div className={`${styles.screen} ${isConnected ? '' : styles.oldScreen}`}>
            {picture ? <Picture url={picture.url} alt={t.pictureAlt} /> : <span className="muted">{t.noPicture}</span>}
          </div>
          <figcaption className={styles.caption}>
            {picture && (
              <span title={format.dateTime(picture.takenAt)}>
                {t.picture} <Ago at={picture.takenAt} />
                {picture.black && ` · ${t.black}`}
              </span>
            )}
            {isAsked && <span role="status">{t.asking}</span>}
          </figcaption>
        </figure>
        <div className={styles.nowText}>
          <p className={styles.item}>
            <Plays title={title} seenAt={seenAt} />
          </p>
          <p className="muted">{line(details, more)}</p>
          <PlaybackBar document={document} />
          <p className={styles.status} title={format.dateTime(since)}>
            <Badge tone={toneOf[screenStatus]}>{names[screenStatus]}</Badge>
            <span className="muted">
              {screenStatus !== 'awaiting' && reasonText(reason)} · <For since={since} />
            </span>
          </p>
          {isConnected && (
            <p className={styles.old}>
              <MeasuredAgo report={document.report} />
            </p>
          )}
        </div>
      </div>
    </Section>
  );
}

/** A newer screenshot is not requested again. */
const FRESH_MS = 30_000;

/** Requests a screenshot when a device is opened, if the player can send one. True while pending. */
function useFreshPicture(document: DeviceDocument, isLive: boolean): boolean {
  const { admin } = useSession();
  const clock = useClock();
  const link = useLink();
  const [isAsked, setAsked] = useState(false);
  const asked = useRef<string>(undefined);
  const { id, connection, report, state } = document;
  const takenAt = pictureOf(state)?.takenAt;
  const isFresh = takenAt !== undefined && clock.now() - Date.parse(takenAt) < FRESH_MS;
  const canSend = connection.status === 'online' && report.receivedAt !== null && !keepsPictures(state);
  const isWanted = isLive && link === 'live' && canSend && !isFresh;
  useEffect(() => {
    if (!isWanted || asked.current === id) return;
    asked.current = id;
    setAsked(true);
    // An error is not shown: the age of the last screenshot is enough.
    admin
      .refresh(id, 'snapshot')
      .catch(() => {})
      .finally(() => setAsked(false));
  }, [isWanted, admin, id]);
  return isAsked;
}
