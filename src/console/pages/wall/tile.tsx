import { memo } from 'react';
import { Link } from 'wouter';
import { useDeviceHref } from '../../core/moment.ts';
import { screenStatusTexts } from '../../core/screen-status.ts';
import { useTexts } from '../../core/texts.ts';
import { useReason } from '../../core/why.ts';
import { Dot } from '../../ui/badge.tsx';
import { For } from '../../ui/time.tsx';
import { useFocusWhen } from './use-focus-when.ts';
import { useScreen } from './use-screen.ts';
import styles from './wall.module.css';

/** One screen as its name, for walls of more than a hundred. */
export const Tile = memo(function Tile({ id, isCurrent }: { id: string; isCurrent: boolean; isGrouped: boolean }) {
  const names = useTexts(screenStatusTexts);
  const reasonText = useReason();
  const screen = useScreen(id);
  const href = useDeviceHref(id);
  const ref = useFocusWhen(isCurrent);
  if (!screen) return null;
  const { device, screenStatus, tone, reason, since } = screen;
  const isTrouble = tone === 'bad' || tone === 'wait';
  const name = device.name ?? id;
  return (
    <Link
      href={href}
      ref={ref}
      className={`${styles.tile} ${styles[tone]}`}
      title={isTrouble ? `${name}: ${names[screenStatus]}, ${reasonText(reason)}` : name}
    >
      <Dot tone={tone} />
      <span className={styles.tileText}>
        <b className={styles.name}>{name}</b>
        <span className="visually-hidden">{names[screenStatus]}</span>
        {isTrouble && (
          <small className={styles.tileSince}>
            <For since={since} roughly />
          </small>
        )}
      </span>
    </Link>
  );
});
