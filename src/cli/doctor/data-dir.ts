import { constants } from 'node:fs';
import { access, open, readdir, rm, stat, statfs } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { accessFault, FILE_MODE, isMissing } from '../../adapters/files/file-system.ts';
import { isLow } from '../../adapters/files/free-space.ts';
import { type Finding, findingsOf, messageOf } from './finding.ts';

/** A commit waits for the disk this long; commands are recorded before they leave. */
const SLOW_MS = 100;
const FEW_INODES = 10_000;
const MAY_READ_OTHERS = 0o077;
const GIB = 1024 ** 3;

/** DATA_DIR: whether the server can use it, and whether its disk is full or slow. */
export async function checkDataDir(dataDir: string): Promise<Finding[]> {
  const dir = resolve(dataDir);
  const { fault } = findingsOf('data');
  const place = await stat(dir).catch((error: NodeJS.ErrnoException) => error);
  if (place instanceof Error) {
    if (isMissing(place)) return checkParent(dir);
    return [fault(`DATA_DIR ${await accessFault(dir, place, dir)}`)];
  }
  if (!place.isDirectory()) return [fault(`DATA_DIR ${dir} is no directory.`, 'Choose another DATA_DIR.')];
  const owners = await checkOwners(dir, place.uid);
  return [
    ...owners,
    ...(await checkSpace(dir)),
    ...(owners.some((it) => it.status === 'fault') ? [] : [await checkDisk(dir)]),
  ];
}

async function checkParent(dir: string): Promise<Finding[]> {
  const { ok, fault } = findingsOf('data');
  let parent = dirname(dir);
  while ((await stat(parent).catch(() => undefined)) === undefined) parent = dirname(parent);
  try {
    await access(parent, constants.W_OK);
    return [ok(`DATA_DIR ${dir} does not exist yet; the first start creates it.`)];
  } catch {
    return [
      fault(`DATA_DIR ${dir} does not exist, and this user may not create it.`, `Create it, and give it to this user.`),
    ];
  }
}

/** Files that another user owns are files that the server cannot read: what a restore by root leaves. */
async function checkOwners(dir: string, owner: number): Promise<Finding[]> {
  const { ok, warning, fault } = findingsOf('data');
  const names = ['', ...(await readdir(dir)).filter((name) => !name.startsWith('before-restore-'))];
  const isRoot = process.getuid?.() === 0;
  for (const name of names) {
    const path = join(dir, name);
    const file = await stat(path).catch(() => undefined);
    if (!file) continue;
    if (isRoot && file.uid !== owner) {
      return [
        fault(
          `${path} belongs to user ${file.uid}, but DATA_DIR to user ${owner}: the server cannot use it.`,
          `chown -R --reference=${dir} ${dir}`,
        ),
      ];
    }
    if (isRoot || file.isSocket()) continue;
    try {
      await access(path, constants.R_OK | constants.W_OK);
    } catch (error) {
      return [fault(await accessFault(path, error as NodeJS.ErrnoException, dir))];
    }
  }
  for (const name of ['secrets.json', 'vigia.db']) {
    const file = await stat(join(dir, name)).catch(() => undefined);
    if (file && (file.mode & MAY_READ_OTHERS) !== 0) {
      return [warning(`Other users may read ${join(dir, name)}.`, `chmod 600 ${join(dir, name)}`)];
    }
  }
  return [ok(`DATA_DIR ${dir} and its files belong to ${isRoot ? `user ${owner}` : 'this user'}.`)];
}

async function checkSpace(dir: string): Promise<Finding[]> {
  const { ok, fault } = findingsOf('disk');
  const { bavail, blocks, bsize, files, ffree } = await statfs(dir);
  const [free, size] = [bavail * bsize, blocks * bsize];
  const text = `${(free / GIB).toFixed(1)} GiB of ${(size / GIB).toFixed(1)} GiB are free.`;
  const remedy =
    'Delete what is not needed, or keep less: KEEP_SNAPSHOTS, KEEP_JOURNAL_DAYS. See docs/runbooks/ServerDiskFull.md.';
  // Some file systems do not count files.
  if (files > 0 && ffree < FEW_INODES) return [fault(`Only ${ffree} more files fit on the disk of DATA_DIR.`, remedy)];
  return [isLow(free, size) ? fault(`The disk of DATA_DIR is nearly full: ${text}`, remedy) : ok(text)];
}

/** Writes a little, and waits until it is on the disk, as each commit does. */
async function checkDisk(dir: string): Promise<Finding> {
  const { ok, warning, fault } = findingsOf('disk');
  const path = join(dir, `.doctor-${process.pid}`);
  const times: number[] = [];
  try {
    const file = await open(path, 'wx', FILE_MODE);
    try {
      for (let i = 0; i < 5; i++) {
        const begun = performance.now();
        await file.write('vigia doctor\n');
        await file.sync();
        times.push(performance.now() - begun);
      }
    } finally {
      await file.close();
    }
  } catch (error) {
    return fault(`Nothing can be written to DATA_DIR: ${messageOf(error)}`, 'Is the disk full, or mounted read-only?');
  } finally {
    await rm(path, { force: true });
  }
  const ms = times.sort((a, b) => a - b)[2] as number;
  const text = `A write reaches the disk in ${ms.toFixed(1)} ms.`;
  return ms > SLOW_MS ? warning(`${text} Commands wait for that.`, 'Use a faster disk (SSD) for DATA_DIR.') : ok(text);
}
