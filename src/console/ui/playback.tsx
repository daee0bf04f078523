import type { DeviceDocument } from '../../protocol/document.ts';
import { useNow } from '../core/clock.tsx';
import { progressOf } from '../core/playing.ts';
import styles from './playback.module.css';

/**
 * The progress of the item, hidden from screen readers. Moves once a second: an animation would repaint all the time.
 */
export function PlaybackBar({ document }: { document: DeviceDocument }) {
  const share = progressOf(document, useNow());
  return (
    <div className={`${styles.track} ${document.onAir.status === 'yes' ? styles.moving : ''}`} aria-hidden="true">
      {share !== undefined && <div className={styles.done} style={{ scale: `${share} 1` }} />}
    </div>
  );
}
