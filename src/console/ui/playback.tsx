import type { DeviceDocument } from '../../protocol/document.ts';
import { useNow } from '../core/clock.tsx';
import { progressOf } from '../core/playing.ts';
import styles from './playback.module.css';

/** How much of the item is over; a hint, so it is not read aloud. It moves once a second: sliding would redraw all day. */
export function PlaybackBar({ document }: { document: DeviceDocument }) {
  const share = progressOf(document, useNow());
  return (
    <div className={`${styles.track} ${document.onAir.status === 'yes' ? styles.moving : ''}`} aria-hidden="true">
      {share !== undefined && <div className={styles.done} style={{ scale: `${share} 1` }} />}
    </div>
  );
}
