import { useFormat } from '../core/clock.tsx';
import { useOpenAlerts } from '../core/session.tsx';
import { defineTexts, useTexts } from '../core/texts.ts';
import styles from './shell.module.css';

const texts = defineTexts(
  { open: (_count: number) => 'open' },
  { open: (count: number) => (count === 1 ? 'abierta' : 'abiertas') },
);

const MOST = 99;

/** The number of open alerts, in the navigation. */
export function OpenAlerts() {
  const t = useTexts(texts);
  const format = useFormat();
  const open = useOpenAlerts();
  if (!open?.total) return null;
  return (
    <b className={`${styles.count} ${open.critical > 0 ? styles.critical : ''}`}>
      {format.number(Math.min(open.total, MOST))}
      {open.total > MOST ? '+' : ''}
      <span className="visually-hidden"> {t.open(open.total)}</span>
    </b>
  );
}
