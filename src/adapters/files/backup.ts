import { closeSync, existsSync, fsyncSync, openSync } from 'node:fs';
import { chmod, copyFile, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import Database from 'libsql';
import { systemClock } from '../clock.ts';
import { DIRECTORY_MODE, FILE_MODE, syncDirectory } from './file-system.ts';

const DATABASE = 'vigia.db';
const SECRETS = 'secrets.json';
const PICTURES = 'snapshots';
/** All that a DATA_DIR holds of value; the first is the copy itself, the others travel in it. */
const CONTENT = [DATABASE, `${DATABASE}-wal`, `${DATABASE}-shm`, SECRETS, PICTURES];
/** Waits for a writer, milliseconds. */
const BUSY_TIMEOUT_MS = 10_000;
const PICTURE = /^snapshots\/[0-9a-f]{2}\/[A-Za-z0-9_-][A-Za-z0-9._-]*$/;
const STAGE = '.restoring-';

/** A backup cannot be made of this, or restored to there; the message says why. */
export class BackupError extends Error {
  override name = 'BackupError';
}

/**
 * One file of one moment, also while a server writes: the database as a whole (`VACUUM INTO` reads in one transaction),
 * and in it, in SQLite's own archive format (`sqlar`), the generated secrets and the pictures. It appears whole or not
 * at all, for its owner's eyes only. Returns how many files travel in it.
 * @throws BackupError
 */
export async function backUp(dataDir: string, file: string): Promise<{ files: number }> {
  const source = join(dataDir, DATABASE);
  if (!existsSync(source)) throw new BackupError(`There is no ${source}: DATA_DIR says which data is meant.`);
  if (existsSync(file)) throw new BackupError(`${file} is there already: choose another name.`);
  const partial = `${file}.${process.pid}.partial`;
  try {
    // Made before, so that it is never anybody else's to read.
    closeSync(openSync(partial, 'wx', FILE_MODE));
    const database = new Database(source, { timeout: BUSY_TIMEOUT_MS });
    try {
      database.prepare('VACUUM INTO ?').run(partial);
    } finally {
      database.close();
    }
    // The pictures after the database: all that it knows of are there by now, or were purged.
    const files = await enclose(dataDir, partial);
    sync(partial);
    await rename(partial, file);
    await syncDirectory(dirname(resolve(file)));
    return { files };
  } catch (error) {
    await rm(partial, { force: true });
    await rm(`${partial}-journal`, { force: true });
    throw error;
  }
}

/**
 * Puts what a backup holds into a directory that nobody uses (the caller has its lock). What was there is moved aside,
 * with `force` only, into a directory whose path is returned. `check` opens the database where it is made ready, and
 * throws if it cannot be used: until then nothing was touched.
 * @throws BackupError
 */
export async function restore(
  file: string,
  dataDir: string,
  { force, check }: { force: boolean; check(directory: string): Promise<void> },
): Promise<{ files: number; aside: string | undefined }> {
  const present = CONTENT.filter((name) => existsSync(join(dataDir, name)));
  if (present.length > 0 && !force) {
    throw new BackupError(`${dataDir} has data already (${present.join(', ')}): --force moves it aside.`);
  }
  const stage = await mkdtemp(join(dataDir, STAGE));
  try {
    const files = await unpack(file, stage);
    await check(stage);
    const aside =
      present.length > 0
        ? join(dataDir, `before-restore-${new Date(systemClock.wall()).toISOString().replace(/\W/g, '')}`)
        : undefined;
    if (aside) {
      await mkdir(aside, { mode: DIRECTORY_MODE });
      for (const name of present) await rename(join(dataDir, name), join(aside, name));
    }
    for (const name of CONTENT) {
      if (existsSync(join(stage, name))) await rename(join(stage, name), join(dataDir, name));
    }
    await syncDirectory(dataDir);
    return { files, aside };
  } finally {
    await rm(stage, { recursive: true, force: true });
  }
}

/** Files of DATA_DIR by their relative names. */
async function enclose(dataDir: string, file: string): Promise<number> {
  const database = new Database(file);
  try {
    database.exec('PRAGMA journal_mode = DELETE');
    database.exec('CREATE TABLE sqlar (name TEXT PRIMARY KEY, mode INT, mtime INT, sz INT, data BLOB)');
    const insert = database.prepare('INSERT INTO sqlar VALUES (?, ?, ?, ?, ?)');
    const names = [SECRETS, ...(await picturesIn(dataDir))];
    let files = 0;
    database.exec('BEGIN');
    for (const name of names) {
      // Purged meanwhile, or never made.
      const bytes = await readFile(join(dataDir, name)).catch(() => undefined);
      if (!bytes) continue;
      insert.run(name, FILE_MODE | 0o100000, Math.floor(systemClock.wall() / 1000), bytes.length, bytes);
      files++;
    }
    database.exec('COMMIT');
    return files;
  } finally {
    database.close();
  }
}

/** As the blob store keeps them; what is half written has another ending. */
async function picturesIn(dataDir: string): Promise<string[]> {
  const found = await readdir(join(dataDir, PICTURES), { recursive: true }).catch(() => []);
  return found.map((name) => `${PICTURES}/${name}`).filter((name) => PICTURE.test(name) && !name.endsWith('.tmp'));
}

async function unpack(file: string, directory: string): Promise<number> {
  const target = join(directory, DATABASE);
  await copyFile(file, target).catch((error: NodeJS.ErrnoException) => {
    throw new BackupError(`${file} cannot be read (${error.code}).`);
  });
  await chmod(target, FILE_MODE);
  const database = openCopy(target, file);
  try {
    const names = database.prepare('SELECT name FROM sqlar').all() as { name: string }[];
    const read = database.prepare('SELECT data FROM sqlar WHERE name = ?');
    for (const { name } of names) {
      // Whoever made the file may have put anything into it.
      if (name !== SECRETS && !PICTURE.test(name)) throw new BackupError(`${file} holds a strange file.`);
      const { data } = read.get(name) as { data: Uint8Array };
      await mkdir(dirname(join(directory, name)), { recursive: true, mode: DIRECTORY_MODE });
      await writeFile(join(directory, name), data, { mode: FILE_MODE });
    }
    database.exec('DROP TABLE sqlar');
    // Versions that were told after the backup are not given again: the next start leaps ahead, as after a crash.
    database.exec("INSERT OR REPLACE INTO meta VALUES ('running:restored', 'since the backup')");
    return names.length;
  } finally {
    database.close();
    sync(target);
  }
}

/** @throws BackupError if it is no whole backup */
function openCopy(copy: string, file: string): Database.Database {
  let database: Database.Database | undefined;
  try {
    database = new Database(copy);
    const tables = database
      .prepare("SELECT name FROM sqlite_master WHERE name IN ('sqlar', 'meta', 'migrations')")
      .all();
    const [verdict] = database.prepare('PRAGMA quick_check').all() as { quick_check: string }[];
    if (tables.length === 3 && verdict?.quick_check === 'ok') return database;
  } catch {}
  database?.close();
  throw new BackupError(`${file} is no backup that vigia made, or it is damaged.`);
}

function sync(path: string): void {
  const file = openSync(path, 'r+');
  fsyncSync(file);
  closeSync(file);
}
