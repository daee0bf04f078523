import { type Compilable, CompiledQuery } from 'kysely';
import type { Db } from './schema.ts';

/**
 * Rows a statement. Few sizes, so that the text of each is made once here and prepared once in the database: to make it
 * anew for whatever number of rows there are was half of what a write cost the event loop.
 */
const SIZES = [50, 20, 10, 5, 2, 1];

/**
 * Writes many rows by few statements, the same ones again and again. All rows have all of `columns`.
 * @param query that for some rows; its only parameters are theirs, in the order of `columns`
 */
export function bulk<Row extends object>(
  columns: readonly (keyof Row)[],
  query: (db: Db, rows: Row[]) => Compilable,
): (db: Db, rows: readonly Row[]) => Generator<Compilable> {
  const textsOf = new WeakMap<Db, Map<number, string>>();

  // The order in which the query has its columns is that of the first row.
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
