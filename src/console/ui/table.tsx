import type { Key, ReactNode } from 'react';
import styles from './table.module.css';

export interface Column<T> {
  title: string;
  cell(row: T): ReactNode;
  /** Right-aligns numbers. */
  align?: 'end';
}

/** Up to this many columns fit on narrow screens. */
const FEW = 4;

/** For a few hundred rows; on narrow screens, each row becomes a card. */
export function Table<T>({
  caption,
  columns,
  rows,
  keyOf,
}: {
  /** Describes the table to screen readers. */
  caption: string;
  columns: readonly Column<T>[];
  rows: readonly T[];
  keyOf(row: T): Key;
}) {
  return (
    <div className={`${styles.frame} ${columns.length > FEW ? styles.wide : ''}`}>
      <table className={styles.table}>
        <caption className="visually-hidden">{caption}</caption>
        <thead>
          <tr>
            {columns.map(({ title, align }) => (
              <th key={title} scope="col" className={align && styles.end}>
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={keyOf(row)}>
              {columns.map(({ title, cell, align }) => (
                <td key={title} data-title={title} className={align && styles.end}>
                  {cell(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
