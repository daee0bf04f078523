import { existsSync, readdirSync } from 'node:fs';
import { chown, mkdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { systemClock } from '../clock.ts';
import { DIRECTORY_MODE, syncDirectory } from './file-system.ts';
import { move } from './move.ts';

export const DATABASE = 'vigia.db';
export const SECRETS = 'secrets.json';
export const PICTURES = 'snapshots';
/** Everything of value in a DATA_DIR. */
export const CONTENT = [DATABASE, `${DATABASE}-wal`, `${DATABASE}-shm`, SECRETS, PICTURES];

/** What of it is in the directory. A folder for pictures may be a disk of its own, which is there before any picture. */
export function contentOf(dataDir: string): string[] {
  const isEmpty = (name: string) =>
    name === PICTURES && readdirSync(join(dataDir, name)).every((it) => it === 'lost+found');
  return CONTENT.filter((name) => existsSync(join(dataDir, name)) && !isEmpty(name));
}

/** The restored files while those in DATA_DIR are the previous ones, which move to `PREVIOUS`; and afterwards. */
const LEAVING = '.restore-leaving';
const ENTERING = '.restore-entering';
const PREVIOUS = 'previous';

/**
 * Replaces the content of DATA_DIR by that of `stage`, a directory in it. If the process ends on the way, `finishRestore`
 * goes on. Returns where the previous files are; undefined if there were none.
 */
export async function swapIn(stage: string, dataDir: string): Promise<string | undefined> {
  await rename(stage, join(dataDir, LEAVING));
  await syncDirectory(dataDir);
  return (await finishRestore(dataDir))?.aside;
}

/** Completes a restore that was interrupted; the caller holds the lock of DATA_DIR. Undefined if there was none. */
export async function finishRestore(dataDir: string): Promise<{ aside: string | undefined } | undefined> {
  const entering = join(dataDir, ENTERING);
  if (existsSync(join(dataDir, LEAVING))) {
    await leave(dataDir, join(dataDir, LEAVING, PREVIOUS));
    await rename(join(dataDir, LEAVING), entering);
    await syncDirectory(dataDir);
  }
  if (!existsSync(entering)) return undefined;
  await moveAll(entering, dataDir);
  const time = new Date(systemClock.wall()).toISOString().replace(/\W/g, '');
  const aside = existsSync(join(entering, PREVIOUS)) ? join(dataDir, `before-restore-${time}`) : undefined;
  if (aside) await rename(join(entering, PREVIOUS), aside);
  await syncDirectory(dataDir);
  await rm(entering, { recursive: true, force: true });
  return { aside };
}

/** Where the files are of a restore that is not complete. */
export function placeOfSwap(dataDir: string): string | undefined {
  return [LEAVING, ENTERING].map((name) => join(dataDir, name)).find((path) => existsSync(path));
}

async function leave(dataDir: string, previous: string): Promise<void> {
  if (contentOf(dataDir).length === 0) return;
  await mkdir(previous, { recursive: true, mode: DIRECTORY_MODE });
  const { uid, gid } = await stat(dataDir);
  if (process.getuid?.() === 0) await chown(previous, uid, gid);
  await moveAll(dataDir, previous);
  await syncDirectory(previous);
}

async function moveAll(from: string, to: string): Promise<void> {
  for (const name of CONTENT) if (existsSync(join(from, name))) await move(join(from, name), join(to, name));
}
