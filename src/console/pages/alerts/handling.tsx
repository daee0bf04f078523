import type { ShownAlert } from '../../../protocol/alerts.ts';
import { useFormat } from '../../core/clock.tsx';
import { useTexts } from '../../core/texts.ts';
import { Badge } from '../../ui/badge.tsx';
import styles from './alerts.module.css';
import { workTexts } from './work-texts.ts';

/** Who works on an alert, and whether it is muted. */
export function Handling({ alert: { acknowledged, assignee, muted } }: { alert: ShownAlert }) {
  const t = useTexts(workTexts);
  const format = useFormat();
  if (!acknowledged && !assignee && !muted) return null;
  return (
    <span className={styles.handling}>
      {assignee && <Badge tone="good">{t.assignedTo(assignee)}</Badge>}
      {acknowledged && (
        <span title={format.dateTime(acknowledged.at)}>
          <Badge tone="muted">{t.acknowledgedBy(acknowledged.by)}</Badge>
        </span>
      )}
      {muted && (
        <span title={muted.by}>
          <Badge tone="muted">{t.mutedUntil(format.time(muted.until))}</Badge>
        </span>
      )}
    </span>
  );
}
