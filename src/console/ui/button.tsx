import type { ComponentProps } from 'react';
import styles from './button.module.css';

type Kind = 'plain' | 'primary' | 'danger' | 'quiet';

/** `quiet` has a border only on hover, for buttons in rows. */
export function Button({ kind = 'plain', className, ...rest }: ComponentProps<'button'> & { kind?: Kind }) {
  return (
    <button type="button" {...rest} className={[styles.button, styles[kind], className].filter(Boolean).join(' ')} />
  );
}
