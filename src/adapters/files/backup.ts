import { closeSync, existsSync, fsyncSync, openSync } from 'node:fs';
import {
  chmod,
  chown,
  copyFile,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  statfs,
  writeFile,
} from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import Database from 'libsql';
import { systemClock } from '../clock.ts';
import { DIRECTORY_MODE, FILE_MODE, firstAccessFault, isDiskFull, syncDirectory } from './file-system.ts';
import { mountedIn } from './move.ts';
import { CONTENT, contentOf, DATABASE, finishRestore, PICTURES, placeOfSwap, SECRETS, swapIn } from './restore-swap.ts';

/** Timeout for a concurrent writer, in ms. */
const BUSY_TIMEOUT_MS = 10_000;
const INDEX_BYTES = 32 * 1024;
const PICTURE = /^snapshots\/[0-9a-f]{2}\/[A-Za-z0-9_-][A-Za-z0-9._-]*$/;
const STAGE = '.restoring-';

/** The backup or the restore failed; the message is meant for the operator. */
export class BackupError extends Error {
  override name = 'BackupError';
}

/**
 * Creates a consistent backup in one file, even while the server is writing: a copy of the database (`VACUUM INTO`
 * reads in one transaction) with the generated secrets and the screenshots embedded in SQLite's archive format
 * (`sqlar`). The file appears atomically, with permissions for its owner only. Returns the number of embedded files.
 * @throws BackupError
 */
export async function backUp(dataDir: string, file: string): Promise<{ files: number }> {
  const source = join(dataDir, DATABASE);
  if (!existsSync(source)) throw new BackupError(`${source} does not exist. Check DATA_DIR.`);
  if (existsSync(file)) throw new BackupError(`${file} already exists. Choose another name.`);
  const partial = `${file}.${process.pid}.partial`;
  try {
    // Created first with the right permissions, so that no other user can ever read it.
    closeSync(openSync(partial, 'wx', FILE_MODE));
    const database = new Database(source, { timeout: BUSY_TIMEOUT_MS });
    try {
      database.prepare('VACUUM INTO ?').run(partial);
    } finally {
      database.close();
    }
    // After the database, so that every screenshot in it either exists by now or was purged.
    const files = await enclose(dataDir, partial);
    sync(partial);
    await rename(partial, file);
    await syncDirectory(dirname(resolve(file)));
    return { files };
  } catch (error) {
    await rm(partial, { force: true });
    await rm(`${partial}-journal`, { force: true });
    throw await backUpFault(error as NodeJS.ErrnoException, source, file);
  }
}

async function freeBytes(directory: string): Promise<number> {
  const { bavail, bsize } = await statfs(directory);
  return bavail * bsize;
}

async function backUpFault(error: NodeJS.ErrnoException, source: string, file: string): Promise<Error> {
  // The index of its log, which SQLite makes beside the source, does not fit. SQLite does not always say so.
  if (/^SQLITE_IOERR/.test(`${error.code}`) && (await freeBytes(dirname(source))) < INDEX_BYTES)
    return new BackupError(`${dirname(source)}: the disk is full. Make room there, and back up again.`);
  if (isDiskFull(error))
    return new BackupError(`${file}: the disk is full. Make room, or name a file on another disk.`);
  const unreadable = await firstAccessFault([source, `${source}-wal`, `${source}-shm`]);
  if (unreadable) return new BackupError(`The database ${unreadable}`);
  if (error.code === 'ENOENT') return new BackupError(`${file} cannot be written (ENOENT): make its folder first.`);
  if (error.code === 'EACCES' || error.code === 'EROFS') {
    return new BackupError(`${file} cannot be written (${error.code}): name a folder that this user may write.`);
  }
  return error;
}

/**
 * Restores a backup into a directory that no process uses (the caller holds its lock). Run by root, it gives the files
 * to the owner of the directory, because the server runs as that user. Existing files require `force`
 * and are moved to a directory whose path is returned. `check` opens the restored database in its staging directory and
 * throws if it is unusable; until then nothing is changed. First completes a restore that was interrupted.
 * @throws BackupError
 */
