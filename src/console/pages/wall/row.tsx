import { memo } from 'react';
import { Link } from 'wouter';
import { statusTexts, useCommandName } from '../../core/command-texts.ts';
import { useDeviceHref } from '../../core/moment.ts';
import { screenStatusTexts } from '../../core/screen-status.ts';
import { useTexts } from '../../core/texts.ts';
import { useReason } from '../../core/why.ts';
import { Dot } from '../../ui/badge.tsx';
import { PlaybackBar } from '../../ui/playback.tsx';
import { Ago, For, MeasuredAgo, Plays } from '../../ui/time.tsx';
import { SelectBox } from './select-box.tsx';
import { texts } from './texts.ts';
import { useFocusWhen } from './use-focus-when.ts';
import { useScreen } from './use-screen.ts';
import styles from './wall.module.css';

interface RowProps {
  id: string;
  rowIndex: number;
  top: number;
  height: number;
  isCurrent: boolean;
}

export const Row = memo(function Row({ id, rowIndex, top, height, isCurrent }: RowProps) {
  const t = useTexts(texts);
  const names = useTexts(screenStatusTexts);
  const commandName = useCommandName();
  const statuses = useTexts(statusTexts);
  const reasonText = useReason();
  const screen = useScreen(id);
  const href = useDeviceHref(id);
  const ref = useFocusWhen(isCurrent);
  if (!screen) return null;
  const { device, screenStatus, tone, playing, reason, since } = screen;
  const [pending, ...others] = Object.values(device.commands);
  const { report } = device;
  return (
    <tr
      aria-rowindex={rowIndex}
      data-device={id}
      className={`${styles.row} ${styles[tone]}`}
      style={{ height, transform: `translateY(${top}px)` }}
    >
      <td className={styles.choice}>
        <SelectBox id={id} />
      </td>
      <td>
        <span className={styles.status}>
          <Dot tone={tone} />
          <span>
            {names[screenStatus]}
            <small>
              {screenStatus !== 'onAir' && screenStatus !== 'awaiting' && `${reasonText(reason)} · `}
              {screenStatus !== 'awaiting' && <For since={since} />}
            </small>
          </span>
        </span>
      </td>
      <td className={styles.device}>
        <Link href={href} ref={ref} className={styles.rowLink}>
          {device.name ?? id}
        </Link>
        <small>{id}</small>
      </td>
      <td>{device.group ?? '–'}</td>
      <td className={styles.content}>
        <span>
          <Plays {...playing} />
        </span>
        <small>{playing.details}</small>
        <PlaybackBar document={device} />
      </td>
      <td className={report.status === 'stale' ? styles.stale : undefined}>
        {report.status === 'stale' ? t.stale : report.receivedAt ? <Ago at={report.receivedAt} /> : t.never}
        <small>
          <MeasuredAgo report={report} />
        </small>
      </td>
      <td>
        {pending && `${commandName(pending.command, device)}: ${statuses[pending.status]}`}
        {others.length > 0 && ` +${others.length}`}
      </td>
    </tr>
  );
});
