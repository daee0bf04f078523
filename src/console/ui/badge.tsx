import type { ReactNode } from 'react';
import type { Tone } from '../core/standing.ts';
import styles from './badge.module.css';

/** A word with a tone; the colour never says it alone. */
export function Badge({ tone, children }: { tone: Tone; children: ReactNode }) {
  return <span className={`${styles.badge} ${styles[tone]}`}>{children}</span>;
}

/** A coloured mark before a word: a full dot for good, a ring for bad, a half for in between. */
export function Dot({ tone }: { tone: Tone }) {
  return <span className={`${styles.dot} ${styles[tone]}`} aria-hidden="true" />;
}
