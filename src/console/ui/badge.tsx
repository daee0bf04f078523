import type { ReactNode } from 'react';
import type { Tone } from '../core/screen-status.ts';
import styles from './badge.module.css';

/** A label in a colour. The text must be clear without the colour. */
export function Badge({ tone, children }: { tone: Tone; children: ReactNode }) {
  return <span className={`${styles.badge} ${styles[tone]}`}>{children}</span>;
}

/** A coloured dot before a label: full for good, a ring for bad, half in between. */
export function Dot({ tone }: { tone: Tone }) {
  return <span className={`${styles.dot} ${styles[tone]}`} aria-hidden="true" />;
}
