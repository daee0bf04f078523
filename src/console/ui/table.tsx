import type { Key, ReactNode } from 'react';
import styles from './table.module.css';

export interface Column<T> {
  title: string;
  cell(row: T): ReactNode;
  /** Numbers stand under each other. */
  align?: 'end';
}

/** So many columns are narrow enough to stay a table almost everywhere. */
const FEW = 4;

/** A table of some hundred rows at most; each row becomes a card where there is little width. */
export function Table<T>({
  caption,
  columns,
  rows,
  keyOf,
}: {
  /** Says to those who cannot see it what the table is about. */
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