export async function restore(
  file: string,
  dataDir: string,
  { force, check }: { force: boolean; check(directory: string): Promise<void> },
): Promise<{ files: number; aside: string | undefined }> {
  const isFinished = (await swapping(dataDir, () => finishRestore(dataDir))) !== undefined;
  const present = contentOf(dataDir);
  const [mounted] = await mountedIn(
    dataDir,
    CONTENT.filter((name) => name !== PICTURES),
  );
  if (isFinished && !force) {
    throw new BackupError(
      `The restore that was interrupted in ${dataDir} is complete now: start the server, or use --force to restore ${file} instead.`,
    );
  }
  if (present.length > 0 && !force) {
    throw new BackupError(`${dataDir} already contains data (${present.join(', ')}). Use --force to move it aside.`);
  }
  if (mounted !== undefined) {
    throw new BackupError(
      `${join(dataDir, mounted)} is mounted by itself, so it cannot be replaced. Mount its folder instead, and restore again; nothing was changed.`,
    );
  }
  let stage: string | undefined;
  try {
    const made = await mkdtemp(join(dataDir, STAGE));
    stage = made;
    const files = await unpack(file, made);
    await check(made);
    if (process.getuid?.() === 0) await chownAll(made, await stat(dataDir));
    return { files, aside: await swapping(dataDir, () => swapIn(made, dataDir)) };
  } catch (error) {
    if (error instanceof BackupError || !isDiskFull(error)) throw error;
    throw new BackupError(`${dataDir}: the disk is full. Make room, and restore again; nothing was changed.`);
  } finally {
    if (stage) await rm(stage, { recursive: true, force: true });
  }
}

/** A fault on the way, when some files may have been replaced. */
async function swapping<T>(dataDir: string, swap: () => Promise<T>): Promise<T> {
  try {
    return await swap();
  } catch (error) {
    const place = placeOfSwap(dataDir);
    if (place === undefined) throw error;
    throw new BackupError(
      `${dataDir}: the restore stopped while it replaced the files: ${(error as Error).message}. Nothing is lost: the rest is in ${place}. Once the fault is gone, the next start completes the restore.`,
    );
  }
}

async function chownAll(directory: string, { uid, gid }: { uid: number; gid: number }): Promise<void> {
  for (const name of ['', ...(await readdir(directory, { recursive: true }))])
    await chown(join(directory, name), uid, gid);
}

/** Files of DATA_DIR, by relative name. */
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
      // Purged in the meantime, or never created.
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

/** Files as the blob store names them; partial files have another ending. */
async function picturesIn(dataDir: string): Promise<string[]> {
  const found = await readdir(join(dataDir, PICTURES), { recursive: true }).catch(() => []);
  return found.map((name) => `${PICTURES}/${name}`).filter((name) => PICTURE.test(name) && !name.endsWith('.tmp'));
}

async function unpack(file: string, directory: string): Promise<number> {
  const target = join(directory, DATABASE);
  await copyFile(file, target).catch((error: NodeJS.ErrnoException) => {
    if (isDiskFull(error)) throw error;
    throw new BackupError(`${file} cannot be read (${error.code}).`);
  });
  await chmod(target, FILE_MODE);
  const database = openCopy(target, file);
  try {
    const names = database.prepare('SELECT name FROM sqlar').all() as { name: string }[];
    const read = database.prepare('SELECT data FROM sqlar WHERE name = ?');
    for (const { name } of names) {
      // The file may be crafted, so embedded names are untrusted.
      if (name !== SECRETS && !PICTURE.test(name)) throw new BackupError(`${file} contains an unexpected file.`);
      const { data } = read.get(name) as { data: Uint8Array };
      await mkdir(dirname(join(directory, name)), { recursive: true, mode: DIRECTORY_MODE });
      await writeFile(join(directory, name), data, { mode: FILE_MODE });
    }
    database.exec('DROP TABLE sqlar');
    // Prevents reuse of versions published after the backup: the next start advances all versions, as after a crash.
    database.exec("INSERT OR REPLACE INTO meta VALUES ('running:restored', 'since the backup')");
    return names.length;
  } finally {
    database.close();
    sync(target);
  }
}

/** @throws BackupError if the file is not a complete backup */
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
  throw new BackupError(`${file} is not a vigia backup, or it is damaged.`);
}

function sync(path: string): void {
  const file = openSync(path, 'r+');
  fsyncSync(file);
  closeSync(file);
}
