import { memo } from 'react';
import { Link } from 'wouter';
import { useDeviceHref } from '../../core/moment.ts';
import { pictureOf, playingOf } from '../../core/playing.ts';
import { line } from '../../core/playing-text.ts';
import { screenStatusTexts } from '../../core/screen-status.ts';
import { useTexts } from '../../core/texts.ts';
import { useReason } from '../../core/why.ts';
import { Badge, Dot } from '../../ui/badge.tsx';
import { Icon } from '../../ui/icon.tsx';
import { Picture } from '../../ui/picture.tsx';
import { PlaybackBar } from '../../ui/playback.tsx';
import { Ago, For, MeasuredAgo, Plays } from '../../ui/time.tsx';
import { texts } from './texts.ts';
import { useFocusWhen } from './use-focus-when.ts';
import { useScreen } from './use-screen.ts';
import styles from './wall.module.css';

/** One screen; if there is a problem, with its reason and duration. */
export const Card = memo(function Card({
  id,
  isCurrent,
  isGrouped,
}: {
  id: string;
  isCurrent: boolean;
  /** The group is shown in the heading. */
  isGrouped: boolean;
}) {
  const t = useTexts(texts);
  const names = useTexts(screenStatusTexts);
  const reasonText = useReason();
  const screen = useScreen(id);
  const href = useDeviceHref(id);
  const ref = useFocusWhen(isCurrent);
  if (!screen) return null;
  const { device, screenStatus, tone, playing, reason, since } = screen;
  const picture = pictureOf(device.state);
  // Show problems first, then the playback.
  const isWell = screenStatus === 'onAir' || screenStatus === 'unknown' || screenStatus === 'awaiting';
  const { item, playlist } = playingOf(device);
  const pending = Object.keys(device.commands).length;
  const place = isGrouped ? null : device.group;
  const { report } = device;
  const detail = playing.seenAt ? (
    <Plays {...playing} />
  ) : report.status === 'live' ? (
    isWell ? (
      playing.details
    ) : (
      line(item, playlist)
    )
  ) : (
    report.measuredAt && <MeasuredAgo report={report} />
  );
  return (
    <Link href={href} ref={ref} className={`${styles.card} ${styles[tone]}`}>
      <span className={styles.screen}>
        {picture ? (
          <>
            <Picture url={picture.thumbnailUrl} alt="" className={styles.picture} />
            <span className={styles.age} title={t.pictureAge}>
              <Ago at={picture.takenAt} />
            </span>
          </>
        ) : (
          <span className={styles.noPicture}>{t.noPicture}</span>
        )}
        {screenStatus !== 'onAir' && (
          <span className={styles.badge}>
            <Badge tone={tone}>
              {names[screenStatus]} {screenStatus !== 'awaiting' && <For since={since} />}
            </Badge>
          </span>
        )}
        {pending > 0 && (
          <span className={styles.pending}>
            <Badge tone="wait">
              <Icon name="clock" size={12} /> {pending}
            </Badge>
          </span>
        )}
      </span>
      <span className={styles.text}>
        <span className={styles.line}>
          <Dot tone={tone} />
          <b className={styles.name}>{device.name ?? id}</b>
        </span>
        <span className={styles.plays}>{isWell ? playing.title : reasonText(reason)}</span>
        <span className={styles.list}>
          {place}
          {place && detail && ' · '}
          {detail}
        </span>
        <PlaybackBar document={device} />
      </span>
    </Link>
  );
});
