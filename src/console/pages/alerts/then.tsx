import { Link } from 'wouter';
import type { ShownAlert } from '../../../protocol/alerts.ts';
import { useKeptFrom } from '../../core/kept-from.ts';
import { deviceHref } from '../../core/moment.ts';
import { useTexts } from '../../core/texts.ts';
import styles from './alerts.module.css';
import { workTexts } from './work-texts.ts';

/** Links to what the alert is about, and to the wall, at the moment it began, while the history keeps it. */
export function Then({ alert: { alert, about, openedAt } }: { alert: ShownAlert }) {
  const t = useTexts(workTexts);
  const keptFrom = useKeptFrom();
  if (keptFrom === undefined) return null;
  if (Date.parse(openedAt) < keptFrom) return <span className="muted">{t.notKept}</span>;
  const group = about.startsWith('group ') ? about.slice('group '.length) : undefined;
  return (
    <span className={styles.handling}>
      {alert.startsWith('device_') && <Link href={deviceHref(about, openedAt)}>{t.deviceThen}</Link>}
      {group !== undefined && <Link href={wallHref(openedAt, group)}>{t.groupThen}</Link>}
      <Link href={wallHref(openedAt)}>{t.wallThen}</Link>
    </span>
  );
}

function wallHref(at: string, group?: string): string {
  return `/?${new URLSearchParams({ ...(group !== undefined && { group }), at: new Date(at).toISOString() })}`;
}
