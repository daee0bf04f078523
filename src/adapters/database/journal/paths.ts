import type { Operation } from 'fast-json-patch';
import { type Compilable, sql } from 'kysely';
import type { Home } from '../home.ts';
import type { Db } from '../schema.ts';
import { decodePatch, UnknownPathError } from './patch-codec.ts';

/** A path that comes so often gets a number; that of a command, which has its id in it, never does. */
const LEARN_AFTER = 16;
/** A fleet's documents have about a hundred paths. The bound is for devices that make up new ones all the time. */
const MAX_PATHS = 2000;
const MAX_COUNTED = 10_000;
/** Every database gives these back as they were. */
const LEARNABLE = /^[ -~]{1,128}$/;

/** Gives numbers to the paths that patches name again and again. Instances on one database share them. */
export class PathNumbers {
  readonly #home: Pick<Home, 'db' | 'write'>;
  #ids: Map<string, number> | undefined;
  readonly #uses = new Map<string, number>();
  #learning = new Set<string>();

  constructor(home: Pick<Home, 'db' | 'write'>) {
    this.#home = home;
  }

  /** Before the first question. */
  async load(): Promise<void> {
    this.#ids ??= await this.#read();
  }

  /** Undefined: it has none (yet). */
  idOf(path: string): number | undefined {
    const id = this.#ids?.get(path);
    if (id === undefined) this.#count(path);
    return id;
  }

  /** Gives numbers to those that came often. They are used only once they are in the database for sure. */
  async learn(): Promise<void> {
    if (this.#learning.size === 0) return;
    const paths = [...this.#learning];
    this.#learning = new Set();
    await this.#home.write(paths.map((path) => this.#insert(path)));
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

  /** Where another instance takes that number, or gives the path one, at the same time, this does nothing. */
  #insert(path: string): Compilable {
    const text = sql`insert into change_paths (id, path)
      select coalesce(max(id), 0) + 1, cast(${path} as text) from change_paths where true on conflict do nothing`;
    return { compile: () => text.compile(this.#home.db) };
  }

  async #read(): Promise<Map<string, number>> {
    return new Map((await readPaths(this.#home.db)).map(({ id, path }) => [path, id]));
  }
}

/** A row of the table of changes that has a patch. */
export interface PatchRow {
  at: number;
  kind: string;
  patch: string;
}

/** Reads patches of rows, the present ones and those of earlier versions. */
export function createPatchReader(db: Db): (rows: readonly PatchRow[]) => Promise<Operation[][]> {
  let paths = new Map<number, string>();
  const decode = ({ at, kind, patch }: PatchRow): Operation[] =>
    kind === 'p' ? decodePatch(patch, at, (id) => paths.get(id)) : JSON.parse(patch);

  return async (rows) => {
    try {
      return rows.map(decode);
    } catch (error) {
      if (!(error instanceof UnknownPathError)) throw error;
      // Learnt since they were read, here or by another instance.
      paths = new Map((await readPaths(db)).map(({ id, path }) => [id, path]));
      return rows.map(decode);
    }
  };
}

const readPaths = (db: Db) => db.selectFrom('change_paths').selectAll().execute();
