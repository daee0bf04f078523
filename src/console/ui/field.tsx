import { cloneElement, type ReactElement, useId } from 'react';
import styles from './field.module.css';

/** A label, its control (one element that takes an id), and a word of help. */
export function Field({
  label,
  help,
  children,
}: {
  label: string;
  help?: string;
  children: ReactElement<{ id?: string; 'aria-describedby'?: string }>;
}) {
  const id = useId();
  return (
    <div className={styles.field}>
      <label htmlFor={id}>{label}</label>
      {cloneElement(children, { id, ...(help && { 'aria-describedby': `${id}-help` }) })}
      {help && (
        <small id={`${id}-help`} className="muted">
          {help}
        </small>
      )}
    </div>
  );
}
