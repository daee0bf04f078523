import type { Rollout } from '../../../protocol/rollouts.ts';
import { useTexts } from '../../core/texts.ts';
import styles from './rollouts.module.css';
import { texts } from './texts.ts';

/** How many devices have ended, and how many of these failed. */
export function countsOf({ total, counts }: Rollout): { ended: number; failed: number; well: number } {
  const { waiting, sent, watching, error, lost, timeout } = counts;
  return {
    ended: total - waiting - sent - watching,
    failed: error + lost + timeout,
    well: counts.success + counts.alreadySo,
  };
}

export function Progress({ rollout }: { rollout: Rollout }) {
  const t = useTexts(texts);
  const { ended, failed, well } = countsOf(rollout);
  const width = (count: number) => ({ width: `${(count / rollout.total) * 100}%` });
  return (
    <div
      role="progressbar"
      aria-label={t.progress}
      aria-valuemin={0}
      aria-valuemax={rollout.total}
      aria-valuenow={ended}
      className={styles.bar}
    >
      <div className={styles.well} style={width(well)} />
      <div className={styles.failed} style={width(failed)} />
      <div className={styles.underWay} style={width(rollout.counts.sent + rollout.counts.watching)} />
    </div>
  );
}
