import type { Operation } from 'fast-json-patch';
import { type Compilable, sql } from 'kysely';
import type { Database } from '../database.ts';
import type { Db } from '../schema.ts';
import { decodePatch, UnknownPathError } from './patch-codec.ts';

/** Number of uses after which a path gets a number. Paths of commands contain an id, so they never reach it. */
const LEARN_AFTER = 16;
/** A fleet's documents have about a hundred paths. The limit guards against devices that keep inventing new ones. */
const MAX_PATHS = 2000;
const MAX_COUNTED = 10_000;
/** Text that every database returns unchanged. */
const LEARNABLE = /^[ -~]{1,128}$/;

/** Assigns numbers to frequent paths of patches. All instances on a database share them. */
export class PathNumbers {
  readonly #database: Pick<Database, 'db' | 'write'>;
  #ids: Map<string, number> | undefined;
  readonly #uses = new Map<string, number>();
  #learning = new Set<string>();

  constructor(database: Pick<Database, 'db' | 'write'>) {
    this.#database = database;
  }

  /** Call before the first lookup. */
  async load(): Promise<void> {
    this.#ids ??= await this.#read();
  }

  /** Undefined if the path has no number (yet). */
  idOf(path: string): number | undefined {
    const id = this.#ids?.get(path);
    if (id === undefined) this.#count(path);
    return id;
  }

  /** Assigns numbers to frequent paths. A number is used only after it has been read back from the database. */
  async learn(): Promise<void> {
    if (this.#learning.size === 0) return;
    const paths = [...this.#learning];
    this.#learning = new Set();
    await this.#database.write(paths.map((path) => this.#insert(path)));
    this.#ids = await this.#read();
  }

  #count(path: string): void {
    if (this.#ids === undefined || this.#ids.size + this.#learning.size >= MAX_PATHS) return;
    if (this.#uses.size >= MAX_COUNTED) this.#uses.clear();
    const uses = (this.#uses.get(path) ?? 0) + 1;
    this.#uses.set(path, uses);
    if (uses < LEARN_AFTER || !LEARNABLE.test(path)) return;
    this.#uses.delete(path);
    this.#learning.add(path);
  }

  /** Does nothing if another instance has just used the number or the path. */
  #insert(path: string): Compilable {
    const text = sql`insert into change_paths (id, path)
      select coalesce(max(id), 0) + 1, cast(${path} as text) from change_paths where true on conflict do nothing`;
    return { compile: () => text.compile(this.#database.db) };
  }

  async #read(): Promise<Map<string, number>> {
    return new Map((await readPaths(this.#database.db)).map(({ id, path }) => [path, id]));
  }
}

/** A row of `changes` with a patch. */
export interface PatchRow {
  at: number;
  kind: string;
  patch: string;
}

/** Decodes patches of the current and of earlier formats. */
export function createPatchReader(db: Db): (rows: readonly PatchRow[]) => Promise<Operation[][]> {
  let paths = new Map<number, string>();
  const decode = ({ at, kind, patch }: PatchRow): Operation[] =>
    kind === 'p' ? decodePatch(patch, at, (id) => paths.get(id)) : JSON.parse(patch);

  return async (rows) => {
    try {
      return rows.map(decode);
    } catch (error) {
      if (!(error instanceof UnknownPathError)) throw error;
      // A path number assigned since the last read, by this or another instance.
      paths = new Map((await readPaths(db)).map(({ id, path }) => [id, path]));
      return rows.map(decode);
    }
  };
}

const readPaths = (db: Db) => db.selectFrom('change_paths').selectAll().execute();
