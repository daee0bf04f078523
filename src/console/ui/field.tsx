import { cloneElement, type ReactElement, useId } from 'react';
import { useServerWords } from '../core/server-words.ts';
import styles from './field.module.css';

interface Control {
  id?: string;
  'aria-describedby'?: string;
  'aria-invalid'?: boolean;
}

/** A label, a control (one element that takes an id), help and a fault. */
export function Field({
  label,
  help,
  error,
  children,
}: {
  label: string;
  help?: string | undefined;
  error?: string | undefined;
  children: ReactElement<Control>;
}) {
  const id = useId();
  const words = useServerWords();
  const described = [error && `${id}-error`, help && `${id}-help`].filter(Boolean).join(' ');
  return (
    <div className={styles.field}>
      <label htmlFor={id}>{label}</label>
      {cloneElement(children, {
        id,
        ...(described && { 'aria-describedby': described }),
        ...(error && { 'aria-invalid': true }),
      })}
      {error && (
        <small id={`${id}-error`} className={styles.error}>
          {words(error)}
        </small>
      )}
      {help && (
        <small id={`${id}-help`} className="muted">
          {help}
        </small>
      )}
    </div>
  );
}
