import { type Compilable, CompiledQuery } from 'kysely';
import type { Db } from './schema.ts';

/**
 * Rows per statement. Few sizes keep the number of distinct statements small, so that each is built once and prepared
 * once: building them anew took half of a write's time on the event loop.
 */
const SIZES = [50, 20, 10, 5, 2, 1];

/**
 * Writes many rows with few, reusable statements. Every row must have all `columns`.
 * @param query builds the statement for some rows; their values must be its only parameters, in the order of `columns`
 */
export function bulk<Row extends object>(
  columns: readonly (keyof Row)[],
  query: (db: Db, rows: Row[]) => Compilable,
): (db: Db, rows: readonly Row[]) => Generator<Compilable> {
  const textsOf = new WeakMap<Db, Map<number, string>>();

  // Kysely takes the order of columns from the first row.
  const inOrder = (row: Row) => Object.fromEntries(columns.map((column) => [column, row[column]])) as Row;

  function statement(db: Db, rows: Row[]): Compilable {
    const texts = textsOf.get(db) ?? new Map<number, string>();
    textsOf.set(db, texts);
    const sql = texts.get(rows.length) ?? query(db, rows.map(inOrder)).compile().sql;
    texts.set(rows.length, sql);
    const values = rows.flatMap((row) => columns.map((column) => row[column]));
    return { compile: () => CompiledQuery.raw(sql, values) };
  }

  return function* (db, rows) {
    let from = 0;
    for (const size of SIZES) {
      for (; rows.length - from >= size; from += size) yield statement(db, rows.slice(from, from + size));
    }
  };
}
